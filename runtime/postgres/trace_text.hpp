// A trace as a person reads it, and as a program does.
#pragma once

#include <string>

#include "postgres/trace.hpp"

namespace gofuture {

// Times are UTC; below the first event they are what has passed since it. Ends with a newline.
//
//   b-7f3a  6 events  1.92 s
//   12:00:01.204  BookingCreated                     riders-app
//      +11 ms     └ start_payment v3   → PaymentInitiated
//      +19 ms       └ capture_payment v1   attempt 2   → PaymentSucceeded
//     +1.2 s         └ request_driver v1   parked after attempt 3 (transient: no map), next attempt 12:00:03.204
std::string trace_text(const Trace& trace);

// One object on one line: {"correlation_id": …, "events": n, "dead": n, "parked": n, "timers": n, "roots": [{"id": …, "reactions": [{…, "emitted": […]}]}]}.
std::string trace_json(const Trace& trace);

}  // namespace gofuture
