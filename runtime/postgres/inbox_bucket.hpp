// The inbox partition of an event, from its id alone: the day of a UUIDv7 (days since 1970), else a negative hash.
//
// The time of a redelivery, or the clock of this machine, must never decide: one id under two buckets would pass twice.
#pragma once

#include <cstdint>

#include "base/uuid.hpp"

namespace gofuture {

inline constexpr std::int64_t kDayMs = 86'400'000;
inline constexpr int kHashedBuckets = 8;  // -1 … -8, as migrations/001_core.sql says

// A UUIDv7 whose time lies outside 2020..2099 was made by a broken clock: days that nobody would ever drop.
inline std::int32_t inbox_bucket(const Uuid& id) {
  constexpr std::int64_t kFirstDay = 18'262, kEndDay = 47'482;  // 2020-01-01, 2100-01-01
  if (const auto ms = id.unix_ms()) {
    const std::int64_t day = *ms / kDayMs;
    if (day >= kFirstDay && day < kEndDay) return static_cast<std::int32_t>(day);
  }
  return -1 - id.bytes[15] % kHashedBuckets;
}

}  // namespace gofuture
