// How far each function is, as Kafka knows it: its group's positions against the ends of its topics, and how old the oldest event is
// that it has not done. Used by `lag`, `top` and `doctor`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/groups.hpp"
#include "manifest/load.hpp"

namespace gofuture::cli {

struct TopicLag {
  std::string topic;
  std::int32_t partitions = 0, not_begun = 0;  // of them without a committed offset
  std::int64_t lag = 0;                        // events
};
struct FunctionLag {
  std::string function;
  GroupProgress progress;
  std::vector<TopicLag> topics;
  std::optional<std::int64_t> oldest_ms;       // nothing: it is not behind, or it was not asked for
};

Result<std::vector<FunctionLag>> lag_of(const Settings& settings, const std::vector<const FunctionManifest*>& functions, int request_ms);

// Fills oldest_ms: one record read from each partition that is behind, two seconds at most for all. What did not come stays nothing.
void ask_ages(const Settings& settings, std::vector<FunctionLag>& lags, std::int64_t now_ms);

}  // namespace gofuture::cli
