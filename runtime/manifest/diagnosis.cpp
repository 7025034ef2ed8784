#include <algorithm>
#include <cstdio>
#include <tuple>

#include "manifest/report.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kShownMax = 160;  // characters of a source line; a longer one is cut around the place

std::string_view line_of(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// How many bytes of a character of several begin here; 0: they are not UTF-8, or a control character that drives a terminal.
std::size_t long_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t size = byte(0) >= 0xf0 && byte(0) < 0xf5 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc2 ? 2 : 0;
  if (byte(0) >= 0xf5 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool control = byte(0) == 0xc2 && byte(1) < 0xa0;                                          // U+0080 to U+009F
  const bool turns = byte(0) == 0xe2 && ((byte(1) == 0x80 && byte(2) >= 0xaa && byte(2) <= 0xae) ||  // U+202A to U+202E: the other way
                                         (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9));   // U+2066 to U+2069
  return control || turns ? 0 : size;
}

// Takes the first character off, so that columns and underlines count what people see: as it is, or "?" where a terminal must
// not get it.
std::string_view take_character(std::string_view& text) {
  const auto byte = static_cast<unsigned char>(text.front());
  std::size_t size = 1;
  std::string_view character = text.substr(0, 1);
  if (byte >= 0x80) {
    size = long_character(text);
    character = size > 0 ? text.substr(0, size) : "?";
    if (size == 0)
      for (size = 1; size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80;) ++size;
  } else if (byte < 0x20 || byte == 0x7f) {
    character = byte == '\t' ? " " : "?";
  }
  text.remove_prefix(size);
  return character;
}

// A sentence may carry names out of the file: they must not drive the terminal, nor fill it.
std::string printable(std::string_view what) {
  constexpr std::size_t kWhatMax = 400;
  std::string out;
  for (std::string_view left = what.substr(0, kWhatMax); !left.empty();) out += take_character(left);
  return what.size() > kWhatMax ? out + "..." : out;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) take_character(text);
  return count;
}

std::string shown(const Mistake& mistake) {
  const std::size_t length = count_characters(mistake.source_line);
  const std::size_t at = mistake.column > 0 ? static_cast<std::size_t>(mistake.column) - 1 : 0;
  const std::size_t from = length > kShownMax && at > kShownMax / 2 ? std::min(at - kShownMax / 2, length - 1) : 0;
  const std::size_t to = std::min(length, from + kShownMax);
  std::string source = from > 0 ? "..." : "";
  std::string_view left = mistake.source_line;
  for (std::size_t i = 0; i < to; ++i) {
    const std::string_view character = take_character(left);
    if (i >= from) source += character;
  }
  if (to < length) source += "...";
  const std::size_t room = std::max<std::size_t>(to > at ? to - at : 1, 1);
  const std::size_t width = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(mistake.width, 1)), 1, room);
  char number[16];
  std::snprintf(number, sizeof number, "%4d", mistake.line);
  return std::string(number) + " | " + source + "\n     | " + std::string(at - from + (from > 0 ? 3 : 0), ' ') +
         std::string(width, '^') + "\n";
}

}  // namespace

std::string Diagnosis::text() const {
  std::vector<const Mistake*> sorted;
  for (const Mistake& mistake : mistakes_) sorted.push_back(&mistake);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Mistake* a, const Mistake* b) {
    return std::tie(a->file, a->line, a->column) < std::tie(b->file, b->line, b->column);
  });
  std::string out;
  for (const Mistake* const one : sorted) {
    const Mistake& mistake = *one;
    out += mistake.file;
    if (mistake.line > 0) out += ":" + std::to_string(mistake.line) + ":" + std::to_string(mistake.column);
    out += ": error: " + mistake.what + "\n";
    if (!mistake.source_line.empty()) out += shown(mistake);
  }
  if (left_out_ > 0) out += "and " + std::to_string(left_out_) + (left_out_ == 1 ? " mistake more\n" : " mistakes more\n");
  return out;
}

bool may_hold_secret(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const char* word : {"password", "passwd", "secret", "token", "credential", "jaas", "dsn", "pem", "private", "api_key", "apikey"})
    if (lower.find(word) != std::string::npos) return true;
  const auto url = lower.find("://");
  return lower.find('@', url) != std::string::npos;
}

void Report::add(const Place& place, std::string what) const {
  // A string over several lines may carry a secret away from the line that names it.
  const bool wraps = text_.find("\"\"\"") != std::string_view::npos || text_.find("'''") != std::string_view::npos;
  add(place, std::move(what), wraps && may_hold_secret(text_));
}

void Report::add_syntax(const Place& place, std::string what) const {
  const bool hidden = may_hold_secret(text_);  // without a tree nobody knows where a secret begins and ends
  add(place, hidden ? "this is not TOML (the line is not shown: the file may hold a secret)" : std::move(what), hidden);
}

void Report::add(const Place& place, std::string what, bool hidden) const {
  Mistake mistake;
  mistake.file = file_;
  mistake.line = place.line;
  mistake.column = place.column;
  mistake.width = place.width;
  mistake.what = printable(what);
  if (place.line > 0 && !hidden && !diagnosis_.full()) {
    const auto line = line_of(text_, place.line);
    if (!may_hold_secret(line)) mistake.source_line = std::string(line);
  }
  diagnosis_.add(std::move(mistake));
}

}  // namespace gofuture
