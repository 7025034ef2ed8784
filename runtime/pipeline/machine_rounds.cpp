// Rounds, for a store that owns the offsets: everything that was dispatched has been handled, then one transaction takes it with
// the positions that go with it. Nothing is dispatched beside a commit.
#include "pipeline/machine.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace gofuture {
namespace {

constexpr std::int64_t kIdleCommitEveryMs = 5'000;  // positions past records that nobody handles

bool ended(const Event& event) {
  return event.outcome == Outcome::kOk || event.outcome == Outcome::kSkip || event.outcome == Outcome::kReject;
}

}  // namespace

bool Pipeline::Machine::round_over() const { return in_flight_ == 0 && committing_ == 0 && lanes_.waiting() == 0; }

void Pipeline::Machine::start_round(std::int64_t now_ms) {
  if (!round_over()) return;
  auto round = rounds_.next(static_cast<std::size_t>(plan_.manifest().batch_max), now_ms);
  round_events_ = round.size();
  for (EventPtr& event : round) lanes_.push(std::move(event));
}

// What of the round still waits goes back: its next round takes it again, in the order of offsets.
void Pipeline::Machine::gather_round() {
  rounds_.put_back(lanes_.take_if([](const Event&) { return true; }));
}

void Pipeline::Machine::commit_round() {
  if (committing_ > 0 || handling_ > 0) return;
  if (lanes_.any_ready() && !stopped && !halted) return;
  gather_round();
  if (handled_.empty()) return;
  BatchPtr round = std::move(handled_.front());
  handled_.pop_front();
  for (; !handled_.empty(); handled_.pop_front()) round->absorb(std::move(*handled_.front()));

  // Of each partition the round may hold the next events without a hole, or nothing: what stands behind an event that is tried
  // again, or that a revocation took away, would commit before it. A partition that was lost has no place in it either.
  std::map<TopicPartition, std::vector<std::int64_t>> offsets;
  std::set<TopicPartition> left_out;
  for (const EventPtr& event : round->events) {
    const TopicPartition at{event->record.topic, event->record.partition};
    if (current(*event) == nullptr || !ended(*event)) left_out.insert(at);
    offsets[at].push_back(event->record.offset);
  }
  std::map<TopicPartition, std::int64_t> positions;
  for (auto& [at, list] : offsets) {
    if (left_out.contains(at)) continue;
    std::sort(list.begin(), list.end());
    if (const auto position = partitions_.at(at).positions.position_with(list)) positions[at] = *position;
    else left_out.insert(at);
  }
  if (!left_out.empty()) {
    auto back = round->take_out([&](const Event& event) {
      return left_out.contains({event.record.topic, event.record.partition});
    });
    std::set<std::string> keys;  // of one partition each, so nothing of them is left in the round
    for (const EventPtr& event : back) keys.insert(event->state_key);
    for (const std::string& key : keys) lanes_.release(key);
    rounds_.put_back(returning(std::move(back)));
  }
  if (!round->events.empty()) commit_with_positions(std::move(round), std::move(positions));
}

void Pipeline::Machine::commit_with_positions(BatchPtr batch, std::map<TopicPartition, std::int64_t> positions) {
  for (const auto& [at, partition] : partitions_)  // the others may have come past records that nobody handles
    if (!partition.draining && partition.positions.advanced()) positions.emplace(at, partition.positions.position());
  batch->positions.clear();
  for (const auto& [at, offset] : positions) batch->positions.push_back({at, offset});
  last_commit_ms_ = ports_.clock.steady_ms();
  send_to_commit(std::move(batch));
}

// Records that nobody handles move positions, too: where no round comes by, they commit alone.
void Pipeline::Machine::commit_idle_positions() {
  const auto due = next_idle_commit();
  if (!due || *due > ports_.clock.steady_ms()) return;
  auto batch = std::make_unique<Batch>();
  batch->id = ++batches_;
  commit_with_positions(std::move(batch), {});
}

std::optional<std::int64_t> Pipeline::Machine::next_idle_commit() const {
  if (stopped || halted || !round_over() || !postponed_.empty()) return std::nullopt;
  for (const auto& [at, partition] : partitions_)
    if (!partition.draining && partition.positions.advanced()) return last_commit_ms_ + kIdleCommitEveryMs;
  return std::nullopt;
}

void Pipeline::Machine::note_committed(const std::vector<Position>& positions) {
  for (const Position& position : positions)
    if (const auto found = partitions_.find(position.at); found != partitions_.end()) found->second.positions.committed(position.offset);
  ports_.source.committed(positions);
}

}  // namespace gofuture
