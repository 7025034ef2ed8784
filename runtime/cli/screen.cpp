#include "cli/screen.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <string_view>

#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace gofuture::cli {
namespace {

void say(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

constexpr std::string_view kAside = "\x1b[?1049h\x1b[?25l", kBack = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H", kRestOfLine = "\x1b[K", kRestOfScreen = "\x1b[J";

}  // namespace

Screen::Screen() {
  sigemptyset(&taken_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) sigaddset(&taken_, signal);
  pthread_sigmask(SIG_BLOCK, &taken_, &before_);
  signals_ = ::signalfd(-1, &taken_, SFD_NONBLOCK | SFD_CLOEXEC);
  keys_ = ::tcgetattr(STDIN_FILENO, &shell_) == 0;
  enter();
}

Screen::~Screen() {
  leave();
  ::close(signals_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Screen::enter() {
  if (keys_) {
    termios quiet = shell_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
  }
  say(kAside);
}

void Screen::leave() {
  say(kBack);
  if (keys_) ::tcsetattr(STDIN_FILENO, TCSANOW, &shell_);
}

void Screen::draw(const std::string& lines) {
  const TerminalSize size = terminal_size();
  std::string out(kHome);
  std::string_view rest = lines;
  for (std::size_t row = 0; row < size.rows && !rest.empty(); ++row) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (row > 0) out += "\r\n";
    out += clipped(rest.substr(0, end), size.columns);
    out += kRestOfLine;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  say(out.append(kRestOfScreen));
}

Screen::Asked Screen::wait(std::chrono::milliseconds at_most) {
  pollfd sources[2] = {{signals_, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  if (::poll(sources, keys_ ? 2 : 1, static_cast<int>(at_most.count())) <= 0) return Asked::kNothing;
  if (sources[0].revents != 0) return take_signal();
  return take_keys();
}

Screen::Asked Screen::take_signal() {
  signalfd_siginfo taken{};
  if (::read(signals_, &taken, sizeof taken) != sizeof taken) return Asked::kNothing;
  if (taken.ssi_signo == SIGWINCH) return Asked::kToDraw;
  if (taken.ssi_signo != SIGTSTP) return Asked::kToEnd;
  leave();
  ::raise(SIGSTOP);  // until fg
  enter();
  return Asked::kToDraw;
}

Screen::Asked Screen::take_keys() {
  char typed[32];
  const auto count = ::read(STDIN_FILENO, typed, sizeof typed);
  if (count <= 0) {
    keys_ = false;  // the terminal is gone; signals still end it
    return Asked::kNothing;
  }
  return std::string_view(typed, static_cast<std::size_t>(count)).find('q') != std::string_view::npos ? Asked::kToEnd : Asked::kNothing;
}

}  // namespace gofuture::cli
