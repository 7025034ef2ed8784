// Rate: a token bucket. It fills with `per_second` and holds at most as many; each request takes one.
#pragma once

#include <algorithm>
#include <cstdint>

namespace gofuture {

class Rate {
 public:
  Rate(std::int64_t per_second, std::int64_t now_ms) : per_second_(per_second), level_(per_second * 1000), filled_ms_(now_ms) {}

  // 0: it may go on. Else in how many milliseconds it may come again.
  std::int64_t take(std::int64_t now_ms) {
    // In thousandths of a request, of which `per_second` come each millisecond.
    const std::int64_t passed_ms = std::clamp<std::int64_t>(now_ms - filled_ms_, 0, 1000);
    level_ = std::min(level_ + passed_ms * per_second_, per_second_ * 1000);
    filled_ms_ = now_ms;
    if (level_ >= 1000) {
      level_ -= 1000;
      return 0;
    }
    return (1000 - level_ + per_second_ - 1) / per_second_;
  }

 private:
  const std::int64_t per_second_;
  std::int64_t level_, filled_ms_;
};

}  // namespace gofuture
