// What waits with the store: who is parked behind whom, when it comes back, what becomes of it in the end.
#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Level = Probe::Level;

constexpr Retry kSlow{.initial_ms = 2'000};  // longer than Rig::settle() lets pass

void run_for(Rig& rig, int seconds) {
  for (int i = 0; i < seconds * 2; ++i) {
    rig.advance(500);
    rig.settle();
  }
}

std::vector<std::string> parked(const Rig& rig) {
  std::vector<std::string> ids;
  for (const auto& [place, row] : rig.database.parked) ids.push_back(row.event_id.text());
  return ids;
}

TEST(Parking, ARetryIsParkedWithItsKeysFollowersAndHoldsNeitherPositionNorOtherKeys) {
  Rig rig({.batch_max = 8});
  rig.produce(kP0, trip(1, "bad").header("test-script", "retry=3"));
  rig.produce(kP0, trip(2, "bad"));
  rig.produce(kP0, trip(3, "good"));
  rig.produce(kP0, trip(4, "bad"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(3)));
  EXPECT_EQ(rig.committed(kP0), 4) << "a parked event is done for its partition";
  EXPECT_THAT(parked(rig), ElementsAre(id(1), id(2), id(4)));
  EXPECT_EQ(rig.pipeline->gauges().bytes, 0U) << "what is parked is not kept in memory";
  EXPECT_GE(rig.probe.said(Level::kWarn, "attempt 1 ended with retry: the test wants this delivery to be tried again"), 1U);

  run_for(rig, 10);
  EXPECT_THAT(rig.causes(), ElementsAre(id(3), id(1), id(2), id(4))) << "in the order of the key";
  EXPECT_EQ(rig.function.deliveries[id(1)], 4U);
  EXPECT_EQ(rig.function.deliveries[id(2)], 1U) << "a follower is not handled before its turn";
  EXPECT_THAT(parked(rig), IsEmpty());
  EXPECT_EQ(rig.probe.find_done(id(1))->attempt, 4U);
}

TEST(Parking, AnEventThatComesWhileItsKeyIsParkedGoesBehindWithoutBeingHandled) {
  Rig rig({.batch_max = 8, .retry = kSlow});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=1"));
  rig.assign({kP0});
  rig.settle();
  const auto calls = rig.handlers.calls.size();
  rig.produce(kP0, trip(2, "k"));
  rig.settle();
  EXPECT_EQ(rig.handlers.calls.size(), calls);
  EXPECT_THAT(parked(rig), ElementsAre(id(1), id(2)));
  run_for(rig, 5);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2)));
  EXPECT_EQ(rig.committed(kP0), 2);
}

TEST(Parking, AfterOneDeliveryAndFiveRetriesItIsADeadLetterAndItsFollowersGoOnInOrder) {
  Rig rig({.batch_max = 8});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=100"));
  rig.produce(kP0, trip(2, "k"));
  rig.produce(kP0, trip(3, "k"));
  rig.assign({kP0});
  rig.settle();
  run_for(rig, 60);
  EXPECT_EQ(rig.function.deliveries[id(1)], 6U);
  const auto dead = rig.dead_letters();
  ASSERT_THAT(dead, SizeIs(1));
  EXPECT_EQ(dead[0].failure, "transient");
  EXPECT_EQ(dead[0].attempts, 6);
  EXPECT_THAT(dead[0].message, HasSubstr("attempt 6 of 6 failed"));
  EXPECT_THAT(rig.causes(), ElementsAre(id(2), id(3)));
  EXPECT_EQ(rig.counted("k"), 2);
}

TEST(Parking, AnUnlimitedRetryNeverGivesUp) {
  Rig rig({.retry = Retry{.max_retries = std::nullopt, .max_ms = 1'000}});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=40"));
  rig.assign({kP0});
  rig.settle();
  run_for(rig, 120);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  EXPECT_THAT(rig.dead_letters(), IsEmpty());
}

TEST(Parking, ACrashCostsNoAttemptAndTheNextOwnerGoesOnWhereItStood) {
  Rig rig({.retry = kSlow});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=2"));
  rig.assign({kP0});
  rig.settle();
  run_for(rig, 1);
  rig.advance(10'000);
  ASSERT_TRUE(rig.deliver("claim"));   // it has the event now, and dies with it
  const auto due_before = rig.database.parked.begin()->second.due_us;
  rig.courier.waiting.clear();
  rig.pipeline = std::make_unique<Pipeline>(*rig.plan, Ports{rig.source, rig.handlers, rig.store, rig.clock, rig.probe});
  rig.settle();
  EXPECT_THAT(rig.causes(), IsEmpty()) << "until its lease is over nobody else is given it";
  ASSERT_TRUE(due_before);
  run_for(rig, 60);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  EXPECT_EQ(rig.function.deliveries[id(1)], 3U);
}

TEST(Parking, AnEventThatSomebodyElseHasBroughtOnIsDroppedHere) {
  Rig rig({.retry = kSlow});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=1"));
  rig.assign({kP0});
  rig.settle();
  rig.advance(3'000);
  ASSERT_TRUE(rig.deliver("claim"));
  // Another replica whose claim came earlier ends it now.
  auto& row = rig.database.parked.begin()->second;
  row.attempts = 2;
  rig.deliver_all();
  EXPECT_THAT(rig.causes(), IsEmpty());
  EXPECT_TRUE(rig.pipeline->idle());
  row.due_us = rig.database.now_us;
  run_for(rig, 5);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1))) << "and is given out again when it is due";
}

TEST(Parking, AStatelessKeyHasARowOnlyWhileItIsParked) {
  Rig rig({.stateful = false, .retry = kSlow});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=1"));
  rig.produce(kP0, trip(2, "k"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_TRUE(rig.database.keys.contains({"counter", "k"}));
  run_for(rig, 5);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2)));
  EXPECT_FALSE(rig.database.keys.contains({"counter", "k"}));
}

TEST(Parking, OfAKeyFencedByItsNewestOneEventIsParkedAndAYoungerOneSupersedesIt) {
  Rig rig({.fence = Fence{"/observed_at", false}});
  rig.produce(kP0, sighting(1, "d", kTestEpochMs - 9'000).header("test-script", "retry=100"));
  rig.produce(kP0, sighting(2, "d", kTestEpochMs - 8'000).header("test-script", "retry=1"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(parked(rig), ElementsAre(id(2)));
  rig.produce(kP0, sighting(3, "d", kTestEpochMs - 7'000));
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(3))) << "a younger one waits for nobody";
  run_for(rig, 10);
  EXPECT_THAT(rig.causes(), ElementsAre(id(3)));
  EXPECT_THAT(parked(rig), IsEmpty()) << "what is outdated has nothing left to do";
}

TEST(Parking, HoldKeepsWhatStandsBehindADeadLetterUntilItIsReleased) {
  Rig rig({.retry = Retry{.max_retries = 0, .on_dead = OnDead::kHold}});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=100"));
  rig.produce(kP0, trip(2, "k"));
  rig.produce(kP0, trip(3, "other").header("test-script", "reject"));
  rig.produce(kP0, trip(4, "other"));
  rig.assign({kP0});
  rig.settle();
  run_for(rig, 30);
  EXPECT_THAT(rig.dead_letters(), SizeIs(2));
  EXPECT_THAT(rig.causes(), IsEmpty());
  EXPECT_EQ(rig.committed(kP0), 4);
  // What gofuture.release_key() does.
  const auto held = rig.database.parked.begin();
  ASSERT_TRUE(held->second.held);
  rig.database.parked.erase(held);
  --rig.database.keys.at({"counter", "k"}).parked;
  rig.database.parked.begin()->second.due_us = rig.database.now_us;
  for (auto& [place, row] : rig.database.parked)
    if (row.event_id == test_id(2)) row.due_us = rig.database.now_us;
  run_for(rig, 5);
  EXPECT_THAT(rig.causes(), ElementsAre(id(2)));
}

TEST(Parking, AboveItsByteBoundPartitionsPauseAndGoOnWhenItHasDrained) {
  Rig rig({.retry = Retry{.max_retries = std::nullopt, .initial_ms = 20'000, .max_ms = 20'000, .parked_bytes = 2'000}});
  for (std::uint64_t n = 1; n <= 12; ++n) rig.produce(kP0, trip(n, "k" + std::to_string(n)).header("test-script", "retry=1"));
  rig.assign({kP0});
  rig.settle();
  run_for(rig, 3);
  rig.produce(kP0, trip(20, "free"));
  run_for(rig, 1);
  EXPECT_GE(rig.probe.said(Level::kError, "parked_bytes"), 1U) << "loudly";
  EXPECT_EQ(rig.pipeline->gauges().paused, 1U);
  EXPECT_THAT(rig.causes(), IsEmpty());
  run_for(rig, 30);
  EXPECT_THAT(rig.causes(), SizeIs(13));
  EXPECT_EQ(rig.pipeline->gauges().paused, 0U);
}

TEST(Parking, InsideTheTransactionAFailedEventIsParkedAndItsNeighboursCommit) {
  Rig rig({.batch_max = 8}, {}, true);
  rig.produce(kP0, trip(1, "k"));
  rig.produce(kP0, trip(2, "k").header("test-script", "retry=2"));
  rig.produce(kP0, trip(3, "k"));
  rig.produce(kP0, trip(4, "other"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(parked(rig), ElementsAre(id(2), id(3)));
  run_for(rig, 10);
  EXPECT_EQ(rig.counted("k"), 3);
  EXPECT_EQ(rig.counted("other"), 1);
  const auto causes = rig.causes();
  EXPECT_LT(std::find(causes.begin(), causes.end(), id(2)), std::find(causes.begin(), causes.end(), id(3)));
}

}  // namespace
}  // namespace gofuture::test
