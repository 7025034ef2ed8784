// The relay with a real Kafka behind it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/murmur2.hpp"
#include "integration/kafka_backdoor.hpp"
#include "integration/relay_world.hpp"
#include "kafka/sink.hpp"
#include "kafka/topics.hpp"
#include "pipeline/dead_letter.hpp"
#include "support/dead_letter_readers.hpp"

namespace gofuture::test {
namespace {

using State = RelayStatus::State;
using testing::HasSubstr;

kafka::Say quiet() {
  return [](kafka::Level, const std::string&) {};
}

struct KafkaWorld : RelayWorld {
  static constexpr std::int32_t kPartitions = 4;
  explicit KafkaWorld(std::map<std::string, std::string> settings = {}) : topic(unique_name("relay")) {
    db.run("ALTER TABLE gofuture.events_outbox DROP CONSTRAINT IF EXISTS events_outbox_topic");
    auto connected = KafkaTopics::connect({.brokers = kafka_brokers(), .properties = {}}, quiet());
    EXPECT_TRUE(connected);
    admin = std::move(*connected);
    auto plan = admin->plan({{topic, kPartitions, std::move(settings)}}, 1);
    EXPECT_TRUE(plan);
    EXPECT_TRUE(admin->apply(*plan));
  }
  ~KafkaWorld() { (void)admin->remove({topic}); }
  void insert_for(const std::string& to, int first, int last) {
    auto sql = insert_sql(first, last);
    sql.replace(sql.find("'trips.in'"), 10, "'" + to + "'");
    db.run(sql);
  }
  const std::string topic;
  std::unique_ptr<KafkaTopics> admin;
};

RelayOptions options_of(const KafkaWorld& world) {
  RelayOptions options = world.options();
  options.refused_ms = 100;
  return options;
}

struct RelayToKafka {
  explicit RelayToKafka(KafkaWorld& world) : relay(options_of(world), world.log.log()) {
    auto opened = KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "relay"}, relay, quiet());
    EXPECT_TRUE(opened);
    sink = std::move(*opened);
    relay.start(*sink);
  }
  ~RelayToKafka() {
    relay.stop();
    sink.reset();
  }
  Relay relay;
  std::unique_ptr<KafkaSink> sink;
};

// Per key: the numbers, in the order of the partition, without repeats.
std::map<std::string, std::vector<int>> numbers_by_key(const std::vector<ReadRecord>& records) {
  std::map<std::string, std::vector<int>> list;
  std::set<std::string> seen;
  for (const auto& record : records)
    if (seen.insert(*record.value).second) list[*record.key].push_back(std::stoi(*record.value));
  return list;
}

TEST(RelayKafka, DeliversEveryRowUnderItsKeyInOrder) {
  KafkaWorld world;
  RelayToKafka running(world);
  for (int i = 1; i <= 2'000; i += 20) {
    world.insert_for(world.topic, i, i + 19);
    if (i % 500 == 1) world.db.disconnect("gofuture relay");
  }
  const std::string last = world.wal_now();
  ASSERT_TRUE(eventually([&] { return world.confirmed(last); }));

  const auto records = read_all(world.topic, KafkaWorld::kPartitions);
  std::size_t found = 0;
  for (const auto& [key, list] : numbers_by_key(records)) {
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end())) << key;
    found += list.size();
  }
  EXPECT_EQ(found, 2'000u);
  for (const auto& record : records)
    ASSERT_EQ(record.partition, partition_of(*record.key, KafkaWorld::kPartitions));
  EXPECT_EQ(records[0].headers.at(0), (std::pair<std::string, std::optional<std::string>>("ce_specversion", "1.0")));
}

TEST(RelayKafka, StopsAtARowThatIsTooLargeForItsTopic) {
  KafkaWorld world(std::map<std::string, std::string>{{"max.message.bytes", "2000"}});
  RelayToKafka running(world);
  world.insert_for(world.topic, 1, 1);
  const std::string before = world.wal_now();
  ASSERT_TRUE(eventually([&] { return world.confirmed(before); }));
  world.db.run("INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload) VALUES (gen_random_uuid(), 'test', 'k', 'Huge', '" +
               world.topic + "', convert_to(repeat('x', 4000), 'UTF8'))");
  const std::string after = world.wal_now();
  ASSERT_TRUE(eventually([&] { return running.relay.status().state == State::kStopped; }));
  EXPECT_THAT(running.relay.status().why, HasSubstr("raise max_bytes of the topic"));
  EXPECT_FALSE(world.confirmed(after));
}

struct DeadTopic {
  explicit DeadTopic(KafkaWorld& in) : world(in), name(dead_letter_topic(in.topic, "refund")) {}
  ~DeadTopic() { (void)world.admin->remove({name}); }
  void make() {
    auto plan = world.admin->plan({{name, 1, {}}}, 1);
    ASSERT_TRUE(plan);
    ASSERT_TRUE(world.admin->apply(*plan));
  }
  void die(int offset, const std::string& value) {
    world.db.run("INSERT INTO gofuture.dead_letters (function_id, function, consumer_group, topic, partition, \"offset\", event_id, class, message,"
                 " attempts, epoch, key, value, header_names, header_values, timestamp_ms) VALUES (1, 'refund', 'blue-refund', '" + world.topic +
                 "', 3, " + std::to_string(offset) + ", gen_random_uuid(), 'transient', 'the gateway said 503', 6, 2, '\\x00ff', " + value +
                 ", ARRAY['odd', 'odd', 'empty', 'bytes'], ARRAY[NULL, '2', '', '\\xfe00']::bytea[], 1700000000123)");
  }
  KafkaWorld& world;
  const std::string name;
};

TEST(RelayKafka, ADeadLetterArrivesByteForByteAndEveryoneCanReadIt) {
  KafkaWorld world;
  DeadTopic dead(world);
  dead.make();
  RelayToKafka running(world);
  dead.die(41, "NULL");
  dead.die(42, "'\\x80007b'");
  const std::string last = world.wal_now();
  ASSERT_TRUE(eventually([&] { return world.confirmed(last); }));

  const auto records = read_all(dead.name, 1);
  ASSERT_EQ(records.size(), 2U);
  const ReadRecord& first = records[0];
  EXPECT_EQ(first.key, std::string("\x00\xff", 2));
  EXPECT_EQ(first.value, std::nullopt);
  EXPECT_EQ(records[1].value, std::string("\x80\x00{", 3));
  EXPECT_EQ(first.timestamp_ms, 1'700'000'000'123);
  ASSERT_GT(first.headers.size(), 4U);
  EXPECT_EQ((RecordHeaders{first.headers.begin(), first.headers.begin() + 4}),
            (RecordHeaders{{"odd", std::nullopt}, {"odd", "2"}, {"empty", ""}, {"bytes", std::string("\xfe\x00", 2)}}));
  const SpringDeadLetter spring = read_as_spring(first.headers);
  const ReadDeadLetter kafka = read_as_kip_1191(first.headers);
  for (const ReadDeadLetter& read : {static_cast<const ReadDeadLetter&>(spring), kafka}) {
    EXPECT_EQ(read.topic, world.topic);
    EXPECT_EQ(read.partition, 3);
    EXPECT_EQ(read.offset, 41);
    EXPECT_EQ(read.group, "blue-refund");
    EXPECT_EQ(read.message, "the gateway said 503");
    EXPECT_EQ(read.attempts, 6);
  }
  EXPECT_EQ(spring.timestamp, 1'700'000'000'123);
  EXPECT_EQ(spring.exception, "gofuture.transient");
}

TEST(RelayKafka, ADeadLetterWithoutItsTopicWaitsInItsTableUntilThereIsOne) {
  KafkaWorld world;
  DeadTopic dead(world);
  {
    RelayToKafka running(world);
    dead.die(41, "NULL");
    world.insert_for(world.topic, 1, 1);
    ASSERT_TRUE(eventually([&] { return world.db.ask("SELECT count(*) FROM gofuture.dead_letters WHERE refused LIKE '%topics apply%'") == "1"; }));
    const std::string last = world.wal_now();
    ASSERT_TRUE(eventually([&] { return world.confirmed(last); }));
    EXPECT_EQ(running.relay.status().state, State::kActive);
  }
  EXPECT_EQ(read_all(world.topic, KafkaWorld::kPartitions).size(), 1U);
  dead.make();
  RelayToKafka running(world);
  ASSERT_TRUE(eventually([&] { return world.db.ask("SELECT count(*) FROM gofuture.dead_letters WHERE refused IS NULL") == "1"; }));
  const std::string last = world.wal_now();
  ASSERT_TRUE(eventually([&] { return world.confirmed(last); }));
  EXPECT_EQ(read_all(dead.name, 1).size(), 1U);
}

}  // namespace
}  // namespace gofuture::test
