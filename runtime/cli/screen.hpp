// Screen: the whole terminal for one view, and its keys. While it lives the shell's lines are put aside and typed characters are not
// echoed; the destructor gives all of it back, after Ctrl-C and SIGTERM too. It takes those signals itself: made before any thread, so
// that all inherit the mask. Ctrl-Z stops the process with the shell's screen in place, and fg draws anew.
//
//   Screen screen;
//   do screen.draw(text); while (screen.wait(std::chrono::seconds(1)) != Screen::Asked::kToEnd);
#pragma once

#include <signal.h>
#include <termios.h>

#include <chrono>
#include <string>

namespace gofuture::cli {

class Screen {
 public:
  enum class Asked { kNothing, kToDraw, kToEnd };

  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // As much of the lines as fits.
  void draw(const std::string& lines);
  // Until somebody asks for something, at most so long. Keys: q ends.
  Asked wait(std::chrono::milliseconds at_most);

 private:
  void enter();
  void leave();
  Asked take_signal();
  Asked take_keys();

  sigset_t taken_{}, before_{};
  int signals_ = -1;
  bool keys_ = false;  // standard input is a terminal
  termios shell_{};
};

}  // namespace gofuture::cli
