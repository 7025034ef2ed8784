#include "kafka/topics.hpp"

#include <algorithm>

#include "kafka/admin.hpp"
#include "kafka/changelog.hpp"
#include "pipeline/dead_letter.hpp"

namespace gofuture {

using namespace kafka;

namespace {

using Kind = TopicDifference::Kind;

// On top of the value: key, envelope, and in a dead letter the headers that tell its story.
constexpr std::int64_t kHeaderBudget = 64 * 1024;
// The broker measures whole batches by this setting, and a producer's batch of small records is up to 1 MB.
constexpr std::int64_t kBatchBytes = 1'048'576;
constexpr std::int64_t kChangelogSegmentBytes = 64LL << 20;  // only closed segments are compacted, and a restore reads them all
constexpr std::int64_t kDeadLetterRetentionMs = 30LL * 24 * 3600 * 1000;

std::vector<TopicDifference> of_kind(const std::vector<TopicDifference>& all, Kind kind) {
  std::vector<TopicDifference> some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some),
               [&](const TopicDifference& one) { return one.kind == kind; });
  return some;
}

}  // namespace

std::vector<WantedTopic> wanted_topics(const Catalogue& catalogue, const std::vector<FunctionManifest>& functions) {
  std::vector<WantedTopic> wanted;
  for (const auto& topic : catalogue.topics) {
    WantedTopic one{.name = topic.name, .partitions = topic.partitions, .settings = {}};
    one.settings["max.message.bytes"] = std::to_string(std::max(topic.max_bytes, kBatchBytes) + kHeaderBudget);
    one.settings["cleanup.policy"] = topic.compact ? "compact" : "delete";
    one.settings["message.timestamp.type"] = "CreateTime";  // the relay's commit time, and what a dead letter says of its origin
    if (topic.retention_ms > 0) one.settings["retention.ms"] = std::to_string(topic.retention_ms);
    wanted.push_back(std::move(one));
  }
  for (const auto& function : functions)
    for (const auto& subscription : function.subscriptions) {
      const auto* source = catalogue.topic(subscription.topic);
      const auto max_bytes = source != nullptr ? source->max_bytes : Topic{}.max_bytes;
      WantedTopic one{.name = dead_letter_topic(subscription.topic, function.name), .partitions = 1, .settings = {}};
      one.settings["max.message.bytes"] = std::to_string(std::max(max_bytes, kBatchBytes) +
                                                         2 * kHeaderBudget);  // it carries more headers than its origin
      one.settings["cleanup.policy"] = "delete";
      one.settings["message.timestamp.type"] = "CreateTime";  // it keeps its origin's
      one.settings["retention.ms"] = std::to_string(kDeadLetterRetentionMs);
      wanted.push_back(std::move(one));
    }
  for (const auto& function : functions) {
    // Whether it keeps state only its library knows; over several topics it could not.
    if (function.mode != Mode::kKafka || function.subscriptions.size() != 1) continue;
    const auto* source = catalogue.topic(function.subscriptions.front().topic);
    if (source == nullptr) continue;
    WantedTopic one{.name = changelog_topic(function.name), .partitions = source->partitions, .settings = {}};
    one.settings["max.message.bytes"] = std::to_string(kBatchBytes + kHeaderBudget);
    one.settings["cleanup.policy"] = "compact";
    one.settings["segment.bytes"] = std::to_string(kChangelogSegmentBytes);
    wanted.push_back(std::move(one));
  }
  return wanted;
}

Result<std::unique_ptr<KafkaTopics>> KafkaTopics::connect(TopicsOptions options, Say say) {
  auto admin = Admin::connect(std::move(options), std::move(say));
  if (!admin) return admin.error();
  return std::unique_ptr<KafkaTopics>(new KafkaTopics(std::move(*admin)));
}

KafkaTopics::KafkaTopics(std::unique_ptr<Admin> admin) : admin_(std::move(admin)) {}
KafkaTopics::~KafkaTopics() = default;

Result<std::vector<ExistingTopic>> KafkaTopics::list() {
  return admin_->list();
}
Result<std::map<std::string, std::map<std::string, std::string>>> KafkaTopics::settings(const std::vector<std::string>& topics) {
  auto read = admin_->settings(topics);
  if (!read) return read.error();
  std::map<std::string, std::map<std::string, std::string>> values;
  for (const auto& [topic, settings] : *read)
    for (const auto& [name, setting] : settings) values[topic][name] = setting.value;
  return values;
}
Result<Done> KafkaTopics::remove(const std::vector<std::string>& names) {
  return admin_->remove(names);
}

Result<std::vector<TopicDifference>> KafkaTopics::plan(const std::vector<WantedTopic>& wanted,
                                                       std::int32_t replication) {
  auto listed = admin_->list();
  if (!listed) return listed.error();
  std::map<std::string, ExistingTopic> existing;
  for (auto& topic : *listed) existing[topic.name] = topic;
  std::vector<std::string> known;
  for (const auto& topic : wanted)
    if (existing.contains(topic.name)) known.push_back(topic.name);
  auto settings = admin_->settings(known);
  if (!settings) return settings.error();

  std::vector<TopicDifference> plan;
  for (const auto& topic : wanted) {
    TopicDifference one{.kind = Kind::kCreate,
                        .topic = topic.name,
                        .sentence = {},
                        .partitions = topic.partitions,
                        .replication = replication,
                        .settings = topic.settings};
    const auto count = std::to_string(topic.partitions);
    const auto found = existing.find(topic.name);
    if (found == existing.end()) {
      one.sentence = "create " + topic.name + " with " + count +
                     (topic.partitions == 1 ? " partition" : " partitions") + ", replication " +
                     std::to_string(replication);
      plan.push_back(std::move(one));
      continue;
    }
    const auto has = found->second.partitions;
    if (has > topic.partitions) {
      one.kind = Kind::kRefused;
      one.sentence = topic.name + " has " + std::to_string(has) + " partitions and the catalogue wants " + count +
                     ": Kafka cannot take partitions away. Write " + std::to_string(has) +
                     " in topics.toml, or make a topic of another name";
      plan.push_back(one);
    } else if (has < topic.partitions) {
      one.kind = Kind::kGrow;
      one.sentence = "grow " + topic.name + " from " + std::to_string(has) + " to " + count +
                     " partitions (keys move: the order of a key is kept only from then on)";
      plan.push_back(one);
    }
    if (found->second.replication != replication) {
      one.kind = Kind::kNotice;
      one.sentence = topic.name + " has replication " + std::to_string(found->second.replication) + ", wanted is " +
                     std::to_string(replication) + "; change it with kafka-reassign-partitions";
      plan.push_back(one);
    }
    auto& has_settings = (*settings)[topic.name];
    std::string changes;
    for (const auto& [name, value] : topic.settings)
      if (const auto& now = has_settings[name].value; now != value)
        changes += (changes.empty() ? "" : ", ") + name + " from " + now + " to " + value;
    if (!changes.empty()) {
      one.kind = Kind::kConfigure;
      one.sentence = "set " + topic.name + ": " + changes;
      for (const auto& [name, setting] : has_settings)
        if (setting.own) one.settings.try_emplace(name, setting.value);
      plan.push_back(one);
    }
  }
  return plan;
}

Result<Done> KafkaTopics::apply(const std::vector<TopicDifference>& plan) {
  if (const auto refused = of_kind(plan, Kind::kRefused); !refused.empty())
    return Error("nothing was changed: " + refused.front().sentence);
  std::map<std::string, std::int32_t> made;
  if (const auto some = of_kind(plan, Kind::kCreate); !some.empty()) {
    if (auto done = admin_->create(some); !done) return done;
    for (const auto& one : some) made[one.topic] = one.partitions;
  }
  if (const auto some = of_kind(plan, Kind::kGrow); !some.empty()) {
    if (auto done = admin_->grow(some); !done) return done;
    for (const auto& one : some) made[one.topic] = one.partitions;
  }
  if (const auto some = of_kind(plan, Kind::kConfigure); !some.empty())
    if (auto done = admin_->configure(some); !done) return done;
  return admin_->await_ready(made);
}

}  // namespace gofuture
