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

struct RelayToKafka {
  explicit RelayToKafka(KafkaWorld& world) : relay(world.options(), world.log.log()) {
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

}  // namespace
}  // namespace gofuture::test
