// The producer against a real broker. What happens while the broker is away is in kafka_outage_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/murmur2.hpp"
#include "integration/kafka_world.hpp"

namespace gofuture::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::unique_ptr<KafkaSink> sink_of(AckList& acks, const std::function<void(SinkOptions&)>& change = {}) {
  SinkOptions options{.brokers = kafka_brokers(), .properties = {}, .client_id = "test"};
  if (change) change(options);
  auto sink = KafkaSink::open(options, acks, quiet());
  EXPECT_TRUE(sink) << (sink ? "" : sink.error().message());
  return std::move(*sink);
}

OutgoingRecord record_to(const std::string& topic, const std::string& key, const std::string& value,
                         std::int32_t partition = -1) {
  OutgoingRecord record;
  record.topic = topic;
  record.key = key;
  record.value = value;
  record.partition = partition;
  return record;
}

class KafkaSinkOf : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Producers, KafkaSinkOf, ::testing::Values(1, 4));

TEST_P(KafkaSinkOf, AcknowledgesInTheOrderOfSendingAndPutsEveryKeyWhereJavaDoes) {
  TopicGarden garden;
  const auto topic = garden.make(8);
  AckList acks;
  auto sink = sink_of(acks, [](SinkOptions& options) { options.producers = GetParam(); });
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const auto key = "key-" + std::to_string(i % 50), value = std::to_string(i);
    ASSERT_TRUE(sink->send(record_to(topic, key, value), i));
  }
  ASSERT_TRUE(sink->flush(30'000));
  std::map<std::int32_t, std::uint64_t> last;
  for (const auto token : acks.tokens()) {
    const auto partition = partition_of("key-" + std::to_string(token % 50), 8);
    if (last.contains(partition)) {
      EXPECT_GT(token, last[partition]);
    }
    last[partition] = token;
  }
  const auto all = read_all(topic, 8);
  ASSERT_THAT(all, SizeIs(5'000));
  for (const auto& one : all) ASSERT_EQ(one.partition, partition_of(*one.key, 8));
  std::map<std::int32_t, std::uint64_t> before;  // a partition's records lie as they were sent, whichever keys they have
  for (const auto& one : all) {
    const auto number = std::stoull(*one.value);
    if (before.contains(one.partition)) {
      EXPECT_GT(number, before[one.partition]);
    }
    before[one.partition] = number;
  }
}

TEST(KafkaSink, KeepsTheTimestampAndTheHeadersItIsGiven) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  AckList acks;
  auto sink = sink_of(acks);
  const std::string key = "k", value = "v";  // a record borrows
  auto record = record_to(topic, key, value);
  record.timestamp_ms = 1'700'000'000'123;
  record.headers = {{"ce_id", "1"}, {"none", std::nullopt}};
  ASSERT_TRUE(sink->send(record, 1));
  ASSERT_TRUE(sink->flush(30'000));
  const auto all = read_all(topic, 1);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].timestamp_ms, 1'700'000'000'123);
  using Pair = std::pair<std::string, std::optional<std::string>>;
  EXPECT_THAT(all[0].headers, ElementsAre(Pair{"ce_id", "1"}, Pair{"none", std::nullopt}));
}

TEST(KafkaSink, ARecordHasNothingOfTheOnesBeforeIt) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  AckList acks;
  auto sink = sink_of(acks);
  const std::string key = "a key", value(3'000, 'v'), small(100, 's');
  for (const std::string* one : {&small, &value, &small}) {  // its memory is used again, where it is not too much of it
    auto record = record_to(topic, key, *one, 0);
    record.headers = {{"ce_id", *one}, {"more", "m"}};
    ASSERT_TRUE(sink->send(record, 1));
    ASSERT_TRUE(sink->flush(30'000));
  }
  OutgoingRecord bare;
  bare.topic = topic;
  bare.partition = 0;
  ASSERT_TRUE(sink->send(bare, 2));
  ASSERT_TRUE(sink->flush(30'000));
  const auto all = read_all(topic, 1);
  ASSERT_THAT(all, SizeIs(4));
  for (const std::size_t i : {0U, 1U, 2U}) {
    const std::string& whole = i == 1 ? value : small;
    EXPECT_EQ(all[i].key, key);
    EXPECT_EQ(all[i].value, whole);
    ASSERT_THAT(all[i].headers, SizeIs(2));
    EXPECT_EQ(all[i].headers[0].second, whole);
  }
  EXPECT_EQ(all[3].key, std::nullopt);
  EXPECT_EQ(all[3].value, std::nullopt);
  EXPECT_THAT(all[3].headers, SizeIs(0));
}

TEST(KafkaSink, AFailedProducerIsReplacedAndTheFirstAppearancesKeepTheirOrder) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  AckList acks;
  auto sink = sink_of(acks);
  constexpr std::uint64_t kCount = 4'000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    if (i == 1'000 || i == 3'000) sink->fail_for_test();
    const auto value = std::to_string(i);
    ASSERT_TRUE(sink->send(record_to(topic, value, value, 0), i));
  }
  ASSERT_TRUE(sink->flush(60'000));
  EXPECT_GE(sink->rebuilds(), 1U);
  EXPECT_THAT(acks.errors(), SizeIs(0));
  auto tokens = acks.tokens();
  EXPECT_THAT(tokens, SizeIs(kCount));
  EXPECT_TRUE(std::is_sorted(tokens.begin(), tokens.end()));
  std::vector<std::uint64_t> first;
  std::set<std::uint64_t> seen;
  for (const auto& one : read_all(topic, 1))
    if (const auto number = std::stoull(*one.value); seen.insert(number).second) first.push_back(number);
  EXPECT_THAT(first, SizeIs(kCount));
  EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
}

TEST(KafkaSink, WhatCanNeverBeProducedIsToldAndStopsNobodyElse) {
  TopicGarden garden;
  const auto topic = garden.make(1, {{"max.message.bytes", "1200000"}});
  AckList acks;
  auto sink =
      sink_of(acks, [](SinkOptions& options) { options.properties["topic.metadata.propagation.max.ms"] = "500"; });
  const std::string larger_than_the_topic(1'500'000, 'x'), larger_than_any(68 << 20, 'x');
  ASSERT_TRUE(sink->send(record_to(topic, "a", "small"), 1));
  ASSERT_TRUE(sink->send(record_to(topic, "b", larger_than_the_topic), 2));
  ASSERT_TRUE(sink->send(record_to(unique_name("nowhere"), "c", "small"), 3));
  const auto refused = sink->send(record_to(topic, "d", larger_than_any), 4);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("max_bytes"));
  ASSERT_TRUE(sink->send(record_to(topic, "e", "small"), 5));
  ASSERT_TRUE(sink->flush(60'000));
  EXPECT_THAT(acks.tokens(), ElementsAre(1, 5));
  ASSERT_THAT(acks.failed(), ::testing::UnorderedElementsAre(2, 3));
  EXPECT_THAT(acks.errors(), ::testing::Contains(HasSubstr("gofuture topics apply")));
}

TEST(KafkaSink, BlocksTheSenderWhileTooMuchWaitsUntilItIsStopped) {
  AckList acks;
  auto sink = sink_of(acks, [](SinkOptions& options) {
    options.brokers = "127.0.0.1:1";  // nobody acknowledges
    options.records_max = 10;
  });
  std::atomic<int> sent{0};
  std::atomic<bool> refused{false};
  std::thread sender([&] {
    while (sink->send(record_to("t", "k", "v"), 0)) ++sent;
    refused = true;
  });
  while (sent < 10) std::this_thread::yield();
  EXPECT_FALSE(refused);
  sink->stop();
  sender.join();
  EXPECT_EQ(sent, 10);
}

}  // namespace
}  // namespace gofuture::test
