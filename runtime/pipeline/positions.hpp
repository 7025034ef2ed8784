// PartitionPositions: which events of one partition are unfinished, and so up to where its offsets may be committed. Offsets
// arrive ascending, with holes (transaction markers, compaction); they finish in any order.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace gofuture {

class PartitionPositions {
 public:
  explicit PartitionPositions(std::int64_t start) : next_(start), committed_(start) {}

  void begin(std::int64_t offset);   // an event has been read
  void finish(std::int64_t offset);  // its outcome is durable (or it is not ours)

  // Everything below is finished. Only grows.
  std::int64_t position() const;
  // Where position() will be when these (ascending, unfinished) are finished too; nothing when it would not be past them all.
  std::optional<std::int64_t> position_with(const std::vector<std::int64_t>& offsets) const;
  bool advanced() const { return position() > committed_; }
  void committed(std::int64_t position) { committed_ = position; }
  std::int64_t next() const { return next_; }  // one past the last event read

 private:
  struct Entry {
    std::int64_t offset;
    bool finished;
  };
  std::deque<Entry> open_;  // from the first unfinished event on
  std::int64_t next_;
  std::int64_t committed_;
};

}  // namespace gofuture
