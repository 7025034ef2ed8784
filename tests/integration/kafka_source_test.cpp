// A function's consumer against a real broker: what it reads, where it begins, what it gives back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/kafka_world.hpp"

namespace gofuture::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> numbers(int first, int count) {
  std::vector<std::string> list;
  for (int i = 0; i < count; ++i) list.push_back(std::to_string(first + i));
  return list;
}

TEST(KafkaSource, ReadsEveryRecordOfAPartitionInOrder) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  fill(topic, 0, 3000);
  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one");
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() >= 3000; }));
  EXPECT_EQ(member.listener->values(), numbers(0, 3000));
  EXPECT_EQ(member.source->stale_records(), 0U);
}

TEST(KafkaSource, KeepsNullAndEmptyApartInKeysValuesAndHeaders) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  AckList acks;
  auto sink = KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "odd"}, acks, quiet());
  ASSERT_TRUE(sink);
  const std::string garbage("\xff\x00\xfe", 3);
  OutgoingRecord nothing;
  nothing.topic = topic;
  OutgoingRecord empty;
  empty.topic = topic;
  empty.key = "";
  empty.value = "";
  empty.headers = {{"", ""}, {"null", std::nullopt}, {"same", "1"}, {"same", "2"}, {"\xc3\x28", garbage}};
  ASSERT_TRUE((*sink)->send(nothing, 1));
  ASSERT_TRUE((*sink)->send(empty, 2));
  ASSERT_TRUE((*sink)->flush(20'000));

  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one");
  auto& heard = member.listener->heard;
  ASSERT_TRUE(run_until({&member}, [&] { return heard.size() >= 2; }));
  EXPECT_EQ(heard[0].key, std::nullopt);
  EXPECT_EQ(heard[0].value, std::nullopt);
  EXPECT_TRUE(heard[0].headers.empty());
  EXPECT_EQ(heard[1].key, "");
  EXPECT_EQ(heard[1].value, "");
  using Pair = std::pair<std::string, std::optional<std::string>>;
  EXPECT_THAT(heard[1].headers, ElementsAre(Pair{"", ""}, Pair{"null", std::nullopt}, Pair{"same", "1"},
                                            Pair{"same", "2"}, Pair{"\xc3\x28", garbage}));
}

TEST(KafkaSource, LosesAndRepeatsNothingAcrossPauseAndResume) {
  TopicGarden garden;
  const auto topic = garden.make(2);
  fill(topic, 0, 4000);
  fill(topic, 1, 4000);
  Member member(plan_of({.topics = {{topic, 2}}}), unique_name("group"), "one");
  const std::vector<TopicPartition> both = {{0, 0}, {0, 1}};
  int turns = 0;
  ASSERT_TRUE(run_until({&member}, [&] {
    ++turns;
    if (turns % 3 == 0) member.source->pause(both);
    if (turns % 3 == 1) member.source->resume(both);
    if (turns % 7 == 0) member.source->resume(both);  // of what is not paused
    return member.listener->heard.size() >= 8000;
  }));
  std::map<std::int32_t, std::int64_t> next;
  for (const auto& one : member.listener->heard) EXPECT_EQ(one.offset, next[one.at.partition]++);
}

TEST(KafkaSource, GoesOnWhereItsGroupHasCommitted) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  const auto group = unique_name("group");
  const auto plan = plan_of({.topics = {{topic, 1}}});
  fill(topic, 0, 10);
  {
    Member first(plan, group, "one");
    ASSERT_TRUE(run_until({&first}, [&] { return first.listener->heard.size() >= 10; }));
    first.source->close();
    ASSERT_TRUE(run_until({&first}, [&] { return first.source->closed(); }));
    EXPECT_EQ(first.listener->revocations, 1);
  }
  EXPECT_EQ(committed_offset(group, topic, 0), 10);
  fill(topic, 0, 5, 10);
  Member second(plan, group, "one");
  ASSERT_TRUE(run_until({&second}, [&] { return second.listener->heard.size() >= 5; }));
  EXPECT_EQ(second.listener->values(), numbers(10, 5));
}

TEST(KafkaSource, StartsAtTheLogsStartItsEndOrATime) {
  TopicGarden garden;
  const auto topic = garden.make(2);
  const std::int64_t then = 1'700'000'000'000;
  fill(topic, 0, 10, 0, then);
  const auto begin = [&](PlanRequest request) {
    request.topics = {{topic, 2}};
    Member member(plan_of(request), unique_name("group"), "one");
    EXPECT_TRUE(run_until({&member}, [&] { return member.listener->assignments > 0; }));
    return member.listener->begun;
  };
  using Begun = std::map<TopicPartition, std::int64_t>;
  EXPECT_EQ(begin({.topics = {}, .start = Start::kEarliest}), (Begun{{{0, 0}, 0}, {{0, 1}, 0}}));
  EXPECT_EQ(begin({.topics = {}, .start = Start::kLatest}), (Begun{{{0, 0}, 10}, {{0, 1}, 0}}));
  EXPECT_EQ(begin({.topics = {}, .start = Start::kTimestamp, .start_timestamp_ms = then + 4}),
            (Begun{{{0, 0}, 4}, {{0, 1}, 0}}));
  EXPECT_EQ(begin({.topics = {}, .start = Start::kTimestamp, .start_timestamp_ms = then + 999}),
            (Begun{{{0, 0}, 10}, {{0, 1}, 0}}));
}

TEST(KafkaSource, RecordsAndCommitsWhereItStartsBeforeTheFirstEvent) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  const auto group = unique_name("group");
  fill(topic, 0, 7);
  MemoryLedger ledger;
  Member member(plan_of({.topics = {{topic, 1}}, .start = Start::kLatest}), group, "one", &ledger);
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->assignments > 0; }));
  const auto& entry = ledger.entries[{topic, 0}];
  EXPECT_EQ(entry.offset, 7);
  EXPECT_TRUE(entry.started);
  EXPECT_EQ(committed_offset(group, topic, 0), 7);
}

TEST(KafkaSource, UsesTheRecordedStartWhenItDiedBeforeCommittingIt) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  fill(topic, 0, 7);
  MemoryLedger ledger;
  ledger.entries[{topic, 0}] = {3, false};
  Member member(plan_of({.topics = {{topic, 1}}, .start = Start::kLatest}), unique_name("group"), "one", &ledger);
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() >= 4; }));
  EXPECT_EQ(member.listener->values(), numbers(3, 4));
  EXPECT_TRUE((ledger.entries[{topic, 0}].started));
}

TEST(KafkaSource, StopsTheFunctionWhenItsCommittedOffsetsAreLost) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  const auto group = unique_name("group");
  fill(topic, 0, 7);
  MemoryLedger ledger;
  const auto plan = plan_of({.topics = {{topic, 1}}});
  {
    Member first(plan, group, "", &ledger);  // a dynamic member leaves, so that the group may be deleted
    ASSERT_TRUE(run_until({&first}, [&] { return first.listener->heard.size() >= 7; }));
    first.source->close();
    ASSERT_TRUE(run_until({&first}, [&] { return first.source->closed(); }));
  }
  delete_group(group);
  Member second(plan, group, "one", &ledger);
  ASSERT_TRUE(run_until({&second}, [&] { return second.source->halted().has_value(); }));
  EXPECT_THAT(*second.source->halted(), HasSubstr(topic + "/0"));
  EXPECT_THAT(*second.source->halted(), HasSubstr("--reset-offsets"));
  EXPECT_TRUE(second.listener->heard.empty());
  EXPECT_EQ(second.listener->assignments, 0);
}

TEST(KafkaSource, WaitsForALedgerThatIsAwayAndThenBegins) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  fill(topic, 0, 2);
  MemoryLedger ledger;
  ledger.broken = true;
  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one", &ledger);
  ASSERT_TRUE(
      run_until({&member}, [&] { return member.witness.said(Probe::Level::kError, "the ledger is away") > 0; }));
  EXPECT_EQ(member.listener->assignments, 0);
  ledger.broken = false;
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() >= 2; }));
  EXPECT_EQ(member.witness.said(Probe::Level::kError, "the ledger is away"), 1U);  // told once, however often it asked
}

TEST(KafkaSource, AlertsWhenRetentionHasOvertakenItAndReadsOn) {
  TopicGarden garden;
  const auto topic = garden.make(2);
  const auto group = unique_name("group");
  const auto plan = plan_of({.topics = {{topic, 2}}});
  fill(topic, 0, 4);
  {
    Member first(plan, group, "one");
    ASSERT_TRUE(run_until({&first}, [&] { return first.listener->heard.size() >= 4; }));
    first.source->close();
    ASSERT_TRUE(run_until({&first}, [&] { return first.source->closed(); }));
  }
  fill(topic, 0, 10, 4);
  fill(topic, 1, 3);
  delete_records_before(topic, 0, 9);
  Member second(plan, group, "one");
  ASSERT_TRUE(run_until({&second}, [&] { return second.listener->heard.size() >= 8; }));
  std::vector<std::string> of_the_first;
  for (const auto& one : second.listener->heard)
    if (one.at.partition == 0) of_the_first.push_back(*one.value);
  EXPECT_EQ(of_the_first, numbers(9, 5));
  ASSERT_EQ(second.witness.gaps.size(), 1U);
  EXPECT_EQ(second.witness.gaps[0].at, (TopicPartition{0, 0}));
  EXPECT_EQ(second.witness.gaps[0].from, 4);
  EXPECT_EQ(second.witness.gaps[0].to, 9);
  EXPECT_EQ(second.witness.said(Probe::Level::kError, "lost by retention"), 1U);
}

TEST(KafkaSource, StopsTheFunctionWhenItsPositionIsBehindTheLogsEnd) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  fill(topic, 0, 4);
  MemoryLedger ledger;
  ledger.entries[{topic, 0}] = {40, false};  // as if the topic had been deleted and made anew
  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one", &ledger);
  ASSERT_TRUE(run_until({&member}, [&] { return member.source->halted().has_value(); }));
  EXPECT_THAT(*member.source->halted(), HasSubstr("behind the log's end 4"));
  EXPECT_TRUE(member.listener->heard.empty());
}

TEST(KafkaSource, TellsTheLagOfEachPartition) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  fill(topic, 0, 9);
  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one");
  ASSERT_TRUE(run_until({&member}, [&] { return member.witness.lags[{0, 0}] == 9; }));
  member.listener->commits = true;
  EXPECT_TRUE(run_until({&member}, [&] { return member.witness.lags[{0, 0}] == 0; }));
}

TEST(KafkaSource, BeginsByItselfWhenAMissingTopicIsMade) {
  TopicGarden garden;
  const auto topic = unique_name("test");
  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one", nullptr,
                [](SourceOptions& options) { options.properties["topic.metadata.refresh.interval.ms"] = "500"; });
  ASSERT_TRUE(
      run_until({&member}, [&] { return member.witness.said(Probe::Level::kError, "gofuture topics apply") > 0; }));
  garden.make(std::vector<WantedTopic>{{topic, 1, {}}});
  fill(topic, 0, 3);
  EXPECT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() >= 3; }));
  EXPECT_EQ(member.witness.said(Probe::Level::kError, "gofuture topics apply"), 1U);
}

}  // namespace
}  // namespace gofuture::test
