#include "manifest/syntax.hpp"

#include <algorithm>
#include <array>

namespace gofuture {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool begins_with_one_of(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view one) { return text.starts_with(one); });
}

// The line, cut before the place and from there on.
struct Cut {
  std::string_view before, rest;
};
Cut cut(const Place& at, std::string_view text) {
  for (int line = 1; line < at.line; ++line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  std::size_t bytes = 0;
  for (int column = 1; column < at.column && bytes < text.size() && text[bytes] != '\n'; ++column) {
    ++bytes;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) ++bytes;
  }
  const std::string_view rest = text.substr(bytes);
  return {text.substr(0, bytes), rest.substr(0, rest.find('\n'))};
}

// The value in which the place lies, as far as one word goes.
std::string word_at(const Cut& line) {
  const auto start = line.before.find_last_of("=[,");
  std::string word(start == std::string_view::npos ? line.before : line.before.substr(start + 1));
  word += line.rest;
  word.erase(0, std::min(word.find_first_not_of(" \t"), word.size()));
  word.erase(std::min(word.find_first_of(" \t\r,]}#;"), word.size()));
  return word;
}

// `name = refund_payment`, `timeout = 30s`, `coalesce = True`.
std::string not_a_value(const Cut& line) {
  const std::string word = word_at(line);
  if (word == "True" || word == "TRUE") return "true and false are written in lower case; did you mean true?";
  if (word == "False" || word == "FALSE") return "true and false are written in lower case; did you mean false?";
  if (word.find_first_of("\"'{\\") != std::string::npos) return "text must stand in quotes, from its first letter to its last";
  return "text must stand in quotes; did you mean \"" + word + "\"?";
}

std::string said_again(std::string_view why, const Cut& line) {
  const auto first = why.find('\''), last = why.rfind('\'');
  const std::string name(why.substr(first + 1, last - first - 1));
  if (line.before.find_first_not_of(" \t") == std::string_view::npos && line.rest.starts_with('['))
    return "[" + name + "] stands here a second time; put its keys under the first";
  return "\"" + name + "\" stands here a second time";
}

std::string known(std::string_view why, const Cut& line) {
  const bool ends_here = line.rest.empty() || line.rest.front() == '\r';
  if (has(why, "utf-8")) return "the file is not UTF-8 from here on; save it as UTF-8";
  if (begins_with_one_of(line.rest, {"<<<<<<<", "=======", ">>>>>>>"})) return "a merge conflict was left here";
  if (begins_with_one_of(line.rest, {"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x98", "\xe2\x80\x99"}))
    return "quotes must be straight ones: \" or '";
  if (begins_with_one_of(line.rest, {"\xc2\xa0", "\xe2\x80\x8b", "\xe3\x80\x80"}))
    return "here is a blank that only looks like a space; type it anew";
  if (has(why, "expected '=', saw ':'")) return "a key is set with \"=\", not with \":\"";
  if (has(why, "saw '{'") && has(why, "root table"))
    return "it looks like JSON; a manifest has [tables], and lines such as name = \"refund_payment\"";
  if (has(why, "cannot redefine existing")) return said_again(why, line);
  if (has(why, "unescaped control characters") && ends_here) return "the quote is not closed on this line";
  if (has(why, "parsing string") && has(why, "end-of-file")) return "a quote is not closed";
  if (has(why, "parsing array") && has(why, "end-of-file")) return "a list is not closed: ] is missing";
  if (has(why, "parsing array") && has(why, "expected comma")) return "a comma is missing, or ] to close the list";
  if (has(why, "inline table") && ends_here) return "a table in { } must be closed on the line that it begins on: } is missing";
  for (const char* value : {"parsing value", "parsing boolean", "integer", "floating-point", "parsing date", "parsing time"})
    if (has(why, value)) return not_a_value(line);
  return "";
}

}  // namespace

std::string plainly(std::string_view why, const Place& at, std::string_view text) {
  const std::string better = known(why, cut(at, text));
  return better.empty() ? std::string(why) : better;
}

}  // namespace gofuture
