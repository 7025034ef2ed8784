// Lanes, batches and commits: what runs together, what waits, in which order effects appear.
#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(Order, EventsOfOneKeyHaveTheirEffectsInTheOrderOfThePartition) {
  for (const int batch_max : {1, 2, 50}) {
    Rig rig({.batch_max = batch_max, .concurrency = 3});
    for (std::uint64_t n = 1; n <= 7; ++n) rig.produce(kP0, trip(n, "k"));
    rig.assign({kP0});
    rig.settle();
    EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2), id(3), id(4), id(5), id(6), id(7)));
    EXPECT_EQ(rig.counted("k"), 7);
    EXPECT_EQ(rig.committed(kP0), 7);
  }
}

TEST(Order, TwoKeysAreHandledAtTheSameTimeAndOneKeyIsNot) {
  Rig rig({.batch_max = 1, .concurrency = 3});
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP0, trip(2, "a"));
  rig.produce(kP0, trip(3, "b"));
  rig.assign({kP0});
  rig.poll();
  while (rig.deliver("load") || rig.deliver("answer of load")) {
  }
  EXPECT_EQ(rig.courier.count("handle"), 2U) << "event 2 waits for event 1, which has its key";
  while (rig.courier.count("handle") > 0) ASSERT_TRUE(rig.deliver("handle"));
  EXPECT_THAT(rig.handlers.calls, UnorderedElementsAre(ElementsAre(id(1)), ElementsAre(id(3))));
}

TEST(Order, AKeyWhoseBatchIsCommittingIsNotDispatchedAgain) {
  Rig rig({.batch_max = 1, .concurrency = 3}, {.parks = false});
  rig.produce(kP0, trip(1, "k"));
  rig.produce(kP0, trip(2, "k"));
  rig.assign({kP0});
  rig.poll();
  ASSERT_TRUE(rig.deliver("load"));
  ASSERT_TRUE(rig.deliver("answer of load"));
  ASSERT_TRUE(rig.deliver("handle"));
  EXPECT_EQ(rig.courier.waiting.size(), 1U);
  ASSERT_TRUE(rig.deliver("commit batch 1"));
  EXPECT_EQ(rig.courier.waiting.size(), 1U) << "only the answer; until it is here nobody knows";
  ASSERT_TRUE(rig.deliver("answer of commit batch 1"));
  EXPECT_EQ(rig.courier.count("handle batch 2"), 1U);
}

TEST(Order, WhatBecameReadyWhileACommitWasUnderWaySharesTheNextCommit) {
  Rig rig({.batch_max = 8, .concurrency = 4}, {.commits_in_flight = 1});
  rig.assign({kP0});
  for (std::uint64_t n = 1; n <= 3; ++n) {
    rig.produce(kP0, trip(n, "k" + std::to_string(n)));
    rig.poll();
    const std::string batch = "batch " + std::to_string(n);
    ASSERT_TRUE(rig.deliver("load " + batch));
    ASSERT_TRUE(rig.deliver("answer of load " + batch));
    ASSERT_TRUE(rig.deliver("handle " + batch));
  }
  EXPECT_EQ(rig.courier.count("commit"), 1U);
  ASSERT_TRUE(rig.deliver("commit batch 1"));
  ASSERT_TRUE(rig.deliver("answer of commit batch 1"));
  rig.deliver_all();
  EXPECT_EQ(rig.store.commits, 2) << "batches 2 and 3 went together";
  EXPECT_EQ(rig.database.outbox[1].transaction, rig.database.outbox[2].transaction);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2), id(3)));
}

TEST(Order, ARowThatIsKnownIsNotLoadedAgain) {
  Rig rig({.batch_max = 1, .concurrency = 1});
  for (std::uint64_t n = 1; n <= 5; ++n) rig.produce(kP0, trip(n, "k"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_EQ(rig.store.loads, 1);
  EXPECT_EQ(rig.counted("k"), 5);
}

TEST(Order, ARowThatAnotherReplicaMovedIsHandledAgainOnTheFreshState) {
  Rig rig({.batch_max = 1});
  rig.produce(kP0, trip(1, "k"));
  rig.assign({kP0});
  rig.settle();
  StoredKey& row = rig.database.keys.at({"counter", "k"});
  Count elsewhere{41, 7};
  row.state = elsewhere.text();
  ++row.version;
  rig.produce(kP0, trip(2, "k"));
  rig.settle();
  EXPECT_EQ(rig.counted("k"), 42);
  EXPECT_EQ(read_counted(rig.database.outbox.back().payload).count, 42);
}

TEST(Order, ARejectSaidOnARowThatHasMovedIsAskedAgain) {
  Rig rig({.batch_max = 1});
  rig.produce(kP0, trip(1, "k"));
  rig.assign({kP0});
  rig.settle();
  rig.function.script = [calls = 0](const Event&) mutable -> std::optional<Script> {
    Script script;
    script.reject = calls++ == 0;  // what it rejected on the old row, it likes on the fresh one
    return script;
  };
  ++rig.database.keys.at({"counter", "k"}).version;
  rig.produce(kP0, trip(2, "k"));
  rig.settle();
  EXPECT_TRUE(rig.dead_letters().empty());
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2)));
}

TEST(Order, AStatelessFunctionAsksForNoRows) {
  Rig rig({.stateful = false});
  rig.produce(kP0, trip(1, "k"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_EQ(rig.store.loads, 0);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
}

TEST(Order, InsideTheTransactionOneRetryLeavesTheOthersTheirEffects) {
  Rig rig({.sql = true, .batch_max = 8, .retry = Retry{.initial_ms = 2'000}}, {}, true);
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP0, trip(2, "b").header("test-script", "retry=2"));
  rig.produce(kP0, trip(3, "b"));
  rig.produce(kP0, trip(4, "c").header("test-script", "reject"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  EXPECT_EQ(rig.dead_letters().size(), 1U);
  EXPECT_EQ(rig.committed(kP0), 4) << "what comes again is parked";
  for (int i = 0; i < 20; ++i) {
    rig.advance(500);
    rig.deliver_all();
  }
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2), id(3)));
  EXPECT_EQ(rig.committed(kP0), 4);
  EXPECT_TRUE(rig.handlers.calls.empty()) << "only the store runs them";
}

}  // namespace
}  // namespace gofuture::test
