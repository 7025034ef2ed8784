// How far this replica has come, which is what timers wait for: an answer that was queued before a deadline wins against it.
//
//   the store says: all that was committed before t is in Kafka -> where do our logs end? -> processed up to there -> told the store
#include "pipeline/machine.hpp"

#include <algorithm>

#include "base/fault_point.hpp"

namespace gofuture {

void Pipeline::Machine::end_reached(TopicPartition at, std::int64_t offset) {
  if (const auto found = partitions_.find(at); found != partitions_.end()) found->second.end = offset;
}

void Pipeline::Machine::catch_up(const Claimed& claimed) {
  if (!plan_.uses_timers || catching_up_ || !claimed.sent_until_us || *claimed.sent_until_us <= caught_up_us_) return;
  std::vector<TopicPartition> asked;
  CatchUp now;
  now.time_us = *claimed.sent_until_us;
  for (const auto& [at, partition] : partitions_) {
    if (partition.draining) continue;
    asked.push_back(at);
    now.assignments.emplace(at, partition.assignment);
  }
  if (asked.empty()) return;
  caught_up_us_ = now.time_us;
  catching_up_ = std::move(now);
  ports_.source.ask_ends(asked);
}

void Pipeline::Machine::answered(Ends ends) {
  if (!catching_up_) return;
  if (!ends.ends.empty()) GOFUTURE_FAULT_POINT("timers.ends_known");
  if (ends.ends.empty()) catching_up_.reset();  // asked again with the next time
  else catching_up_->ends = std::move(ends.ends);
}

std::optional<CaughtUp> Pipeline::Machine::caught_up() {
  if (!catching_up_ || catching_up_->ends.empty()) return std::nullopt;
  CaughtUp now{catching_up_->time_us, {}};
  for (const Position& end : catching_up_->ends) {
    const auto found = partitions_.find(end.at);
    // A partition that has gone since is its next owner's to tell about.
    if (found == partitions_.end() || found->second.assignment != catching_up_->assignments[end.at]) continue;
    const PartitionPositions& positions = found->second.positions;
    const bool all_finished = positions.position() == positions.next();
#ifdef GOFUTURE_PLANT_EARLY_TIMER  // a planted bug: what was asked about is told before it has been processed
    now.partitions.push_back(end.at);
    continue;
#endif
    if (positions.position() < end.offset && !(all_finished && found->second.end >= end.offset)) return std::nullopt;
    now.partitions.push_back(end.at);
  }
  catching_up_.reset();
  if (now.partitions.empty()) return std::nullopt;
  GOFUTURE_FAULT_POINT("timers.caught_up");
  return now;
}

}  // namespace gofuture
