// Partitions and records in, positions out: the half of the machine that faces the source.
#include "pipeline/machine.hpp"

#include <algorithm>

#include "base/fault_point.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kCommitEveryMs = 200;   // positions; a crash repeats at most this much, and the inbox absorbs it
constexpr std::int64_t kDrainMs = 10'000;      // bound of a revocation
constexpr std::int64_t kFullBeforePauseMs = 1'000;
#ifndef GOFUTURE_PLANT_EVERY  // how seldom a planted bug shows itself; the simulator's worlds are small
#define GOFUTURE_PLANT_EVERY 199
#endif
constexpr std::size_t kIntakeBatches = 4;      // batches' worth of events that may wait before polling pauses

}  // namespace

void Pipeline::Machine::assigned(const std::vector<Position>& positions) {
  ++assignments_;
  std::vector<TopicPartition> fresh;
  for (const Position& position : positions) {
    partitions_.insert_or_assign(position.at, Partition(position.offset, assignments_));
    fresh.push_back(position.at);
  }
  progress_ms_ = ports_.clock.steady_ms();
  if (paused_ && !fresh.empty()) ports_.source.pause(fresh);
}

void Pipeline::Machine::records(std::vector<Record> records) {
  const std::int64_t now = ports_.clock.steady_ms();
  const std::size_t polled = records.size();
  std::size_t admitted = 0, foreign = 0, unknown = 0;
  if (!records.empty()) GOFUTURE_FAULT_POINT("intake.polled");
  for (Record& record : records) {
    const TopicPartition at{record.topic, record.partition};
    const auto found = partitions_.find(at);
    if (found == partitions_.end() || found->second.draining) continue;  // revoked while it was on its way
    Partition& partition = found->second;
    const std::int64_t offset = record.offset;
    if (offset < partition.positions.next()) continue;                   // seen in this assignment
    partition.positions.begin(offset);

    Admission::Ruling ruling = admission_.admit(std::move(record));
    if (!ruling.event) {
      partition.positions.finish(offset);
      progress_ms_ = now;
      ++(ruling.unknown_type ? unknown : foreign);
      continue;
    }
#ifdef GOFUTURE_PLANT_LOSE  // a planted bug: now and then an event is taken for done without its effects
    if (++planted_ % GOFUTURE_PLANT_EVERY == 0) {
      partition.positions.finish(offset);
      continue;
    }
#endif
    Event& event = *ruling.event;
    event.assignment = partition.assignment;
    event.arrived_ms = now;
    if (ports_.strikes != nullptr) ports_.strikes->apply(event, plan_.manifest().retry, now);
    bytes_ += event.record.bytes();
    ++admitted;
    // What will wait must not pin the buffer that it was fetched in. A long queue that holds most of its buffers' events may: they leave together.
    const bool queued = sparse_ && lanes_.waiting() + rounds_.waiting() > static_cast<std::size_t>(plan_.manifest().batch_max);
    if (queued || lanes_.would_wait(event.state_key)) detach(event.record, event.envelope);
    if (traits_.owns_offsets) {
      rounds_.push(std::move(ruling.event));
      continue;
    }
#ifdef GOFUTURE_PLANT_REORDER  // a planted bug: now and then an event is overtaken by the next one of its key
    ++planted_;
    if (!planted_late_ && planted_ % 20 == 0) {
      detach(event.record, event.envelope);
      planted_late_ = std::move(ruling.event);
      planted_until_ = planted_ + 400;
      continue;
    }
    const bool follower = planted_late_ && planted_late_->state_key == event.state_key;
    lanes_.push(std::move(ruling.event));
    if (planted_late_ && (follower || planted_ > planted_until_)) lanes_.push(std::move(planted_late_));
    continue;
#endif
    lanes_.push(std::move(ruling.event));
    GOFUTURE_FAULT_POINT("intake.admitted");
  }
  if (polled > 0) sparse_ = admitted * 4 < polled;
  if (foreign > 0) ports_.probe.passed_over(foreign, false);
  if (unknown > 0) ports_.probe.passed_over(unknown, true);
}

void Pipeline::Machine::revoked(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions)
    if (const auto found = partitions_.find(at); found != partitions_.end()) found->second.draining = true;
  const auto gone = [this](const Event& event) {
    if (is_due(event)) return false;
    const auto found = partitions_.find({event.record.topic, event.record.partition});
    return found != partitions_.end() && found->second.draining;
  };
  bytes_ -= lanes_.remove_if(gone) + rounds_.remove_if(gone);
  revocations_.push_back({partitions, ports_.clock.steady_ms() + kDrainMs});
}

void Pipeline::Machine::lost(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions) partitions_.erase(at);
  const auto gone = [this](const Event& event) {
    return !is_due(event) && !partitions_.contains({event.record.topic, event.record.partition});
  };
  bytes_ -= lanes_.remove_if(gone) + rounds_.remove_if(gone);
  // A revocation that was being drained and is now lost has nothing left to commit.
  for (Revocation& revocation : revocations_)
    std::erase_if(revocation.partitions, [&](const TopicPartition& at) { return !partitions_.contains(at); });
  std::erase_if(revocations_, [](const Revocation& revocation) { return revocation.partitions.empty(); });
}

void Pipeline::Machine::finish_revocations() {
  const std::int64_t now = ports_.clock.steady_ms();
  std::erase_if(revocations_, [&](const Revocation& revocation) {
    std::size_t in_flight = 0;
    for (const TopicPartition& at : revocation.partitions)
      if (const auto found = partitions_.find(at); found != partitions_.end()) in_flight += found->second.in_flight;
    if (in_flight > 0 && now < revocation.deadline_ms) return false;
    if (in_flight > 0)
      ports_.probe.log(Probe::Level::kWarn,
                       "revoked partitions are handed back with " + std::to_string(in_flight) +
                           " events still in flight after the drain time; their outcome is fenced by the store",
                       nullptr);
    std::vector<Position> positions;
    for (const TopicPartition& at : revocation.partitions) {
      const auto found = partitions_.find(at);
      if (found == partitions_.end()) continue;
      if (found->second.positions.advanced() && !traits_.owns_offsets)
        positions.push_back({at, found->second.positions.position()});
      partitions_.erase(found);
    }
    ports_.source.release(revocation.partitions, positions);
    return true;
  });
}

void Pipeline::Machine::commit_positions() {
  if (traits_.owns_offsets) return commit_idle_positions();
  const std::int64_t now = ports_.clock.steady_ms();
  if (now - last_commit_ms_ < kCommitEveryMs) return;
  std::vector<Position> positions;
  for (auto& [at, partition] : partitions_) {
    if (partition.draining || !partition.positions.advanced()) continue;
    positions.push_back({at, partition.positions.position()});
    partition.positions.committed(positions.back().offset);
  }
  if (positions.empty()) return;
  last_commit_ms_ = now;
#ifdef GOFUTURE_PLANT_COMMIT_BACK  // a planted bug: now and then a position goes back
  if (batches_ % 7 == 3 && positions.front().offset > 1) positions.front().offset -= 2;
#endif
  ports_.source.commit(positions);
  GOFUTURE_FAULT_POINT("offsets.queued");
}

bool Pipeline::Machine::wants_records() const { return paused_ || full_since_ms_ == 0; }

// Enough waits: polling pauses for a moment, which costs nothing. When that lasts, or the bytes are used up, the partitions
// themselves are paused, so that polling goes on and nobody takes us for dead.
void Pipeline::Machine::regulate() {
  const auto& manifest = plan_.manifest();
  const std::size_t events_max = kIntakeBatches * static_cast<std::size_t>(manifest.batch_max);
  const auto bytes_max = static_cast<std::size_t>(manifest.bytes_max);
  const std::size_t ready = lanes_.waiting() - lanes_.held() + rounds_.waiting() - rounds_.held();
  const std::int64_t now = ports_.clock.steady_ms();

  const bool parked_full = parked_bytes_ >= manifest.retry.parked_bytes;
  const bool full = ready >= events_max || bytes_ + claim_bytes_ >= bytes_max || parked_full;
  if (!full) {
    full_since_ms_ = 0;
  } else if (full_since_ms_ == 0) {
    full_since_ms_ = std::max<std::int64_t>(now, 1);
  }
  std::vector<TopicPartition> all;
  if (!paused_ && (bytes_ + claim_bytes_ >= bytes_max || (full && now - full_since_ms_ >= kFullBeforePauseMs))) {
    paused_ = true;
    for (const auto& [at, partition] : partitions_) all.push_back(at);
    if (!all.empty()) ports_.source.pause(all);
  } else if (paused_ && ready < events_max / 2 && bytes_ < bytes_max / 2 && !parked_full) {
    paused_ = false;
    for (const auto& [at, partition] : partitions_) all.push_back(at);
    if (!all.empty()) ports_.source.resume(all);
  }
}

std::optional<std::int64_t> Pipeline::Machine::next_intake_wakeup() const {
  std::optional<std::int64_t> next;
  auto consider = [&next](std::int64_t at) { next = next ? std::min(*next, at) : at; };
  for (const Revocation& revocation : revocations_) consider(revocation.deadline_ms);
  if (full_since_ms_ != 0 && !paused_) consider(full_since_ms_ + kFullBeforePauseMs);
  if (traits_.owns_offsets) {
    if (const auto due = next_idle_commit()) consider(*due);
  } else {
    for (const auto& [at, partition] : partitions_)
      if (!partition.draining && partition.positions.advanced()) {
        consider(last_commit_ms_ + kCommitEveryMs);
        break;
      }
  }
  return next;
}

}  // namespace gofuture
