#include "plugin/text.hpp"

#include <simdjson.h>

namespace gofuture {

bool is_storable_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos && simdjson::validate_utf8(text.data(), text.size());
}

std::string printable(std::string_view text, std::size_t max) {
  const bool cut = text.size() > max;
  std::string out(text.substr(0, max));
  if (cut)  // not through the middle of a character
    while (!out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xc0U) == 0x80U) out.pop_back();
  if (!is_storable_text(out))
    for (char& c : out)
      if (c == '\0' || static_cast<unsigned char>(c) >= 0x80U) c = '?';
  if (cut) out += "…";
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  if (names.empty()) return "nothing";
  std::string out = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) out += (i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

}  // namespace gofuture
