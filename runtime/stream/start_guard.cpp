#include "stream/start_guard.hpp"

namespace gofuture {

Result<StartLedger::Entries> StreamStartGuard::recorded() {
  const Topic& input = *plan_->topics().front().topic;
  auto written = changelog_->written(input.partitions);
  if (!written) return written.error();
  Entries entries;
  for (const std::int32_t partition : *written) entries[{input.name, partition}] = {.offset = 0, .started = true};
  return entries;
}

std::string StreamStartGuard::to_begin_again() const {
  return "delete the topic " + changelog_topic(plan_->manifest().name) +
         " (and with it all state) and make it anew with `gofuture topics apply`";
}

}  // namespace gofuture
