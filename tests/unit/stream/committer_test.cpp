// One batch, one transaction: what is true after every way in which it can end.
#include "stream/committer.hpp"

#include "support/batches.hpp"
#include "support/counting_function.hpp"
#include "support/manual_clock.hpp"
#include "support/record_builder.hpp"
#include "support/test_plan.hpp"
#include "unit/stream/rig.hpp"

namespace gofuture::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Fault = FakeTransactions::Fault;

const kafka::Where kTrips0{"trips.in", 0};

std::shared_ptr<const Plan> one_topic_plan() {
  FunctionManifest manifest = test_manifest();
  manifest.mode = Mode::kKafka;
  manifest.subscriptions.resize(1);
  auto plan = Plan::make(std::move(manifest), test_catalogue(), true);
  return *plan;
}

struct Replica {
  explicit Replica(FakeCluster& all, const std::string& id = "counter-1")
      : cluster(all), transactions(all, id), changelog(all, "counter-changelog"), function(*plan, 7),
        committer(plan, "counter", transactions, changelog, [this](kafka::Level, const std::string& sentence) { said.push_back(sentence); }) {}

  // The events n, n + 1, … of one key, as a round, loaded and handled.
  BatchPtr handled(const std::string& key, std::uint64_t first, std::uint64_t count = 1, const std::string& script = "", std::uint32_t assignment = 1,
                   std::int32_t partition = 0) {
    std::vector<Record> records;
    for (std::uint64_t n = first; n < first + count; ++n) {
      auto one = trip(n, key);
      if (!script.empty()) one.header("test-script", script);
      records.push_back(one.at(kTrips, partition, static_cast<std::int64_t>(n)));
    }
    BatchPtr batch = batch_of(*plan, std::move(records));
    for (const EventPtr& event : batch->events) event->assignment = assignment;
    const auto loaded = committer.load(*batch);
    if (!loaded) load_error = loaded.error().message();
    batch->reset_effects();
    function.run(*batch, kTestEpochMs);
    batch->positions = {{{kTrips, partition}, static_cast<std::int64_t>(first + count)}};
    return batch;
  }
  Committed commit(BatchPtr batch) { return committer.commit(std::move(batch), cluster.member_of_now()); }
  // Fails the step of this name the next time that it comes.
  void once(const std::string& step, Fault fault) {
    transactions.fault_of = [this, step, fault](const std::string& now) {
      if (now != step) return Fault::kNone;
      const Fault once = fault;
      transactions.fault_of = nullptr;  // ends this function object, and what it holds
      return once;
    };
  }

  std::shared_ptr<const Plan> plan = one_topic_plan();
  FakeCluster& cluster;
  FakeTransactions transactions;
  FakeChangelog changelog;
  CountingFunction function;
  std::vector<std::string> said;
  std::string load_error;
  StreamCommitter committer;
};

std::int64_t counted(const FakeCluster& cluster, const std::string& key) {
  std::int64_t count = 0;
  for (const auto& record : cluster.records)
    if (record.topic == "counter-changelog" && record.key == key) count = Count::read(record.value).events;
  return count;
}

TEST(StreamCommitter, OutputsStateAndPositionsAreOneTransaction) {
  FakeCluster cluster;
  Replica replica(cluster);
  const Committed told = replica.commit(replica.handled("k", 0, 3));
  EXPECT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  EXPECT_THAT(cluster.values_of("counts.out"), SizeIs(3));
  EXPECT_THAT(cluster.values_of("counter-changelog"), SizeIs(1)) << "one record per key that changed";
  EXPECT_EQ(counted(cluster, "k"), 3);
  EXPECT_EQ(cluster.positions[kTrips0], 3);
  EXPECT_EQ(std::count(replica.transactions.steps.begin(), replica.transactions.steps.end(), "commit"), 1);
}

TEST(StreamCommitter, SkipAndRejectCommitAndARejectedEventIsADeadLetterOfTheSameTransaction) {
  FakeCluster cluster;
  Replica replica(cluster);
  EXPECT_EQ(replica.commit(replica.handled("k", 0, 1, "skip")).status, CommitStatus::kCommitted);
  EXPECT_EQ(replica.commit(replica.handled("k", 1, 1, "reject")).status, CommitStatus::kCommitted);
  EXPECT_THAT(cluster.values_of("trips.in-counter-dlt"), SizeIs(1));
  EXPECT_THAT(cluster.values_of("counter-changelog"), IsEmpty());
  EXPECT_EQ(cluster.positions[kTrips0], 2);
}

TEST(StreamCommitter, AnErasedStateIsATombstone) {
  FakeCluster cluster;
  Replica replica(cluster);
  replica.commit(replica.handled("k", 0));
  replica.commit(replica.handled("k", 1, 1, "erase"));
  EXPECT_THAT(cluster.values_of("counter-changelog"), ElementsAre(testing::_, "(null)"));
  replica.commit(replica.handled("k", 2));
  EXPECT_EQ(counted(cluster, "k"), 1);
}

TEST(StreamCommitter, WhereverATransactionFailsNothingOfItShowsAndTheSameBatchCommitsOnce) {
  for (const std::string step : {"open", "begin", "produce", "positions", "commit"})
    for (const Fault fault : {Fault::kFails, Fault::kBreaks}) {
      FakeCluster cluster;
      Replica replica(cluster);
      replica.commit(replica.handled("k", 0));
      if (step == "open") replica.transactions.fault_of = [](const std::string& now) { return now == "begin" || now == "open" ? Fault::kBreaks : Fault::kNone; };
      else replica.once(step, fault);
      Committed told = replica.commit(replica.handled("k", 1));
      EXPECT_EQ(told.status, CommitStatus::kUnavailable) << step;
      EXPECT_THAT(cluster.values_of("counts.out"), SizeIs(1)) << step;
      EXPECT_EQ(cluster.positions[kTrips0], 1) << step;
      if (step == "open") {
        told = replica.commit(std::move(told.batch));
        EXPECT_EQ(told.status, CommitStatus::kUnavailable);
      }
      replica.transactions.fault_of = nullptr;
      told = replica.commit(std::move(told.batch));
      EXPECT_EQ(told.status, CommitStatus::kCommitted) << step;
      replica.commit(replica.handled("k", 2));
      EXPECT_EQ(counted(cluster, "k"), 3) << step;
      EXPECT_THAT(cluster.values_of("counts.out"), SizeIs(3)) << step;
    }
}

TEST(StreamCommitter, ACommitThatHappenedAndWhoseAnswerWasLostIsNotRepeated) {
  FakeCluster cluster;
  Replica replica(cluster);
  replica.once("commit", Fault::kBreaksAfter);
  Committed told = replica.commit(replica.handled("k", 0, 2));
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  EXPECT_THAT(told.message, HasSubstr("not known"));
  told = replica.commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kCommitted);
  EXPECT_THAT(cluster.values_of("counts.out"), SizeIs(2));
  replica.commit(replica.handled("k", 2));
  EXPECT_EQ(counted(cluster, "k"), 3) << "the tables have what was committed";
}

TEST(StreamCommitter, WhileItCannotBeFoundOutWhetherItHappenedNothingIsWritten) {
  FakeCluster cluster;
  Replica replica(cluster);
  replica.once("commit", Fault::kBreaksAfter);
  Committed told = replica.commit(replica.handled("k", 0));
  replica.once("committed", Fault::kFails);
  told = replica.commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  told = replica.commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kCommitted);
  EXPECT_EQ(counted(cluster, "k"), 1);
  EXPECT_THAT(cluster.values_of("counts.out"), SizeIs(1));
}

TEST(StreamCommitter, APartitionThatWasLostMeanwhileSaysNothingAboutTheCommitWithoutAnAnswer) {
  FakeCluster cluster;
  Replica replica(cluster);
  BatchPtr batch = replica.handled("a", 0);
  batch->absorb(std::move(*replica.handled("b", 0, 1, "", 1, 1)));
  batch->positions = {{{kTrips, 0}, 1}, {{kTrips, 1}, 1}};
  replica.once("commit", Fault::kBreaks);
  Committed told = replica.commit(std::move(batch));
  cluster.positions[{"trips.in", 1}] = 1;  // its next owner has handled it
  (void)told.batch->take_out([](const Event& event) { return event.record.partition == 1; });
  told.batch->positions = {{{kTrips, 0}, 1}};
  told = replica.commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kCommitted);
  EXPECT_EQ(counted(cluster, "a"), 1) << "it had not happened, so it happens now";
  EXPECT_EQ(counted(cluster, "b"), 0);
}

TEST(StreamCommitter, AZombieIsRefusedByItsGenerationAndShowsNothing) {
  FakeCluster cluster;
  Replica zombie(cluster, "counter-1"), heir(cluster, "counter-2");
  BatchPtr batch = zombie.handled("k", 0);
  const auto old = cluster.member_of_now();
  ++cluster.generation;
  EXPECT_EQ(heir.commit(heir.handled("k", 0)).status, CommitStatus::kCommitted);
  const Committed told = zombie.committer.commit(std::move(batch), old);
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  EXPECT_THAT(cluster.values_of("counts.out"), SizeIs(1));
  EXPECT_EQ(counted(cluster, "k"), 1);
}

TEST(StreamCommitter, WithoutMembershipNothingIsWrittenAtAll) {
  FakeCluster cluster;
  Replica replica(cluster);
  const Committed told = replica.committer.commit(replica.handled("k", 0), nullptr);
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  EXPECT_THAT(replica.transactions.steps, Not(Contains("begin")));
}

TEST(StreamCommitter, WhatCanNeverBeProducedIsRefusedButALoneDeadLetterIsTriedAgain) {
  FakeCluster cluster;
  Replica replica(cluster);
  replica.transactions.refuses = [](const OutgoingRecord& record) { return record.topic != "counter-changelog"; };
  EXPECT_EQ(replica.commit(replica.handled("k", 0)).status, CommitStatus::kRefused);
  EXPECT_EQ(replica.handled("k", 0)->slots[0].row.state, std::nullopt) << "what did not commit is no state";
  EXPECT_EQ(replica.commit(replica.handled("k", 0, 1, "reject")).status, CommitStatus::kUnavailable) << "nothing is left to reject";
  EXPECT_THAT(cluster.records, IsEmpty());
}

TEST(StreamCommitter, TimersAndDelayedEmitsAreRefusedByName) {
  FakeCluster cluster;
  Replica replica(cluster);
  BatchPtr batch = replica.handled("k", 0);
  batch->timers.push_back({0, "deadline", kTestEpochMs, std::nullopt});
  Committed told = replica.commit(std::move(batch));
  EXPECT_EQ(told.status, CommitStatus::kRefused);
  EXPECT_THAT(told.message, HasSubstr("the timer \"deadline\" needs mode = \"postgres\""));
  told.batch->timers.clear();
  told.batch->emissions.front().delay_ms = 5;
  told = replica.commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kRefused);
  EXPECT_THAT(told.message, HasSubstr("the delayed Counted needs"));
}

TEST(StreamCommitter, StateIsReadFromTheChangelogBeforeTheFirstEventAndAfterWhatWasOpenHasEnded) {
  FakeCluster cluster;
  {
    Replica before(cluster);
    before.commit(before.handled("k", 0, 5));
    before.commit(before.handled("other", 0, 2, "", 1, 1));
  }
  Replica after(cluster);
  BatchPtr batch = after.handled("k", 5);
  EXPECT_THAT(after.transactions.steps, ElementsAre("open"));
  after.commit(std::move(batch));
  EXPECT_EQ(counted(cluster, "k"), 6);
  EXPECT_THAT(after.changelog.reads, ElementsAre(std::set<std::int32_t>{0})) << "only what is needed, once";
  after.commit(after.handled("k", 6));
  EXPECT_THAT(after.changelog.reads, SizeIs(1));
}

TEST(StreamCommitter, ANewAssignmentReadsAnewBecauseOthersMayHaveWritten) {
  FakeCluster cluster;
  Replica one(cluster, "counter-1"), two(cluster, "counter-2");
  one.commit(one.handled("k", 0));
  two.commit(two.handled("k", 1));
  one.commit(one.handled("k", 2, 1, "", 2));
  EXPECT_EQ(counted(cluster, "k"), 3);
}

TEST(StreamCommitter, AnOlderAssignmentNeitherReadsNorSpoilsTheTables) {
  FakeCluster cluster;
  Replica replica(cluster);
  replica.commit(replica.handled("k", 0, 1, "", 2));
  BatchPtr late = replica.handled("k", 0, 1, "", 1);
  EXPECT_THAT(replica.changelog.reads, SizeIs(1));
  replica.commit(std::move(late));  // a broker would refuse it; were it not refused, the tables still stay those of assignment 2
  replica.commit(replica.handled("k", 1, 1, "", 2));
  EXPECT_EQ(counted(cluster, "k"), 2);
}

TEST(StreamCommitter, AHalfReadChangelogIsReadAgainFromTheStart) {
  FakeCluster cluster;
  {
    Replica before(cluster);
    before.commit(before.handled("k", 0));
    before.commit(before.handled("k", 1, 1, "erase"));
  }
  Replica after(cluster);
  after.changelog.unreadable = true;
  (void)after.handled("k", 2);
  EXPECT_THAT(after.load_error, HasSubstr("stands still"));
  after.changelog.unreadable = false;
  after.commit(after.handled("k", 2));
  EXPECT_EQ(counted(cluster, "k"), 1);
  EXPECT_THAT(after.changelog.reads, SizeIs(2));
}

}  // namespace
}  // namespace gofuture::test
