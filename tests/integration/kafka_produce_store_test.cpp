// An at_least_once function on real Kafka: its store alone, then the whole way with the real pipeline on both ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "event/envelope.hpp"
#include "integration/kafka_world.hpp"
#include "pipeline/dead_letter.hpp"
#include "kafka/produce_store.hpp"
#include "support/answer_box.hpp"

namespace gofuture::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

std::unique_ptr<ProduceStore> store_of(const std::shared_ptr<const Plan>& plan, Answers& answers,
                                       const std::string& brokers = kafka_brokers()) {
  auto store = ProduceStore::open(
      {.sink = {.brokers = brokers, .properties = {}, .client_id = "store"}, .plan = plan, .group = "the-group"},
      answers, quiet());
  EXPECT_TRUE(store) << (store ? "" : store.error().message());
  return std::move(*store);
}

EventPtr event_of(OwnedRecord content, std::int64_t offset) {
  auto event = std::make_unique<Event>();
  event->record = make_record(0, 3, offset, 1'700'000'000'000, std::move(content));
  if (auto envelope = read_envelope(event->record)) {
    event->envelope = std::move(*envelope);
    event->event_id = event->envelope.event_id();
  } else {
    event->event_id = position_id("in", 3, offset);
  }
  event->outcome = Outcome::kOk;
  return event;
}

OwnedRecord tick(const std::string& id, const std::string& key, const std::string& data = "{}") {
  return {.key = key,
          .value = data,
          .headers = {{"ce_specversion", "1.0"},
                      {"ce_id", id},
                      {"ce_source", "test"},
                      {"ce_type", "Tick0"},
                      {"ce_subject", key},
                      {"content-type", "application/json"}}};
}

Emission emission_of(const Batch& batch, std::uint32_t event, const Plan& plan, const std::string& data) {
  Emission emission;
  emission.event = event;
  emission.id = Uuid::v5(kDerivedSpace, batch.events[event]->event_id.text() + "/" + plan.manifest().name + "/0");
  const auto* planned = plan.emission("Echo");
  emission.type = planned->type->name;
  emission.topic = planned->topic->name;
  emission.key = emission.subject =
      batch.events[event]->record.key ? std::string(*batch.events[event]->record.key) : "";
  emission.data = data;
  emission.time_ms = 1'700'000'000'000;
  return emission;
}

std::optional<std::string> header(const ReadRecord& record, std::string_view name) {
  for (const auto& [found, value] : record.headers)
    if (found == name) return value;
  return std::nullopt;
}

TEST(KafkaProduceStore, IsCommittedWhenEveryEmissionIsInItsTopic) {
  TopicGarden garden;
  const auto in = garden.make(4), out = garden.make(2);
  const auto plan = plan_of({.topics = {{in, 4}}, .emits = {{"Echo", out}}});
  AnswerBox answers;
  auto store = store_of(plan, answers);
  auto batch = std::make_unique<Batch>();
  for (int i = 0; i < 50; ++i) {
    batch->events.push_back(event_of(tick("id-" + std::to_string(i), "key"), i));
    batch->emissions.push_back(emission_of(*batch, static_cast<std::uint32_t>(i), *plan, std::to_string(i)));
  }
  store->commit(std::move(batch));
  auto answer = answers.wait();
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<Committed>(*answer).status, CommitStatus::kCommitted);
  const auto all = read_all(out, 2);
  ASSERT_THAT(all, SizeIs(50));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].value, std::to_string(i));
  EXPECT_EQ(header(all[0], "ce_type"), "Echo");
  EXPECT_EQ(header(all[0], "ce_source"), "gofuture/reader");
  EXPECT_EQ(header(all[0], "ce_causationid"), std::get<Committed>(*answer).batch->events[0]->event_id.text());
}

TEST(KafkaProduceStore, ABatchWithNothingToProduceIsCommittedAtOnce) {
  TopicGarden garden;
  const auto plan = plan_of({.topics = {{"in", 1}}});
  AnswerBox answers;
  auto store = store_of(plan, answers, "127.0.0.1:1");
  auto batch = std::make_unique<Batch>();
  batch->events.push_back(event_of(tick("a", "k"), 0));
  store->commit(std::move(batch));
  auto answer = answers.wait();
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<Committed>(*answer).status, CommitStatus::kCommitted);
}

TEST(KafkaProduceStore, ARejectedEventIsADeadLetterThatKeepsEverything) {
  TopicGarden garden;
  const auto in = garden.make(4);
  const auto dead = dead_letter_topic(in, "reader");
  garden.make(std::vector<WantedTopic>{{dead, 1, {}}});
  AnswerBox answers;
  auto store = store_of(plan_of({.topics = {{in, 4}}}), answers);
  OwnedRecord garbage{
      .key = std::string("\x00\xff", 2),
      .value = std::nullopt,
      .headers = {{"odd", std::nullopt}, {"odd", "2"}, {"kafka_dlt-original-topic", "of an earlier death"}}};
  auto batch = std::make_unique<Batch>();
  auto event = event_of(garbage, 41);
  event->outcome = Outcome::kReject;
  event->failure = FailureClass::kCorrupted;
  event->message = "ce_id is missing";
  event->attempt = 2;
  batch->events.push_back(std::move(event));
  store->commit(std::move(batch));
  auto answer = answers.wait();
  ASSERT_TRUE(answer);
  ASSERT_EQ(std::get<Committed>(*answer).status, CommitStatus::kCommitted) << std::get<Committed>(*answer).message;
  const auto all = read_all(dead, 1);
  ASSERT_THAT(all, SizeIs(1));
  const auto& letter = all[0];
  EXPECT_EQ(letter.key, garbage.key);
  EXPECT_EQ(letter.value, std::nullopt);
  EXPECT_EQ(letter.timestamp_ms, 1'700'000'000'000);
  using Header = std::pair<std::string, std::optional<std::string>>;
  EXPECT_EQ(letter.headers[0], Header("odd", std::nullopt));
  EXPECT_EQ(letter.headers[1], Header("odd", "2"));
  EXPECT_EQ(header(letter, "kafka_dlt-original-topic"), in);
  EXPECT_EQ(header(letter, "kafka_dlt-original-partition"), std::string("\0\0\0\3", 4));
  EXPECT_EQ(header(letter, "kafka_dlt-original-offset"), std::string("\0\0\0\0\0\0\0\x29", 8));
  EXPECT_EQ(header(letter, "kafka_deliveryAttempt"), std::string("\0\0\0\2", 4));
  EXPECT_EQ(header(letter, "__dlq.errors.offset"), "41");
  EXPECT_EQ(header(letter, "__dlq.errors.group"), "the-group");
  EXPECT_EQ(header(letter, "kafka_dlt-exception-message"), "ce_id is missing");
  EXPECT_EQ(header(letter, "gofuture-dead-class"), "corrupted");
}

TEST(KafkaProduceStore, WhatCanNeverBeProducedRefusesTheBatchWithTheReason) {
  TopicGarden garden;
  const auto out = garden.make(1);
  const auto plan = plan_of({.topics = {{"in", 1}}, .emits = {{"Echo", out}}});
  AnswerBox answers;
  auto store = store_of(plan, answers);
  auto batch = std::make_unique<Batch>();
  batch->events.push_back(event_of(tick("a", "k"), 0));
  batch->events.push_back(event_of(tick("b", "k"), 1));
  batch->emissions.push_back(emission_of(*batch, 0, *plan, "fits"));
  batch->emissions.push_back(emission_of(*batch, 1, *plan, std::string(3'000'000, 'x')));
  store->commit(std::move(batch));
  auto answer = answers.wait();
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<Committed>(*answer).status, CommitStatus::kRefused);
  EXPECT_THAT(std::get<Committed>(*answer).message, HasSubstr("max_bytes"));
}

TEST(KafkaProduceStore, NothingIsAnsweredBeforeTheBrokersHaveItAndTheEndDoesNotHang) {
  const auto plan = plan_of({.topics = {{"in", 1}}, .emits = {{"Echo", "out"}}});
  AnswerBox answers;
  {
    auto store = store_of(plan, answers, "127.0.0.1:1");
    auto batch = std::make_unique<Batch>();
    batch->events.push_back(event_of(tick("a", "k"), 0));
    batch->emissions.push_back(emission_of(*batch, 0, *plan, "x"));
    store->commit(std::move(batch));
    while (store->sink().unacknowledged() == 0) std::this_thread::yield();
  }
  EXPECT_EQ(answers.size(), 0U);
}

class RealClock : public Clock {
 public:
  std::int64_t steady_ms() override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  std::int64_t unix_ms() override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

// Echoes every event, on the pipeline's own thread.
class Echo : public Handlers {
 public:
  Echo(const Plan& plan, Answers& answers) : plan_(plan), answers_(answers) {}
  void handle(BatchPtr batch) override {
    for (std::uint32_t i = 0; i < batch->events.size(); ++i) {
      if (batch->events[i]->decided) continue;
      batch->events[i]->outcome = Outcome::kOk;
      batch->emissions.push_back(emission_of(*batch, i, plan_, std::string(batch->events[i]->envelope.data)));
    }
    answers_.post(Handled{std::move(batch)});
  }

 private:
  const Plan& plan_;
  Answers& answers_;
};

// One replica of the function, as wiring.cpp makes it.
struct Replica {
  Replica(const std::shared_ptr<const Plan>& plan, const std::string& group, const std::string& instance) {
    source = std::move(*KafkaSource::open({.brokers = kafka_brokers(),
                                           .properties = {},
                                           .group = group,
                                           .instance = instance,
                                           .plan = plan,
                                           .heartbeat_ms = 200},
                                          witness));
    store = store_of(plan, inbox);
    handlers = std::make_unique<Echo>(*plan, inbox);
    pipeline = std::make_unique<Pipeline>(*plan, Ports{*source, *handlers, *store, clock, witness});
    EXPECT_TRUE(source->attach(*pipeline));
    loop = std::make_unique<Loop>(*source, *pipeline, inbox, clock, witness);
    loop->start(instance);
  }
  ~Replica() {
    loop->stop();
    loop.reset();
    store.reset();  // the batches that it holds have records of the source
    Mailbox<Answer>& mailbox = inbox.mailbox;
    std::vector<Answer> left;
    mailbox.take(left);
    left.clear();
    pipeline.reset();
  }
  RealClock clock;
  Witness witness;
  Inbox inbox;
  std::unique_ptr<KafkaSource> source;
  std::unique_ptr<ProduceStore> store;
  std::unique_ptr<Echo> handlers;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Loop> loop;
};

TEST(KafkaProduceStore, TheRealPipelineEchoesEveryEventInOrderPerKeyWhileReplicasComeAndGo) {
  TopicGarden garden;
  constexpr int kPartitions = 4, kKeys = 20, kEach = 300;
  const auto in = garden.make(kPartitions), out = garden.make(kPartitions);
  garden.make(std::vector<WantedTopic>{{dead_letter_topic(in, "reader"), 1, {}}});
  const auto plan = plan_of({.topics = {{in, kPartitions}}, .emits = {{"Echo", out}}});
  const auto group = unique_name("group");
  AckList acks;
  auto sink =
      std::move(*KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "feed"}, acks, quiet()));
  int number = 0;
  const auto feed = [&](int rounds) {
    for (int i = 0; i < rounds; ++i, ++number)
      for (int k = 0; k < kKeys; ++k) {
        const auto key = "key-" + std::to_string(k);
        const auto content = tick(unique_name("event"), key, R"({"n": )" + std::to_string(number) + "}");
        OutgoingRecord record;
        record.topic = in;
        record.key = *content.key;
        record.value = *content.value;
        for (const auto& [name, value] : content.headers) record.headers.emplace_back(name, *value);
        ASSERT_TRUE(sink->send(record, 0));
      }
    ASSERT_TRUE(sink->flush(30'000));
  };
  {
    Replica one(plan, group, "one");
    feed(kEach / 3);
    Replica two(plan, group, "two");
    feed(kEach / 3);
    {
      Replica three(plan, group, "three");
      feed(kEach / 3);
    }
    const auto done = [&] {
      std::int64_t committed = 0;
      for (int p = 0; p < kPartitions; ++p) committed += committed_offset(group, in, p).value_or(0);
      return committed >= kKeys * kEach;
    };
    ASSERT_TRUE(run_until({}, done, std::chrono::seconds(90)));
  }
  std::map<std::string, std::vector<std::string>> first;  // by key, in the order of their first appearance
  std::set<std::string> ids;
  const auto all = read_all(out, kPartitions);
  for (const auto& record : all)
    if (ids.insert(*header(record, "ce_id")).second) first[*record.key].push_back(*record.value);
  EXPECT_THAT(ids, SizeIs(kKeys * kEach));
  std::vector<std::string> expected;
  for (int n = 0; n < kEach; ++n) expected.push_back(R"({"n": )" + std::to_string(n) + "}");
  for (const auto& [key, values] : first) EXPECT_EQ(values, expected) << key;
  std::printf("%zu events, %zu repeated\n", ids.size(), all.size() - ids.size());
}

}  // namespace
}  // namespace gofuture::test
