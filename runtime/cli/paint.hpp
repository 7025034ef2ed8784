// Paint: colours for people. Without them the text is what it was, so a command writes one way for both.
//
//   const Paint paint(common.colour);
//   std::cout << paint.red("bad") << '\n';
#pragma once

#include <string>
#include <string_view>

namespace gofuture::cli {

// A terminal gets colours unless NO_COLOR is set (https://no-color.org) or it says that it has none.
bool wants_colour();

class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}
  std::string bold(std::string_view text) const { return in("1", text); }
  std::string dim(std::string_view text) const { return in("2", text); }
  std::string red(std::string_view text) const { return in("31", text); }
  std::string green(std::string_view text) const { return in("32", text); }
  std::string yellow(std::string_view text) const { return in("33", text); }
  std::string cyan(std::string_view text) const { return in("36", text); }

 private:
  std::string in(std::string_view code, std::string_view text) const {
    if (!on_ || text.empty()) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
  const bool on_;
};

}  // namespace gofuture::cli
