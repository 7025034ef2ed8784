#include "cli/pattern_example.hpp"

#include <charconv>

namespace gofuture::cli {
namespace {

constexpr int kRepeatMax = 1000;

// What an escape stands for, or one of what it stands for.
char unescaped(char c) {
  switch (c) {
    case 'd': return '0';
    case 'w': return 'a';
    case 's': return ' ';
    default: return c;
  }
}

// The first character of a class whose text follows the bracket; takes it up to behind its end.
std::optional<char> from_class(std::string_view& rest) {
  if (rest.empty() || rest.front() == '^' || rest.front() == ']') return std::nullopt;
  const char first = rest.front() == '\\' && rest.size() > 1 ? unescaped(rest[1]) : rest.front();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != ']' || rest[i - 1] == '\\') continue;
    rest.remove_prefix(i + 1);
    return first;
  }
  return std::nullopt;
}

// How often the least is; takes the quantifier.
std::optional<int> least_repeat(std::string_view& rest) {
  if (rest.empty()) return 1;
  const char c = rest.front();
  if (c != '?' && c != '*' && c != '+' && c != '{') return 1;
  int least = c == '+' ? 1 : 0;
  std::size_t length = 1;
  if (c == '{') {
    const auto read = std::from_chars(rest.data() + 1, rest.data() + rest.size(), least);
    length = rest.find('}') + 1;
    if (read.ec != std::errc() || least > kRepeatMax || length == 0) return std::nullopt;
  }
  rest.remove_prefix(length);
  if (!rest.empty() && rest.front() == '?') rest.remove_prefix(1);  // lazy: the same least
  return least;
}

}  // namespace

std::optional<std::string> pattern_example(std::string_view pattern) {
  std::string out;
  while (!pattern.empty()) {
    char c = pattern.front();
    pattern.remove_prefix(1);
    if (c == '^' || c == '$') continue;
    if (c == '(' || c == ')' || c == '|') return std::nullopt;
    if (c == '[') {
      const auto one = from_class(pattern);
      if (!one) return std::nullopt;
      c = *one;
    } else if (c == '\\') {
      if (pattern.empty() || pattern.front() == 'b' || pattern.front() == 'B') return std::nullopt;
      c = unescaped(pattern.front());
      pattern.remove_prefix(1);
    } else if (c == '.') {
      c = 'x';
    }
    const auto least = least_repeat(pattern);
    if (!least) return std::nullopt;
    out.append(static_cast<std::size_t>(*least), c);
  }
  return out;
}

}  // namespace gofuture::cli
