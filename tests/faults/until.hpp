// until(condition): looks every few milliseconds; false when it has not become true in two minutes, longer than any fault may last.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace gofuture::test {

inline bool until(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace gofuture::test
