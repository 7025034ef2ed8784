// GOFUTURE_FAULT_POINT("relay.before_confirm"): a named place at which a test can kill the process. Nothing at all in a normal build.
//
// Compiled with GOFUTURE_FAULT_POINTS, the point that GOFUTURE_FAULT names ("name", or "name:3" for its third passage) ends the
// process as SIGKILL from outside does, after one line on stderr. Any thread. tests/faults goes through every point that there is.
#pragma once

#ifndef GOFUTURE_FAULT_POINTS
#define GOFUTURE_FAULT_POINT(name) static_cast<void>(0)
#else
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

#define GOFUTURE_FAULT_POINT(name) ::gofuture::pass_fault_point(name)

namespace gofuture {

struct Fault {
  std::string name;
  std::atomic<int> left = 1;  // passages, the one that kills included

  Fault() {
    const char* wanted = std::getenv("GOFUTURE_FAULT");
    name = wanted == nullptr ? "" : wanted;
    if (const auto colon = name.find(':'); colon != std::string::npos) {
      left = std::atoi(name.c_str() + colon + 1);
      name.resize(colon);
    }
  }
};

inline void pass_fault_point(std::string_view name) {
  static Fault fault;
  if (name != fault.name || --fault.left != 0) return;
  const std::string line = "fault point " + fault.name + "\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();  // this thread must not come a step further
}

}  // namespace gofuture
#endif
