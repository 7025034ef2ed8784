// ClusterFacts: what a Kafka cluster says of itself, for `gofuture doctor`. Reads, changes nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kafka/offsets.hpp"
#include "kafka/options.hpp"

namespace gofuture {

struct ClusterFacts {
  std::string id;
  std::vector<std::string> brokers;             // "host:port"
  std::string library;                          // librdkafka's version; what version the brokers are it does not tell
  std::vector<kafka::Where> from_the_future;    // partitions that hold records which are dated `ahead_ms` or more ahead of our clock
};

struct ClusterOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // through the allow-list
  int request_ms = 3'000;
  std::int64_t ahead_ms = 60'000;
};

// `topics` that do not exist are passed over. Blocks, at most `request_ms` per question; any thread.
Result<ClusterFacts> read_cluster(const ClusterOptions& options, const std::vector<std::string>& topics, std::int64_t now_ms, kafka::Say say);

}  // namespace gofuture
