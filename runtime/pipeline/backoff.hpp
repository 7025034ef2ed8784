// How long to wait before attempt n: exponential, capped, spread by jitter so that what failed together does not come back
// together. Deterministic for a seed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "manifest/manifest.hpp"

namespace gofuture {

// `retry` counts from 1 (the wait before the first retry). `random` is any number; its bits choose the jitter.
inline std::int64_t backoff_ms(const Retry& policy, std::uint32_t retry, std::uint64_t random) {
  const double grown = static_cast<double>(policy.initial_ms) * std::pow(policy.multiplier, static_cast<double>(std::min(retry, 60U)) - 1.0);
  const double capped = std::min(grown, static_cast<double>(policy.max_ms));
  const double unit = static_cast<double>(random % 10'000) / 10'000.0;  // 0 … 1
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(capped * (1.0 + policy.jitter * (2.0 * unit - 1.0))));
}

}  // namespace gofuture
