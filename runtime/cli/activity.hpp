// Activity: one function's row of `gofuture top`, put together from what could be asked: two looks at the runtime's own page, Kafka,
// the database. What nobody could say is nothing, and is shown as "-". Pure.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/exposition.hpp"
#include "cli/function_lag.hpp"
#include "cli/paint.hpp"
#include "postgres/function_status.hpp"

namespace gofuture::cli {

struct Activity {
  std::string function;
  std::optional<double> events_per_s, retries_per_s;             // that came to their end; that were parked after retry
  std::optional<std::int64_t> in_flight, waiting;                // in this process
  std::optional<double> p50_ms, p99_ms;                          // of a batch in load and handler, between the two looks
  std::optional<std::int64_t> lag;                               // of the whole group, else of this process
  std::optional<std::int64_t> parked_keys, parked_events, held_keys, dead_last_day, retries;  // retries: since the process's start
  std::optional<std::string> open_breakers;                      // separated by commas
  std::optional<std::int64_t> generation;                        // the epoch of its newest deployment
};

struct Looks {
  const Exposition* before = nullptr;  // null: this is the first look, so no rates
  const Exposition* now = nullptr;     // null: the runtime does not answer
  double seconds = 0;                  // between them
};
struct RelayActivity {
  bool active = false;
  std::int64_t lag_bytes = 0;
  double delay_ms = 0;
};

Activity activity_of(const std::string& function, const Looks& looks, const FunctionLag* lag, const FunctionStatus* status);
std::optional<RelayActivity> relay_activity(const Looks& looks);

boost::json::value as_json(const Activity& activity);
boost::json::value as_json(const std::optional<RelayActivity>& relay);
std::string activity_table(const std::vector<Activity>& rows, const Paint& paint);

}  // namespace gofuture::cli
