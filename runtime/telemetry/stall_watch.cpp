#include "telemetry/stall_watch.hpp"

#include <algorithm>
#include <utility>

namespace gofuture {

StallWatch::Step StallWatch::look(const FunctionTelemetry::Seen& seen, std::int64_t now_ms, std::int64_t stall_ms) {
  if (stage_ != Stage::kFine && seen.ended != ended_) {
    stage_ = Stage::kFine;
    return Step::kOver;
  }
  const std::int64_t quiet_since = stage_ == Stage::kFine ? seen.progress_ms : std::max(seen.progress_ms, told_ms_);
  if (seen.partitions == 0 || now_ms - quiet_since <= stall_ms) return Step::kNone;
  if (seen.lag == 0 && seen.in_flight == 0 && seen.waiting == 0)
    return std::exchange(stage_, Stage::kFine) == Stage::kFine ? Step::kNone : Step::kOver;
  switch (stage_) {
    case Stage::kFine:
      stage_ = Stage::kRejoined;
      since_ms_ = seen.progress_ms;
      told_ms_ = now_ms;
      ended_ = seen.ended;
      return Step::kRejoin;
    case Stage::kRejoined:
      stage_ = Stage::kUnready;
      return Step::kUnready;
    case Stage::kUnready:
      return Step::kNone;
  }
  return Step::kNone;
}

}  // namespace gofuture
