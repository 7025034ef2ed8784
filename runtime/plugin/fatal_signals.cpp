#include "plugin/fatal_signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <memory>

namespace gofuture {
namespace {

constexpr std::array kFatal{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr std::size_t kStackBytes = 64 << 10;  // many times what a frame with the widest registers takes

// The slot of this thread while it runs a function's code. Reached without allocation, since the handler reads it.
[[gnu::tls_model("initial-exec")]] constinit thread_local StrikeSlot* here = nullptr;

std::array<struct sigaction, kFatal.size()> before{};

// Only what is safe in a signal handler: an atomic store, sigaction, raise.
void on_fatal(int signal, siginfo_t* info, void*) {
  const bool from_outside = info->si_code <= 0 && info->si_pid != ::getpid();
  if (here != nullptr && !from_outside) here->mark.store(static_cast<std::uint32_t>(signal));
  for (std::size_t i = 0; i < kFatal.size(); ++i)
    if (kFatal[i] == signal) ::sigaction(signal, &before[i], nullptr);
  // A fault happens again as soon as this returns, with its own registers in the core dump; what was sent must be sent again.
  if (info->si_code <= 0) ::raise(signal);
}

// One per thread that has ever run a function's code. Puts back what was there, since a sanitizer keeps one of its own.
class AlternateStack {
 public:
  AlternateStack() : memory_(new char[kStackBytes]) {
    stack_t mine{};
    mine.ss_sp = memory_.get();
    mine.ss_size = kStackBytes;
    ::sigaltstack(&mine, &before_);
  }
  ~AlternateStack() { ::sigaltstack(&before_, nullptr); }
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

 private:
  std::unique_ptr<char[]> memory_;
  stack_t before_{};
};

}  // namespace

std::string name_of_mark(std::uint32_t mark) {
  if (mark == kMarkHang) return "hang";
  if (mark == kMarkMemory) return "memory";
  const char* name = ::sigabbrev_np(static_cast<int>(mark));
  return name == nullptr ? "signal " + std::to_string(mark) : "SIG" + std::string(name);
}

void catch_fatal_signals() {
  struct sigaction action {};
  action.sa_sigaction = on_fatal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kFatal.size(); ++i) ::sigaction(kFatal[i], &action, &before[i]);
}

InFunction::InFunction(StrikeSlot& slot) {
  static thread_local const AlternateStack stack;
  static_cast<void>(stack);
  here = &slot;
}

InFunction::~InFunction() { here = nullptr; }

}  // namespace gofuture
