// OutputLog: what stands in a topic, seen from outside, while somebody writes to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/holders.hpp"

namespace gofuture::bench {

struct SeenRecord {
  std::string key, value;
  std::vector<std::pair<std::string, std::string>> headers;
};

class OutputLog {
 public:
  OutputLog(std::string topic, int partitions);

  // All records, by the end offsets: one request to the broker.
  std::int64_t records();
  // `count` records of the partition from `offset` on, fewer where it has fewer.
  std::vector<SeenRecord> read(int partition, std::int64_t offset, std::size_t count);

 private:
  const std::string topic_;
  const int partitions_;
  kafka::Consumer client_;
};

}  // namespace gofuture::bench
