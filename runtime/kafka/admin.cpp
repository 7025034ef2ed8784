#include "kafka/admin.hpp"

#include <chrono>
#include <thread>

namespace gofuture {

using namespace kafka;

namespace {

constexpr int kAskAgainMs = 50;

// One sentence for all topics that failed; `fine` is an error that is none here.
Result<Done> outcome_of(const rd_kafka_topic_result_t** results, std::size_t count, const char* what,
                        rd_kafka_resp_err_t fine) {
  std::string failed;
  for (std::size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == fine) continue;
    const char* detail = rd_kafka_topic_result_error_string(results[i]);
    failed += (failed.empty() ? "" : "; ") + std::string(rd_kafka_topic_result_name(results[i])) + ": " +
              (detail != nullptr ? detail : rd_kafka_err2str(error));
  }
  if (failed.empty()) return ok();
  return Error(std::string("the broker did not ") + what + " " + failed);
}

}  // namespace

Result<std::unique_ptr<KafkaTopics::Admin>> KafkaTopics::Admin::connect(TopicsOptions options, Say say) {
  std::unique_ptr<Admin> self(new Admin(std::move(options), std::move(say)));
  auto conf =
      make_conf(self->options_.brokers, {{"client.id", "gofuture-topics"}}, self->options_.properties, self.get());
  if (!conf) return conf.error();
  rd_kafka_conf_set_log_cb(
      conf->get(), [](const rd_kafka_t* handle, int severity, const char* facility, const char* text) {
        static_cast<Admin*>(rd_kafka_opaque(handle))->voice_.library_line(severity, facility, text);
      });
  char why[512] = "";
  self->client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), why, sizeof why));
  if (!self->client_) return Error(std::string("the Kafka client for topics could not be made: ") + why);
  conf->release();
  return self;
}

Result<Reply> KafkaTopics::Admin::answer_of(
    rd_kafka_admin_op_t operation, const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& request) {
  char why[256] = "";
  Queue answers(rd_kafka_queue_new(client_.get()));
  AdminOptions admin_options(rd_kafka_AdminOptions_new(client_.get(), operation));
  rd_kafka_AdminOptions_set_request_timeout(admin_options.get(), options_.request_ms, why, sizeof why);
  if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS || operation == RD_KAFKA_ADMIN_OP_CREATEPARTITIONS ||
      operation == RD_KAFKA_ADMIN_OP_DELETETOPICS)
    rd_kafka_AdminOptions_set_operation_timeout(admin_options.get(), options_.request_ms, why, sizeof why);
  request(admin_options.get(), answers.get());
  Reply event(rd_kafka_queue_poll(answers.get(), options_.request_ms + 5'000));
  if (!event)
    return Error("the Kafka brokers (" + options_.brokers +
                 ") did not answer; check kafka_brokers (GOFUTURE_KAFKA) and that they run");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Error("the Kafka brokers (" + options_.brokers +
                 ") could not be asked: " + rd_kafka_event_error_string(event.get()));
  return event;
}

Result<std::vector<ExistingTopic>> KafkaTopics::Admin::list() {
  const struct rd_kafka_metadata* raw = nullptr;
  const auto error = rd_kafka_metadata(client_.get(), 1, nullptr, &raw, options_.request_ms);
  const Metadata metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Error("the topics could not be listed by " + options_.brokers + ": " + text_of(error) +
                 "; check kafka_brokers (GOFUTURE_KAFKA) and that the broker runs");
  std::vector<ExistingTopic> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& topic = metadata->topics[i];
    if (topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
    ExistingTopic found{.name = topic.topic, .partitions = topic.partition_cnt};
    for (int p = 0; p < topic.partition_cnt; ++p) {
      found.replication = std::max(found.replication, topic.partitions[p].replica_cnt);
      if (topic.partitions[p].leader < 0) ++found.without_leader;
      if (topic.partitions[p].isr_cnt < topic.partitions[p].replica_cnt) ++found.out_of_sync;
    }
    topics.push_back(std::move(found));
  }
  return topics;
}

Result<std::map<std::string, std::map<std::string, KafkaTopics::Admin::Setting>>> KafkaTopics::Admin::settings(
    const std::vector<std::string>& topics) {
  std::map<std::string, std::map<std::string, Setting>> found;
  if (topics.empty()) return found;
  std::vector<ConfigResource> resources;
  std::vector<rd_kafka_ConfigResource_t*> raw;
  for (const auto& name : topics)
    raw.push_back(resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str())).get());
  auto event = answer_of(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, [&](auto* admin_options, auto* queue) {
    rd_kafka_DescribeConfigs(client_.get(), raw.data(), raw.size(), admin_options, queue);
  });
  if (!event) return event.error();
  std::size_t count = 0;
  const auto** described =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigResource_error(described[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return Error(std::string("the settings of topic ") + rd_kafka_ConfigResource_name(described[i]) +
                   " could not be read: " + rd_kafka_ConfigResource_error_string(described[i]));
    std::size_t entries = 0;
    const auto** list = rd_kafka_ConfigResource_configs(described[i], &entries);
    auto& own = found[rd_kafka_ConfigResource_name(described[i])];
    for (std::size_t e = 0; e < entries; ++e) {
      const char* value = rd_kafka_ConfigEntry_value(list[e]);
      own[rd_kafka_ConfigEntry_name(list[e])] = {
          value != nullptr ? value : "",
          rd_kafka_ConfigEntry_source(list[e]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG};
    }
  }
  return found;
}

Result<Done> KafkaTopics::Admin::create(const std::vector<TopicDifference>& all) {
  std::vector<NewTopic> topics;
  std::vector<rd_kafka_NewTopic_t*> raw;
  char why[512] = "";
  for (const auto& one : all) {
    NewTopic topic(rd_kafka_NewTopic_new(one.topic.c_str(), one.partitions, one.replication, why, sizeof why));
    if (!topic) return Error("topic " + one.topic + " cannot be made: " + why);
    for (const auto& [name, value] : one.settings)
      rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
    raw.push_back(topics.emplace_back(std::move(topic)).get());
  }
  auto event = answer_of(RD_KAFKA_ADMIN_OP_CREATETOPICS, [&](auto* admin_options, auto* queue) {
    rd_kafka_CreateTopics(client_.get(), raw.data(), raw.size(), admin_options, queue);
  });
  if (!event) return event.error();
  std::size_t count = 0;
  const auto** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  return outcome_of(results, count, "create", RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS);
}

Result<Done> KafkaTopics::Admin::grow(const std::vector<TopicDifference>& all) {
  std::vector<NewPartitions> topics;
  std::vector<rd_kafka_NewPartitions_t*> raw;
  char why[512] = "";
  for (const auto& one : all) {
    NewPartitions topic(
        rd_kafka_NewPartitions_new(one.topic.c_str(), static_cast<std::size_t>(one.partitions), why, sizeof why));
    if (!topic) return Error("topic " + one.topic + " cannot grow: " + why);
    raw.push_back(topics.emplace_back(std::move(topic)).get());
  }
  auto event = answer_of(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, [&](auto* admin_options, auto* queue) {
    rd_kafka_CreatePartitions(client_.get(), raw.data(), raw.size(), admin_options, queue);
  });
  if (!event) return event.error();
  std::size_t count = 0;
  const auto** results =
      rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event->get()), &count);
  return outcome_of(results, count, "add partitions to", RD_KAFKA_RESP_ERR_NO_ERROR);
}

// AlterConfigs replaces all that a topic has of its own, so `settings` names all of it. (The incremental call came with
// librdkafka 2.2.)
Result<Done> KafkaTopics::Admin::configure(const std::vector<TopicDifference>& all) {
  std::vector<ConfigResource> resources;
  std::vector<rd_kafka_ConfigResource_t*> raw;
  for (const auto& one : all) {
    auto& resource = resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, one.topic.c_str()));
    for (const auto& [name, value] : one.settings)
      rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), value.c_str());
    raw.push_back(resource.get());
  }
  auto event = answer_of(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, [&](auto* admin_options, auto* queue) {
    rd_kafka_AlterConfigs(client_.get(), raw.data(), raw.size(), admin_options, queue);
  });
  if (!event) return event.error();
  std::size_t count = 0;
  const auto** results =
      rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i)
    if (rd_kafka_ConfigResource_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return Error(std::string("the broker did not change the settings of topic ") +
                   rd_kafka_ConfigResource_name(results[i]) + ": " + rd_kafka_ConfigResource_error_string(results[i]));
  return ok();
}

Result<Done> KafkaTopics::Admin::remove(const std::vector<std::string>& names) {
  std::vector<rd_kafka_DeleteTopic_t*> raw;
  for (const auto& name : names) raw.push_back(rd_kafka_DeleteTopic_new(name.c_str()));
  auto event = answer_of(RD_KAFKA_ADMIN_OP_DELETETOPICS, [&](auto* admin_options, auto* queue) {
    rd_kafka_DeleteTopics(client_.get(), raw.data(), raw.size(), admin_options, queue);
  });
  rd_kafka_DeleteTopic_destroy_array(raw.data(), raw.size());
  if (!event) return event.error();
  std::size_t count = 0;
  const auto** results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  return outcome_of(results, count, "delete", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

Result<Done> KafkaTopics::Admin::await_ready(const std::map<std::string, std::int32_t>& partitions) {
  std::vector<Where> all;
  for (const auto& [topic, count] : partitions)
    for (std::int32_t p = 0; p < count; ++p) all.emplace_back(topic, p);
  if (all.empty()) return ok();
  const auto until = steady_ms() + options_.ready_ms;
  while (true) {
    auto ends = log_ends(client_.get(), all, 5'000);
    if (ends) return ok();
    if (steady_ms() >= until)
      return Error("the topics were made, but not all partitions answer after " +
                   std::to_string(options_.ready_ms / 1000) + " s (" + ends.error().message() +
                   "); look at the broker's log, then run this again");
    std::this_thread::sleep_for(std::chrono::milliseconds(kAskAgainMs));
  }
}

}  // namespace gofuture
