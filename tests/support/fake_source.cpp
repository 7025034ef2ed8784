#include "support/fake_source.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace gofuture::test {

std::string name_of(const TopicPartition& at) { return std::to_string(at.topic) + "/" + std::to_string(at.partition); }

std::int64_t FakeLog::append(TopicPartition at, OwnedRecord content, std::int64_t hole, std::int64_t timestamp_ms) {
  Partition& log = partitions_[at];
  const std::int64_t offset = log.end + hole;
  log.entries.push_back({offset, timestamp_ms, std::move(content)});
  log.end = offset + 1;
  return offset;
}

const FakeLog::Entry* FakeLog::find(TopicPartition at, std::int64_t offset) const {
  const auto log = partitions_.find(at);
  if (log == partitions_.end()) return nullptr;
  const auto& entries = log->second.entries;
  const auto found = std::lower_bound(entries.begin(), entries.end(), offset, [](const Entry& e, std::int64_t o) { return e.offset < o; });
  return found != entries.end() && found->offset == offset ? &*found : nullptr;
}

std::int64_t FakeLog::start_of(TopicPartition at) const {
  const auto log = partitions_.find(at);
  if (log == partitions_.end()) return 0;
  return log->second.committed.value_or(log->second.begin);
}

void FakeSource::take(const std::vector<Position>& positions) {
  for (const Position& position : positions) {
    if (on_commit) on_commit(position);
    if (refuse_commits_ || !reading_.contains(position.at)) continue;  // the broker refuses, the port logs and drops
    log_.partition(position.at).committed = position.offset;
  }
}

void FakeSource::commit(const std::vector<Position>& positions) {
  commits.push_back(positions);
  for (const Position& position : positions) commands.push_back("commit " + name_of(position.at) + "@" + std::to_string(position.offset));
  take(positions);
}

void FakeSource::pause(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions) {
    commands.push_back("pause " + name_of(at));
    if (const auto found = reading_.find(at); found != reading_.end()) found->second.paused = true;
  }
}

void FakeSource::resume(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions) {
    commands.push_back("resume " + name_of(at));
    if (const auto found = reading_.find(at); found != reading_.end()) found->second.paused = false;
  }
}

void FakeSource::release(const std::vector<TopicPartition>& partitions, const std::vector<Position>& positions) {
  for (const TopicPartition& at : partitions) commands.push_back("release " + name_of(at));
  released.push_back(partitions);
  released_positions.push_back(positions);
  take(positions);
  for (const TopicPartition& at : partitions) reading_.erase(at);
}

void FakeSource::ask_ends(const std::vector<TopicPartition>& partitions) {
  Ends ends;
  for (const TopicPartition& at : partitions) ends.ends.push_back({at, log_.partition(at).end});
  if (answers_ != nullptr) answers_->post(std::move(ends));
}

std::vector<Position> FakeSource::assign(const std::vector<TopicPartition>& partitions) {
  std::vector<Position> positions;
  for (const TopicPartition& at : partitions) {
    const std::int64_t start = log_.start_of(at);
    reading_[at] = Reading{.next = start};
    positions.push_back({at, start});
  }
  return positions;
}

void FakeSource::revoking(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions) reading_.at(at).revoking = true;
}

void FakeSource::lost(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions) reading_.erase(at);
}

std::optional<Record> FakeSource::poll_at(TopicPartition at) {
  const auto found = reading_.find(at);
  if (found == reading_.end() || found->second.paused || found->second.revoking) return std::nullopt;
  const auto& entries = log_.partition(at).entries;
  const auto entry = std::lower_bound(entries.begin(), entries.end(), found->second.next,
                                      [](const FakeLog::Entry& e, std::int64_t offset) { return e.offset < offset; });
  if (entry == entries.end()) return std::nullopt;
  found->second.next = entry->offset + 1;
  return make_record(at.topic, at.partition, entry->offset, entry->timestamp_ms, entry->content);
}

std::vector<Record> FakeSource::poll(std::size_t most, std::size_t most_per_partition) {
  std::vector<Record> records;
  for (const auto& [at, reading] : reading_) {
    for (std::size_t n = 0; n < most_per_partition && records.size() < most; ++n) {
      auto record = poll_at(at);
      if (!record) break;
      records.push_back(std::move(*record));
    }
  }
  return records;
}

bool FakeSource::reads(TopicPartition at) const {
  const auto found = reading_.find(at);
  return found != reading_.end() && !found->second.paused && !found->second.revoking;
}

std::vector<TopicPartition> FakeSource::assigned() const {
  std::vector<TopicPartition> all;
  for (const auto& [at, reading] : reading_) all.push_back(at);
  return all;
}

std::vector<TopicPartition> FakeSource::paused() const {
  std::vector<TopicPartition> all;
  for (const auto& [at, reading] : reading_)
    if (reading.paused) all.push_back(at);
  return all;
}

}  // namespace gofuture::test
