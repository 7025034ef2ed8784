// StrikeSlot: what one handler thread has in hand, written for every batch and event into a file that outlives the process
// (strike_file.hpp). Whoever ends the process because of that thread marks its slot first: the fatal-signal handler
// (fatal_signals.hpp), the watchdog (overrun.hpp). So a mark is a strike of the event that stands here, and an end from outside
// (SIGKILL) leaves none.
//
// Written by the handler's thread, read by any; everything is atomic, nothing locks, so it may be touched in a signal handler.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "plugin/inflight.hpp"

namespace gofuture {

// What a mark says: a signal's number, or one of these.
inline constexpr std::uint32_t kMarkHang = 1000, kMarkMemory = 1001;

std::string name_of_mark(std::uint32_t mark);  // "SIGSEGV", …, "hang", "memory"

struct StrikeSlot {
  static constexpr std::size_t kEvents = 512;  // of a larger batch only so many are named
  static constexpr std::size_t kName = 64;     // longer than any function's name

  std::array<char, kName> function{};
  InFlight in_flight;                          // the event that is open
  std::atomic<std::uint32_t> mark = 0;         // 0: none
  std::atomic<std::uint32_t> events = 0;       // of the batch in hand; 0: none is
  std::atomic<std::int32_t> thread = 0;        // its number in /proc/self/task
  std::atomic<std::int64_t> since_ms = 0;      // steady clock: when the batch came
  std::atomic<std::uint64_t> faults = 0;       // page faults of the thread by then
  std::array<Uuid, kEvents> ids{};             // of the batch

  std::string_view name() const { return {function.data(), ::strnlen(function.data(), kName)}; }
  void name(std::string_view text) { std::memcpy(function.data(), text.data(), std::min(text.size(), kName - 1)); }
};

}  // namespace gofuture
