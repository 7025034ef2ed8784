#include "bench/preload.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <random>

#include "base/assert.hpp"
#include "base/uuid.hpp"
#include "integration/kafka_backdoor.hpp"
#include "kafka/sink.hpp"
#include "kafka/topics.hpp"
#include "system_clock.hpp"

namespace gofuture::bench {
namespace {

kafka::Say saying() {
  return [](kafka::Level level, const std::string& sentence) {
    if (level >= kafka::Level::kWarn) std::fprintf(stderr, "bench: %s\n", sentence.c_str());
  };
}

class NoAcks : public Sink::Acks {
 public:
  void acked(std::uint64_t, const std::optional<std::string>& error) override { GOFUTURE_ASSERT(!error, "the bench's events can be produced"); }
};

std::unique_ptr<KafkaTopics> admin() {
  auto topics = KafkaTopics::connect({.brokers = test::kafka_brokers(), .properties = {}}, saying());
  GOFUTURE_ASSERT(topics, "Kafka can be reached");
  return std::move(*topics);
}

std::unique_ptr<KafkaSink> producer(NoAcks& acks, double linger_ms) {
  auto sink = KafkaSink::open({.brokers = test::kafka_brokers(), .properties = {}, .client_id = "bench", .linger_ms = linger_ms}, acks, saying());
  GOFUTURE_ASSERT(sink, "the bench's producer");
  return std::move(*sink);
}

void send(KafkaSink& sink, const OneEvent& event, const std::string& id, std::uint64_t number) {
  OutgoingRecord record;
  record.topic = event.topic;
  record.key = event.key;
  record.value = event.data;
  record.headers = {{"ce_specversion", "1.0"}, {"ce_id", id}, {"ce_source", "bench"}, {"ce_type", event.type}, {"ce_subject", event.key},
                    {"ce_time", "2026-11-22T12:00:00Z"}, {"content-type", "application/json"}};
  GOFUTURE_ASSERT(sink.send(record, number), "the bench's events can be sent");
}

bool exists(KafkaTopics& topics, const std::string& name) {
  const auto all = topics.list();
  GOFUTURE_ASSERT(all, "Kafka tells its topics");
  for (const ExistingTopic& one : *all)
    if (one.name == name) return true;
  return false;
}

}  // namespace

void make_topic(const std::string& topic, int partitions) {
  remove_topic(topic);
  const auto topics = admin();
  const auto plan = topics->plan({{topic, partitions, {{"file.delete.delay.ms", "100"}}}}, 1);
  GOFUTURE_ASSERT(plan && topics->apply(*plan), "the bench's topic can be made");
}

void remove_topic(const std::string& topic) {
  const auto topics = admin();
  if (!exists(*topics, topic)) return;
  GOFUTURE_ASSERT(topics->remove({topic}), "the bench's topic can be removed");
  while (exists(*topics, topic)) {
  }
}

void fill_topic(const std::string& topic, int events, const std::function<std::uint64_t(int)>& key_number) {
  NoAcks acks;
  const auto sink = producer(acks, 20);
  UuidV7Generator ids(7);
  const std::int64_t now_ms = SystemClock().unix_ms();
  for (int i = 0; i < events; ++i) {
    OneEvent event{topic, "Happened", "k" + std::to_string(key_number(i)), {}};
    event.data = "{\"key\":\"" + event.key + "\",\"n\":" + std::to_string(i) + ",\"note\":\"";
    event.data.append(298 - event.data.size(), 'x').append("\"}");
    send(*sink, event, ids.next(now_ms).text(), static_cast<std::uint64_t>(i));
  }
  GOFUTURE_ASSERT(sink->flush(60'000), "the bench's events arrive");
}

std::string send_event(const OneEvent& event) {
  static UuidV7Generator ids(std::random_device{}());
  const std::string id = ids.next(SystemClock().unix_ms()).text();
  NoAcks acks;
  const auto sink = producer(acks, 0);
  send(*sink, event, id, 0);
  GOFUTURE_ASSERT(sink->flush(60'000), "the bench's event arrives");
  return id;
}

}  // namespace gofuture::bench
