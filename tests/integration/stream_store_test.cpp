// The store of `kafka` mode on a real broker, without a pipeline: what its transactions show, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/stream_world.hpp"
#include "stream/start_guard.hpp"
#include "support/answer_box.hpp"

namespace gofuture::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using Luck = UnluckyTransactions::Luck;

// A round with one event of each key, from offset `first` on, loaded and counted.
struct Desk {
  explicit Desk(const StreamWorld& of, const std::string& instance, UnluckyTransactions::Choice luck = nullptr)
      : world(of), member(of.plan, of.group, instance, nullptr, [](SourceOptions& options) { options.heartbeat_ms = 200; }) {
    store = stream_store(world, instance, answers, [this] { return held ? held : member.source->membership(); }, std::move(luck));
    EXPECT_TRUE(run_until({&member}, [&] { return member.listener->assignments > 0; }));
  }
  BatchPtr round(const std::vector<std::string>& keys, std::int64_t first, std::uint32_t assignment = 1) {
    auto batch = std::make_unique<Batch>();
    batch->id = ++batches;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto event = std::make_unique<Event>();
      event->record = make_record(0, 0, first + static_cast<std::int64_t>(i), 0, {.key = keys[i], .value = "{}", .headers = {}});
      event->state_key = keys[i];
      event->slot = static_cast<std::uint32_t>(i);
      event->assignment = assignment;
      batch->slots.emplace_back().key = keys[i];
      batch->events.push_back(std::move(event));
    }
    batch->positions = {{{0, 0}, first + static_cast<std::int64_t>(keys.size())}};
    store->load(std::move(batch));
    auto loaded = std::get<Loaded>(*answers.wait());
    EXPECT_FALSE(loaded.unavailable) << *loaded.unavailable;
    loaded.batch->reset_effects();
    count(*world.plan, *loaded.batch);
    return std::move(loaded.batch);
  }
  Committed commit(BatchPtr batch) {
    store->commit(std::move(batch));
    return std::get<Committed>(*answers.wait());
  }

  const StreamWorld& world;
  Member member;
  AnswerBox answers;
  kafka::MembershipPtr held;  // shown instead of what the source says now
  std::unique_ptr<StreamStore> store;
  std::uint64_t batches = 0;
};

// Producing is asynchronous: what died in the client's queue would leave nothing open at the broker.
bool reaches(const std::string& topic, std::int64_t end) {
  return run_until({}, [&] { return log_end(topic, 0) >= end; });
}

TEST(StreamStore, OutputsStateAndPositionsShowTogetherAndNotBeforeTheCommit) {
  StreamWorld world(1);
  std::size_t shown = 99, known = 99;
  std::optional<std::int64_t> position;
  Desk desk(world, "one", [&] {
    EXPECT_TRUE(reaches(world.out, 2));
    shown = world.shown();
    known = read_all(changelog_topic(world.function), 1).size();
    return Luck::kGood;
  });
  EXPECT_EQ(desk.commit(desk.round({"a", "b"}, 0)).status, CommitStatus::kCommitted);
  EXPECT_EQ(shown, 0U) << "all is produced, nothing is committed";
  EXPECT_EQ(known, 0U);
  EXPECT_EQ(world.shown(), 2U);
  EXPECT_THAT(world.state(), ElementsAre(Pair("a", "1"), Pair("b", "1")));
  EXPECT_EQ(committed_offset(world.group, world.in, 0), 2);
}

TEST(StreamStore, WhatItsPredecessorLeftOpenIsAbortedAtOnceAndCountedOnce) {
  StreamWorld world(1);
  {
    bool first = true;
    Desk desk(world, "one", [&] {
      if (std::exchange(first, false)) return Luck::kGood;
      EXPECT_TRUE(reaches(world.out, 3));  // an output, the mark of its commit, an output
      return Luck::kDies;
    });
    ASSERT_EQ(desk.commit(desk.round({"a"}, 0)).status, CommitStatus::kCommitted);
    EXPECT_EQ(desk.commit(desk.round({"a"}, 1)).status, CommitStatus::kUnavailable);
  }  // it dies between produce and commit
  fill(world.out, 0, 1);
  EXPECT_EQ(world.shown(), 1U) << "the open transaction hides what stands behind it";
  Desk heir(world, "one");
  auto batch = heir.round({"a"}, 1);
  EXPECT_EQ(world.shown(), 2U) << "no longer: its heir has ended it";
  EXPECT_EQ(batch->slots[0].row.state, "1") << "what was aborted is no state";
  EXPECT_EQ(heir.commit(std::move(batch)).status, CommitStatus::kCommitted);
  EXPECT_THAT(world.state(), ElementsAre(Pair("a", "2")));
  EXPECT_EQ(committed_offset(world.group, world.in, 0), 2);
}

TEST(StreamStore, AnAbortedTransactionIsNeverSeenAndTheNextOneCounts) {
  StreamWorld world(1);
  int commits = 0;
  Desk desk(world, "one", [&] { return commits++ == 0 ? Luck::kFails : Luck::kGood; });
  Committed told = desk.commit(desk.round({"a", "b"}, 0));
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  EXPECT_EQ(world.shown(), 0U);
  EXPECT_THAT(world.state(), IsEmpty());
  EXPECT_EQ(committed_offset(world.group, world.in, 0).value_or(0), 0);
  EXPECT_EQ(desk.commit(std::move(told.batch)).status, CommitStatus::kCommitted);
  EXPECT_EQ(world.shown(), 2U);
  EXPECT_THAT(world.state(), ElementsAre(Pair("a", "1"), Pair("b", "1")));
}

TEST(StreamStore, ALostAnswerIsAskedAfterWhetherTheCommitHappenedOrNot) {
  for (const Luck luck : {Luck::kAnswerLost, Luck::kNeverSent}) {
    StreamWorld world(1);
    int commits = 0;
    Desk desk(world, "one", [&] { return commits++ == 1 ? luck : Luck::kGood; });
    ASSERT_EQ(desk.commit(desk.round({"a"}, 0)).status, CommitStatus::kCommitted);
    Committed told = desk.commit(desk.round({"a"}, 1));
    ASSERT_EQ(told.status, CommitStatus::kUnavailable);
    told = desk.commit(std::move(told.batch));
    EXPECT_EQ(told.status, CommitStatus::kCommitted) << told.message;
    EXPECT_EQ(desk.commit(desk.round({"a"}, 2)).status, CommitStatus::kCommitted);
    expect_each_counted_once(world, {"a"}, 3);
    EXPECT_EQ(committed_offset(world.group, world.in, 0), 3);
  }
}

TEST(StreamStore, TheGenerationOfAZombieIsRefusedByTheBroker) {
  StreamWorld world(1);
  Desk zombie(world, "one");
  zombie.held = zombie.member.source->membership();
  ASSERT_NE(zombie.held, nullptr);
  BatchPtr late = zombie.round({"a"}, 0);
  Member other(world.plan, world.group, "two", nullptr, [](SourceOptions& options) { options.heartbeat_ms = 200; });
  ASSERT_TRUE(run_until({&zombie.member, &other}, [&] { return zombie.member.listener->assignments > 1 || other.listener->assignments > 0; }));
  Committed told = zombie.commit(std::move(late));
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  EXPECT_THAT(told.message, HasSubstr("generation"));
  EXPECT_EQ(world.shown(), 0U);
  EXPECT_THAT(world.state(), IsEmpty());
  EXPECT_EQ(committed_offset(world.group, world.in, 0).value_or(0), 0);
}

TEST(StreamStore, WhoIsNoMemberYetHasNothingToShow) {
  StreamWorld world(1);
  Witness witness;
  auto source = std::move(*KafkaSource::open({.brokers = kafka_brokers(), .properties = {}, .group = world.group, .instance = "one", .plan = world.plan}, witness));
  EXPECT_EQ(source->membership(), nullptr);
}

TEST(StreamStore, ARestoreDoesNotStopBeforeAnOpenTransactionOfSomebodyElse) {
  StreamWorld world(1);
  const auto topic = changelog_topic(world.function);
  auto open = std::move(*TransactionalProducer::make(
      {.brokers = kafka_brokers(), .properties = {}, .transactional_id = unique_name("open"), .group = world.group, .timeout_ms = 60'000}, quiet()));
  ASSERT_TRUE(open->open());
  ASSERT_TRUE(open->begin().done());
  OutgoingRecord record{.topic = topic, .key = "torn", .value = "1", .headers = {}, .timestamp_ms = 0, .partition = 0};
  ASSERT_TRUE(open->produce(record).done());
  ASSERT_TRUE(run_until({}, [&] { return log_end(topic, 0) == 1; }));
  fill(topic, 0, 1, 7);  // committed, but behind what is open
  ChangelogReader impatient({.brokers = kafka_brokers(), .properties = {}, .topic = topic, .patience_ms = 1'500}, quiet());
  const auto take = [](std::map<std::string, std::string>& into) {
    return [&into](std::int32_t, std::string_view key, std::optional<std::string_view> state) { into[std::string(key)] = state.value_or("(null)"); };
  };
  std::map<std::string, std::string> seen;
  const auto early = impatient.read({0}, take(seen));
  ASSERT_FALSE(early) << "state behind the open transaction was taken for the end";
  EXPECT_THAT(early.error().message(), HasSubstr("a transaction is still open"));
  ASSERT_TRUE(open->abort().done());
  seen.clear();
  ASSERT_TRUE(impatient.read({0}, take(seen)));
  EXPECT_THAT(seen, ElementsAre(Pair("7", "7")));
}

TEST(StreamStore, AMissingChangelogIsToldWithItsRemedy) {
  ChangelogReader reader({.brokers = kafka_brokers(), .properties = {}, .topic = unique_name("nowhere")}, quiet());
  const auto read = reader.read({0}, [](std::int32_t, std::string_view, std::optional<std::string_view>) {});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("gofuture topics apply"));
}

TEST(StreamStore, ALostOffsetBesideStateStopsTheFunction) {
  StreamWorld world(2);
  {
    Desk desk(world, "one");
    ASSERT_EQ(desk.commit(desk.round({"a"}, 0)).status, CommitStatus::kCommitted);
  }
  StreamStartGuard guard(world.plan, std::make_unique<ChangelogReader>(
                                         ChangelogOptions{.brokers = kafka_brokers(), .properties = {}, .topic = changelog_topic(world.function)}, quiet()));
  const auto recorded = guard.recorded();
  ASSERT_TRUE(recorded) << recorded.error().message();
  ASSERT_THAT(*recorded, SizeIs(1)) << "the other partition has no state, so it may begin as the manifest says";
  Member other(world.plan, unique_name("group"), "one", &guard);  // a group without offsets
  ASSERT_TRUE(run_until({&other}, [&] { return other.source->halted().has_value(); }));
  EXPECT_THAT(*other.source->halted(), HasSubstr("delete the topic " + changelog_topic(world.function)));
}

TEST(StreamStore, AFunctionWhoseStateCouldNotStayWithItsPartitionIsRefused) {
  const auto two = plan_of({.topics = {{"a", 1}, {"b", 1}}});
  StreamStoreOptions options;
  options.plan = two;
  AnswerBox answers;
  const auto opened = StreamStore::open(std::move(options), answers, quiet());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr("reads 2 topics"));
}

TEST(StreamTopics, AFunctionInKafkaModeHasAChangelogWithThePartitionsOfItsInput) {
  Catalogue catalogue;
  Topic topic;
  topic.name = "rides";
  topic.partitions = 12;
  catalogue.topics.push_back(topic);
  FunctionManifest function;
  function.name = "count_rides";
  function.mode = Mode::kKafka;
  function.subscriptions.emplace_back().topic = "rides";
  const auto wanted = wanted_topics(catalogue, {function});
  ASSERT_THAT(wanted, SizeIs(3));
  EXPECT_EQ(wanted[1].name, "rides-count_rides-dlt");
  EXPECT_EQ(wanted[2].name, "count_rides-changelog");
  EXPECT_EQ(wanted[2].partitions, 12);
  EXPECT_EQ(wanted[2].settings.at("cleanup.policy"), "compact");
}

}  // namespace
}  // namespace gofuture::test
