// KafkaTopics: the topics of the catalogue against those of the cluster. plan() says what differs, apply() does it and
// returns only when every partition that it made answers: a broker says "created" long before it serves them all.
//
//   auto topics = KafkaTopics::connect({.brokers = settings.kafka_brokers}, say);
//   auto plan = (*topics)->plan(wanted_topics(catalogue, functions), settings.replication);
//   for (auto& difference : *plan) std::cout << difference.sentence << "\n";
//   auto applied = (*topics)->apply(*plan);
//
// Blocks, bounded by the options; one thread at a time. Never shrinks and never deletes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/options.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

struct WantedTopic {
  std::string name;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> settings;  // Kafka's names: "retention.ms", "cleanup.policy", "max.message.bytes"
};

// The catalogue's topics, then "<topic>-<function>-dlt" for every subscription of `functions`, then "<function>-changelog" for those
// in mode "kafka" that may keep state.
std::vector<WantedTopic> wanted_topics(const Catalogue& catalogue, const std::vector<FunctionManifest>& functions);

struct TopicDifference {
  enum class Kind {
    kCreate,
    kGrow,       // more partitions: keys move to other partitions
    kConfigure,  // a setting is another one
    kNotice,     // differs, but this tool does not change it (replication)
    kRefused,    // fewer partitions are wanted than there are
  };
  Kind kind = Kind::kNotice;
  std::string topic;
  std::string sentence;
  std::int32_t partitions = 0;                  // kCreate, kGrow: how many there will be
  std::int32_t replication = 1;                 // kCreate
  std::map<std::string, std::string> settings;  // kCreate, kConfigure: all that the topic will have of its own
};

struct ExistingTopic {
  std::string name;
  std::int32_t partitions = 0;
  std::int32_t replication = 0;
  std::int32_t without_leader = 0;
  std::int32_t out_of_sync = 0;  // partitions of which a replica is behind
};

struct TopicsOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;
  int request_ms = 30'000;
  int ready_ms = 60'000;  // how long apply() waits for what it made
};

class KafkaTopics {
 public:
  static Result<std::unique_ptr<KafkaTopics>> connect(TopicsOptions options, kafka::Say say);
  ~KafkaTopics();

  Result<std::vector<ExistingTopic>> list();
  // All settings that these topics have, whoever set them.
  Result<std::map<std::string, std::map<std::string, std::string>>> settings(const std::vector<std::string>& topics);
  Result<std::vector<TopicDifference>> plan(const std::vector<WantedTopic>& wanted, std::int32_t replication);
  // Does nothing at all when the plan holds a refusal. A topic that somebody made meanwhile is no error.
  Result<Done> apply(const std::vector<TopicDifference>& plan);
  // For tests and for `demo --wipe`; the runtime never calls it.
  Result<Done> remove(const std::vector<std::string>& names);

 private:
  class Admin;
  explicit KafkaTopics(std::unique_ptr<Admin> admin);
  std::unique_ptr<Admin> admin_;
};

}  // namespace gofuture
