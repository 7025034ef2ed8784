// A place in a function's input: a partition, and how far it has been read.
#pragma once

#include <compare>
#include <cstdint>

namespace gofuture {

struct TopicPartition {
  std::uint16_t topic = 0;  // index into the function's list of topics
  std::int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

struct Position {
  TopicPartition at;
  std::int64_t offset = 0;  // the next offset to read
  bool operator==(const Position&) const = default;
};

}  // namespace gofuture
