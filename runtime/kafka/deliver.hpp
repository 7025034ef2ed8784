// deliver(): sends a few records and waits for each one's acknowledgement by all in-sync replicas, for tools that must say where a
// record came to lie. What runs for long uses a KafkaSink.
//
//   auto places = deliver({.brokers = settings.kafka_brokers}, records, say);
//   if (!places) …                       // no client could be made
//   for (auto& place : *places) place ? place->offset : place.error()
//
// Blocks, bounded by `timeout_ms` for each record; any thread. Idempotent: a record that is sent again by the client lies there once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kafka/options.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

struct DeliveryOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // through the allow-list
  int timeout_ms = 30'000;
};
struct Delivered {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

// One answer per record, in their order; views of `records` are borrowed until it returns.
Result<std::vector<Result<Delivered>>> deliver(const DeliveryOptions& options, const std::vector<OutgoingRecord>& records, kafka::Say say);

}  // namespace gofuture
