// Strikes in gofuture.strikes: counted at a start from what the last run left in its file, read by each function before it runs,
// deleted by the commit that makes an outcome of the event durable (strike_rows.hpp). A connection per call: starts are rare.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "pipeline/strikes.hpp"

namespace gofuture {

struct StrikeRow {
  Strike strike;
  std::string topic;  // the name behind strike.topic; empty: not known
};

// All or none. Those of one `run` count once, however often they are told.
Result<Done> record_strikes(const std::string& conninfo, const Uuid& run, const std::vector<StrikeRow>& strikes);

// Of one function. Also forgets what is older than the inbox: such an event does not come again.
Result<StrikesByEvent> load_strikes(const std::string& conninfo, std::int32_t function_id, std::int64_t window_days);

}  // namespace gofuture
