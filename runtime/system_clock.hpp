// The real Clock.
#pragma once

#include <chrono>

#include "pipeline/io.hpp"

namespace gofuture {

class SystemClock : public Clock {
 public:
  std::int64_t steady_ms() override { return count(std::chrono::steady_clock::now()); }
  std::int64_t unix_ms() override { return count(std::chrono::system_clock::now()); }

 private:
  template <class Time>
  static std::int64_t count(Time time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  }
};

}  // namespace gofuture
