#include "cli/table.hpp"

#include <algorithm>

namespace gofuture::cli {
namespace {

// How many bytes the character or the escape sequence at the front takes; `seen`: whether it shows.
std::size_t step(std::string_view text, bool& seen) {
  seen = text.front() != '\x1b';
  if (!seen) {
    const auto end = text.find('m');
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  std::size_t bytes = 1;
  while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) ++bytes;
  return bytes;
}

}  // namespace

std::size_t seen_width(std::string_view text) {
  std::size_t width = 0;
  for (bool seen = false; !text.empty(); width += seen ? 1 : 0) text.remove_prefix(step(text, seen));
  return width;
}

std::string clipped(std::string_view text, std::size_t width) {
  if (seen_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  bool painted = false;
  for (std::size_t used = 0; used + 1 < width;) {
    bool seen = false;
    const std::size_t bytes = step(text, seen);
    out += text.substr(0, bytes);
    text.remove_prefix(bytes);
    if (seen) ++used;
    else painted = true;
  }
  return out + "…" + (painted ? "\x1b[0m" : "");
}

std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(head.size());
  auto measure = [&widths](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], seen_width(cells[i]));
  };
  measure(head);
  for (const auto& row : rows) measure(row);
  std::string out;
  auto print = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += cells[i];
      if (i + 1 < cells.size()) out.append(widths[i] - seen_width(cells[i]) + 2, ' ');
    }
    out += '\n';
  };
  print(head);
  for (const auto& row : rows) print(row);
  return out;
}

}  // namespace gofuture::cli
