// A timer that is due, as the event that a function is handed: type kTimerType, data {"name": …, "due_at": …}. Every store makes
// it here, so that all make it alike.
#pragma once

#include <cstdint>
#include <string>

#include "pipeline/io.hpp"

namespace gofuture {

struct TimerDue {
  std::string function, state_key, name;
  std::int64_t number = 0, due_ms = 0;
  std::uint16_t topic = 0;           // of the event that set it, as is the partition
  std::int32_t partition = 0;
  std::string correlationid, causationid, traceparent, tracestate;
  std::uint32_t hops = 0;
};

// Its event id is made of function and number; its place in the log is the setting event's partition and a negative offset.
Due due_event(const TimerDue& timer);

}  // namespace gofuture
