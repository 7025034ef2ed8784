// FakeLog: the broker as a group sees it: one log per partition (offsets may have holes) and the group's committed positions.
// FakeSource: one member's consumer on it; records every command and answers nothing by itself: the test assigns, polls and
// takes away.
//
//   FakeLog log;  log.append({0, 3}, trip(1, "k").content());
//   FakeSource source(log);
//   pipeline.on_assigned(source.assign({{0, 3}}));
//   pipeline.on_records(source.poll(10));
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/io.hpp"

namespace gofuture::test {

class FakeLog {
 public:
  struct Entry {
    std::int64_t offset;
    std::int64_t timestamp_ms;
    OwnedRecord content;
  };
  struct Partition {
    std::vector<Entry> entries;   // by offset
    std::int64_t end = 0;         // the next offset
    std::int64_t begin = 0;       // what retention left
    std::optional<std::int64_t> committed;
  };

  // `hole`: offsets that nobody will ever see before it (transaction markers, compaction).
  std::int64_t append(TopicPartition at, OwnedRecord content, std::int64_t hole = 0, std::int64_t timestamp_ms = 0);
  Partition& partition(TopicPartition at) { return partitions_[at]; }
  const std::map<TopicPartition, Partition>& partitions() const { return partitions_; }
  const Entry* find(TopicPartition at, std::int64_t offset) const;
  std::int64_t start_of(TopicPartition at) const;  // committed, else the beginning

 private:
  std::map<TopicPartition, Partition> partitions_;
};

class FakeSource : public Source {
 public:
  // `answers`: for functions with timers.
  explicit FakeSource(FakeLog& log, Answers* answers = nullptr) : log_(log), answers_(answers) {}

  // --- commands of the pipeline
  void commit(const std::vector<Position>& positions) override;
  void pause(const std::vector<TopicPartition>& partitions) override;
  void resume(const std::vector<TopicPartition>& partitions) override;
  void release(const std::vector<TopicPartition>& partitions, const std::vector<Position>& positions) override;
  void ask_ends(const std::vector<TopicPartition>& partitions) override;

  // --- the test's side
  std::vector<Position> assign(const std::vector<TopicPartition>& partitions);
  void revoking(const std::vector<TopicPartition>& partitions);  // nothing more of them is read
  void lost(const std::vector<TopicPartition>& partitions);      // gone at once; commits of them are refused
  // Up to `most` records of what is assigned and not paused; at most `most_per_partition` of each partition.
  std::vector<Record> poll(std::size_t most, std::size_t most_per_partition = ~std::size_t{0});
  std::optional<Record> poll_at(TopicPartition at);  // the next one of this partition
  void seek(TopicPartition at, std::int64_t offset) { reading_.at(at).next = offset; }

  bool reads(TopicPartition at) const;
  std::vector<TopicPartition> assigned() const;
  std::vector<TopicPartition> paused() const;
  void refuse_commits(bool refuse) { refuse_commits_ = refuse; }  // a zombie: the group goes on without this member

  // Called with each position that the pipeline wants committed, before the log takes or refuses it.
  std::function<void(const Position&)> on_commit;
  std::vector<std::vector<Position>> commits;             // every call of commit()
  std::vector<std::vector<TopicPartition>> released;      // every call of release()
  std::vector<std::vector<Position>> released_positions;  // what came with it
  std::vector<std::string> commands;                      // "commit 0/3@41", "pause 0/3", …, in order

 private:
  struct Reading {
    std::int64_t next = 0;
    bool paused = false, revoking = false;
  };
  void take(const std::vector<Position>& positions);

  FakeLog& log_;
  Answers* answers_;
  std::map<TopicPartition, Reading> reading_;
  bool refuse_commits_ = false;
};

std::string name_of(const TopicPartition& at);  // "0/3"

}  // namespace gofuture::test
