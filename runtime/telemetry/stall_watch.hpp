// StallWatch: the stall watchdog's rule, without clock, broker or log. A function is stalled when it has partitions, is behind,
// and nothing has been done for T.
//
//   fine --T--> kRejoin: count it, log it, join the group again --T--> kUnready: /readyz says so --an event is done--> kOver: fine
//
// New partitions give it another T and end nothing: a stall is over when an event has come to its end, or when T has passed and
// nothing is left to do. So a stall is counted once, and one that joining again does not heal joins no second time.
//
// One thread, once a second:  switch (watch.look(telemetry.seen(), clock.steady_ms(), stall_ms)) ...
#pragma once

#include <cstdint>

#include "telemetry/function_telemetry.hpp"

namespace gofuture {

class StallWatch {
 public:
  enum class Step : std::uint8_t { kNone, kRejoin, kUnready, kOver };
  // What is to be done now; each step is told once.
  Step look(const FunctionTelemetry::Seen& seen, std::int64_t now_ms, std::int64_t stall_ms);
  // Of the stall that was told last: since when nothing had been done.
  std::int64_t since_ms() const { return since_ms_; }

 private:
  enum class Stage : std::uint8_t { kFine, kRejoined, kUnready };
  Stage stage_ = Stage::kFine;
  std::int64_t since_ms_ = 0, told_ms_ = 0;
  std::uint64_t ended_ = 0;  // events that had come to their end by then
};

}  // namespace gofuture
