// What goes wrong with one event, with the database, with the deployment: who pays for it, and who does not.
#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Level = Probe::Level;

TEST(Failure, HalvingFindsTheOffenderAndEverythingElseCommits) {
  for (std::uint64_t offender = 1; offender <= 7; ++offender) {
    Rig rig({.batch_max = 8});
    rig.store.refuses = [offender](const Event& event) {
      return event.envelope.id == id(offender) ? std::optional<std::string>("value out of range") : std::nullopt;
    };
    for (std::uint64_t n = 1; n <= 7; ++n) rig.produce(kP0, trip(n, n % 2 == 0 ? "even" : "odd"));
    rig.assign({kP0});
    rig.settle();
    EXPECT_EQ(rig.causes().size(), 6U);
    const auto dead = rig.dead_letters();
    ASSERT_EQ(dead.size(), 1U) << "offender " << offender;
    EXPECT_EQ(dead[0].event_id, test_id(offender));
    EXPECT_THAT(dead[0].message, HasSubstr("value out of range"));
    EXPECT_EQ(rig.committed(kP0), 7);
    EXPECT_EQ(rig.counted("even") + rig.counted("odd"), 6);
    EXPECT_GE(rig.probe.said(Level::kError, "value out of range"), 1U);
  }
}

TEST(Failure, TwoOffendersInOneBatchAreBothFound) {
  Rig rig({.batch_max = 8});
  rig.store.refuses = [](const Event& event) {
    return event.envelope.id == id(2) || event.envelope.id == id(3) ? std::optional<std::string>("no") : std::nullopt;
  };
  for (std::uint64_t n = 1; n <= 6; ++n) rig.produce(kP0, trip(n, "k"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(4), id(5), id(6)));
  EXPECT_EQ(rig.dead_letters().size(), 2U);
}

TEST(Failure, AFunctionThatCallsOutIsGivenFreshRowsNotRememberedOnes) {
  // Another replica may have written the key since. The commit would notice, but a request that was made on the old row is out.
  for (const bool http : {true, false}) {
    Rig rig({.http = http});
    rig.produce(kP0, trip(1, "k"));
    rig.assign({kP0});
    rig.settle();
    ASSERT_EQ(rig.counted("k"), 1);

    auto& row = rig.database.keys.at({rig.plan->manifest().name, "k"});
    row.state = Count{41}.text();
    ++row.version;
    rig.produce(kP0, trip(2, "k"));
    rig.settle();
    EXPECT_EQ(rig.counted("k"), 42);
    EXPECT_THAT(rig.handlers.calls, SizeIs(http ? 2 : 3)) << "a call on the remembered row would be one too many";
  }
}

TEST(Failure, AFunctionThatCallsOutIsNotGivenAnEventWhoseOutcomeStands) {
  // A commit takes back effects, but not a request that has gone out: after a crash the same event must not reach the handler.
  for (const bool stateful : {true, false}) {
    Rig rig({.http = true, .stateful = stateful});
    rig.produce(kP0, trip(1, "k"));
    rig.assign({kP0});
    rig.settle();
    ASSERT_EQ(rig.handlers.calls.size(), 1U);

    rig.lose({kP0});
    rig.log.partition(kP0).committed.reset();  // the crash came before the position was committed
    rig.produce(kP0, trip(2, "k"));
    rig.assign({kP0});
    rig.settle();
    ASSERT_EQ(rig.handlers.calls.size(), 2U) << "only the new event is handled";
    EXPECT_THAT(rig.handlers.calls[1], ElementsAre(id(2)));
    EXPECT_EQ(rig.committed(kP0), 2);
  }
}

TEST(Failure, WhereNothingCanBeParkedARetryHoldsItsKeyAndThePositionWhileOtherKeysFlow) {
  Rig rig({.batch_max = 8}, {.parks = false});
  rig.produce(kP0, trip(1, "bad").header("test-script", "retry=3"));
  rig.produce(kP0, trip(2, "bad"));
  rig.produce(kP0, trip(3, "good"));
  rig.produce(kP0, trip(4, "good"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(3), id(4)));
  EXPECT_EQ(rig.committed(kP0).value_or(0), 0) << "the position waits at the event that is retried";
  EXPECT_EQ(rig.pipeline->gauges().held, 2U);
  EXPECT_GE(rig.probe.said(Level::kWarn, "attempt 1 ended with retry: the test wants this delivery to be tried again"), 1U) << "loudly";

  const auto next = rig.pipeline->next_wakeup_ms();
  ASSERT_TRUE(next) << "time alone must bring it back";
  for (int i = 0; i < 20; ++i) {
    rig.advance(1'000);
    rig.deliver_all();
  }
  EXPECT_THAT(rig.causes(), ElementsAre(id(3), id(4), id(1), id(2)));
  EXPECT_EQ(rig.probe.find_done(id(1))->attempt, 4U);
  EXPECT_EQ(rig.committed(kP0), 4);
  EXPECT_EQ(rig.pipeline->gauges().held, 0U);
}

TEST(Failure, WhereNothingCanBeParkedARetryThatHasUsedUpItsAttemptsIsADeadLetterAndItsFollowersGoOn) {
  Rig rig({.batch_max = 8}, {.parks = false});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=100"));
  rig.produce(kP0, trip(2, "k"));
  rig.assign({kP0});
  rig.settle();
  for (int i = 0; i < 60; ++i) {
    rig.advance(5'000);
    rig.deliver_all();
  }
  EXPECT_EQ(rig.function.deliveries[id(1)], 6U) << "1 delivery and 5 retries";
  ASSERT_EQ(rig.dead_letters().size(), 1U);
  EXPECT_EQ(rig.dead_letters()[0].failure, "transient");
  EXPECT_EQ(rig.dead_letters()[0].attempts, 6);
  EXPECT_THAT(rig.dead_letters()[0].message, HasSubstr("attempt 6 of 6 failed: the test wants this delivery to be tried again"));
  EXPECT_THAT(rig.causes(), ElementsAre(id(2)));
  EXPECT_EQ(rig.committed(kP0), 2);
}

TEST(Failure, WhereNothingCanBeParkedEventsBehindARetryInItsBatchGoBackInOrder) {
  Rig rig({.batch_max = 8}, {.parks = false});
  rig.produce(kP0, trip(1, "k"));
  rig.produce(kP0, trip(2, "k").header("test-script", "retry=1"));
  rig.produce(kP0, trip(3, "k"));
  rig.assign({kP0});
  rig.settle();
  rig.produce(kP0, trip(4, "k"));
  for (int i = 0; i < 10; ++i) {
    rig.poll();
    rig.advance(1'000);
    rig.deliver_all();
  }
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2), id(3), id(4)));
}

TEST(Failure, LaterDoesNotCountAsAnAttempt) {
  Rig rig;
  rig.function.dependency_down = true;
  rig.produce(kP0, trip(1, "k").header("test-script", "later"));
  rig.assign({kP0});
  rig.settle();
  for (int i = 0; i < 5; ++i) {
    rig.advance(10'000);
    rig.deliver_all();
  }
  EXPECT_GT(rig.function.deliveries[id(1)], 3U);
  EXPECT_TRUE(rig.causes().empty());
  rig.function.dependency_down = false;
  rig.advance(100'000);
  rig.deliver_all();
  ASSERT_NE(rig.probe.find_done(id(1)), nullptr);
  EXPECT_EQ(rig.probe.find_done(id(1))->attempt, 1U);
}

TEST(Failure, ALostConnectionIsTriedAgainWithTheSameBatchAndHandledOnce) {
  Rig rig;
  int failures = 0;
  rig.store.fault_of_commit = [&failures](const Batch&) {
    return failures++ < 4 ? (failures % 2 == 0 ? FakeStore::Fault::kAfter : FakeStore::Fault::kBefore) : FakeStore::Fault::kNone;
  };
  rig.produce(kP0, trip(1, "k"));
  rig.assign({kP0});
  rig.settle();
  for (int i = 0; i < 10; ++i) {
    rig.advance(5'000);
    rig.deliver_all();
  }
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  EXPECT_EQ(rig.counted("k"), 1);
  EXPECT_EQ(rig.function.deliveries[id(1)], 1U);
  EXPECT_EQ(rig.committed(kP0), 1);
  EXPECT_GE(rig.probe.said(Level::kWarn, "connection lost"), 1U);
}

TEST(Failure, WhileTheDatabaseIsAwayTheWaitGrows) {
  Rig rig({}, {.parks = false});
  rig.store.fault_of_load = [](const Batch&) { return true; };
  rig.produce(kP0, trip(1, "k"));
  rig.assign({kP0});
  rig.poll();
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 12; ++i) {
    rig.deliver_all();
    const auto next = rig.pipeline->next_wakeup_ms();
    ASSERT_TRUE(next);
    waits.push_back(*next - rig.clock.steady_ms());
    rig.advance(waits.back());
  }
  EXPECT_TRUE(std::is_sorted(waits.begin(), waits.end()));
  EXPECT_GT(waits.back(), 10 * waits.front());
  EXPECT_LE(waits.back(), 10'000) << "and it does not grow for ever";
}

TEST(Failure, AFencedFunctionStopsAndLeavesTheEventUndone) {
  Rig rig({.batch_max = 1});
  rig.database.floors["counter"] = 2;
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP0, trip(2, "b"));
  rig.assign({kP0});
  rig.settle();
  ASSERT_TRUE(rig.pipeline->halted());
  EXPECT_THAT(*rig.pipeline->halted(), HasSubstr("newer deployment"));
  EXPECT_TRUE(rig.causes().empty());
  EXPECT_EQ(rig.committed(kP0), std::nullopt);
  EXPECT_TRUE(rig.probe.finished.empty());
  EXPECT_TRUE(rig.pipeline->idle());
  const auto handled = rig.handlers.calls.size();
  rig.produce(kP0, trip(3, "c"));
  rig.settle();
  EXPECT_EQ(rig.handlers.calls.size(), handled) << "nothing is dispatched any more";
}

TEST(Failure, WhatARefusedNeighbourOutdatedIsAskedAgain) {
  Rig rig({.fence = Fence{"/observed_at", false}, .batch_max = 8});
  rig.function.knows_newest = false;  // only the store compares, also within the batch
  rig.store.refuses = [](const Event& event) {
    return event.envelope.id == id(1) ? std::optional<std::string>("no") : std::nullopt;
  };
  rig.produce(kP0, sighting(1, "d", kTestEpochMs - 1'000));
  rig.produce(kP0, sighting(2, "d", kTestEpochMs - 2'000));
  rig.assign({kP0});
  rig.settle();
  EXPECT_EQ(rig.dead_letters().size(), 1U);
  EXPECT_THAT(rig.causes(), ElementsAre(id(2))) << "the newer one never applied";
}

TEST(Failure, StopLetsWhatIsInFlightEndAndStartsNothing) {
  Rig rig({.batch_max = 1, .concurrency = 1});
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP0, trip(2, "b"));
  rig.assign({kP0});
  rig.poll();
  rig.pipeline->stop();
  EXPECT_FALSE(rig.pipeline->idle());
  rig.deliver_all();
  EXPECT_TRUE(rig.pipeline->idle());
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
}

}  // namespace
}  // namespace gofuture::test
