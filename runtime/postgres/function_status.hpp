// FunctionStatus: what of a function waits or has ended badly, as the tables say: for `gofuture list`
// and `top`. One connection, read-only,
// one snapshot.
//
//   auto read = read_function_status(settings.postgres);     // an Error: no database answers, or it is not migrated
//   const FunctionStatus& status = (*read)["refund_payment"];
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace gofuture {

struct FunctionStatus {
  std::int64_t epoch = 0;                       // of its newest deployment
  std::int64_t parked_keys = 0;                 // keys with an event that waits for its next attempt
  std::int64_t parked = 0;                      // events that wait for their next attempt, or behind one that does
  std::optional<std::int64_t> oldest_parked_ms;  // how long the oldest of them has waited
  std::int64_t held_keys = 0;                   // keys that wait for people behind a dead letter
  std::int64_t dead_letters = 0;                // of the last day
  std::int64_t timers = 0;                      // set and not yet fired
  std::string open_breakers;                    // dependencies that some process has found down, separated by commas
};

// By function. A function that has never run is not in it.
Result<std::map<std::string, FunctionStatus>> read_function_status(const std::string& conninfo);

}  // namespace gofuture
