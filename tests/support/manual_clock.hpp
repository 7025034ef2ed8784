// ManualClock: time that stands still until a test moves it. One thread. The wall clock may jump; the steady one never does.
#pragma once

#include <cstdint>

#include "pipeline/io.hpp"

namespace gofuture::test {

inline constexpr std::int64_t kTestEpochMs = 1'763'769'600'000;  // 2025-11-22T00:00:00Z: any day, but always the same

class ManualClock : public Clock {
 public:
  std::int64_t steady_ms() override { return steady_ms_; }
  std::int64_t unix_ms() override { return unix_ms_; }

  void advance(std::int64_t ms) {
    steady_ms_ += ms;
    unix_ms_ += ms;
  }
  void jump_wall(std::int64_t ms) { unix_ms_ += ms; }  // somebody set the clock; may be negative

 private:
  std::int64_t steady_ms_ = 1'000'000;
  std::int64_t unix_ms_ = kTestEpochMs;
};

}  // namespace gofuture::test
