// Assignment: the partitions that a source reads now and how far it has read each of them. The guard against records
// that come twice (librdkafka before 2.4 may refetch from a stale offset) lives here: within one assignment an offset
// is delivered once, in order.
//
// Owned by the source, on its thread.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "kafka/start_offsets.hpp"
#include "pipeline/io.hpp"

namespace gofuture::kafka {

struct Share {  // one partition of ours
  bool ours = false;
  bool paused = false;          // by the pipeline
  std::uint64_t following = 0;  // the token of what we asked the shared reader for; 0: nothing
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::int64_t joins_at = kNever;  // from this offset on the shared reader has everything
  bool fed = false;             // by the shared reader alone; our own client has it paused, at an offset that stays behind
  std::int64_t next = 0;  // the offset to deliver next (or a later one: logs have holes)
  std::int64_t done = 0;  // the position that the pipeline last asked to commit
};

class Assignment {
 public:
  explicit Assignment(std::vector<std::string> topics) : topics_(std::move(topics)), shares_(topics_.size()) {}

  void set(const Offsets& positions);
  void clear();
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }

  // nullptr: not ours.
  Share* find(const TopicPartition& at);
  const std::string& topic(std::uint16_t index) const { return topics_[index]; }
  const std::vector<std::string>& topics() const { return topics_; }
  std::optional<std::uint16_t> index_of(std::string_view topic) const;
  Where where(const TopicPartition& at) const { return {topics_[at.topic], at.partition}; }

  template <class Visit>
  void each(Visit&& visit) {
    for (std::uint16_t topic = 0; topic < shares_.size(); ++topic)
      for (std::size_t partition = 0; partition < shares_[topic].size(); ++partition)
        if (shares_[topic][partition].ours)
          visit(TopicPartition{topic, static_cast<std::int32_t>(partition)}, shares_[topic][partition]);
  }
  std::vector<TopicPartition> all();
  std::vector<Position> positions();

 private:
  std::vector<std::string> topics_;
  std::vector<std::vector<Share>> shares_;  // by topic, then by partition
  std::size_t count_ = 0;
};

}  // namespace gofuture::kafka
