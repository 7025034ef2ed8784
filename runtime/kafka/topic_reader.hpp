// TopicReader: reads topics for somebody who looks on (`gofuture tail`). Assigns every partition to itself: no consumer group is made or
// joined, nothing is committed, the functions' own positions are never touched. Committed records only.
//
//   auto reader = TopicReader::open({.brokers = …, .topics = {"booking.events"}, .from = {From::kEnd}}, say);
//   while (auto seen = (*reader)->next(100)) print(seen->topic, seen->record);   // nothing: none came in time
//
// One thread. Records of one partition come in order; partitions among each other as they come.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event/record.hpp"
#include "kafka/offsets.hpp"
#include "kafka/options.hpp"

namespace gofuture {

struct From {
  enum Kind { kBeginning, kEnd, kTime } kind = kEnd;
  std::int64_t unix_ms = 0;  // kTime: records with this timestamp or a later one
};

struct TopicReaderOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // through the allow-list
  std::vector<std::string> topics;
  From from;
  std::optional<kafka::Offsets> at = {};  // these partitions alone, each from its offset, in place of `topics` and `from`
  int request_ms = 10'000;
};

struct SeenRecord {
  std::string topic;
  Record record;  // with bytes of its own; `topic` in it means nothing
};

class TopicReader {
 public:
  static Result<std::unique_ptr<TopicReader>> open(TopicReaderOptions options, kafka::Say say);
  ~TopicReader();

  std::optional<SeenRecord> next(int wait_ms);
  // Every partition has been read to where it then ended.
  bool at_end() const;

 private:
  struct Client;
  explicit TopicReader(std::unique_ptr<Client> client);
  std::unique_ptr<Client> client_;
};

}  // namespace gofuture
