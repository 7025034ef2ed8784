// Events that have ended the process before: they run alone and late, and in the end not at all; nobody else pays.
#include "pipeline/strikes.hpp"

#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Retry kTwoRetries{.max_retries = 2, .initial_ms = 100, .multiplier = 2, .max_ms = 1'000, .jitter = 0};

// A pipeline that begins where an earlier one was ended by these events.
struct World {
  explicit World(StrikesByEvent of, const Retry& retry = kTwoRetries)
      : rig({.batch_max = 8, .retry = retry}), strikes(std::move(of), [this](const Uuid& event) { forgotten.push_back(event); }) {
    rig.pipeline = std::make_unique<Pipeline>(*rig.plan, Ports{rig.source, rig.handlers, rig.store, rig.clock, rig.probe, &strikes});
  }
  Rig rig;
  Strikes strikes;
  std::vector<Uuid> forgotten;
};

TEST(StrikesTest, AnEventWithStrikesComesAloneWithItsAttemptsAndNotBeforeItsBackoff) {
  World world({{test_id(1), {.count = 2, .cause = "SIGSEGV"}}});
  Rig& rig = world.rig;
  rig.produce(kP0, trip(1, "poisoned"));
  rig.produce(kP0, trip(2, "poisoned"));
  for (std::uint64_t n = 3; n <= 5; ++n) rig.produce(kP0, trip(n, "other"));
  rig.assign({kP0});
  rig.poll();
  rig.deliver_all();
  EXPECT_THAT(rig.causes(), ElementsAre(id(3), id(4), id(5))) << "other keys go on meanwhile";
  rig.advance(199);
  rig.deliver_all();
  EXPECT_THAT(rig.causes(), SizeIs(3)) << "two strikes: the second pause, of 200 ms";
  rig.handlers.calls.clear();
  rig.advance(1);
  rig.deliver_all();
  EXPECT_THAT(rig.causes(), ElementsAre(id(3), id(4), id(5), id(1), id(2))) << "and its followers behind it";
  ASSERT_THAT(rig.handlers.calls, SizeIs(2)) << "not in one batch with its follower";
  ASSERT_NE(rig.probe.find_done(id(1)), nullptr);
  EXPECT_EQ(rig.probe.find_done(id(1))->attempt, 3U);
  EXPECT_EQ(rig.probe.find_done(id(2))->attempt, 1U);
  EXPECT_THAT(world.forgotten, ElementsAre(test_id(1)));
  EXPECT_TRUE(world.strikes.empty());
}

TEST(StrikesTest, AParkedEventThatIsDeliveredAgainKeepsItsStrikes) {
  World world({{test_id(1), {.count = 1, .cause = "SIGABRT"}}}, {.max_retries = 9, .initial_ms = 5'000, .multiplier = 1, .max_ms = 5'000, .jitter = 0});
  Rig& rig = world.rig;
  auto struck = std::move(rig.pipeline);
  rig.pipeline = std::make_unique<Pipeline>(*rig.plan, Ports{rig.source, rig.handlers, rig.store, rig.clock, rig.probe});
  rig.produce(kP0, trip(1, "k").header("test-script", "retry=1"));
  rig.assign({kP0});
  rig.settle();
  ASSERT_THAT(rig.database.parked, SizeIs(1));
  *rig.database.parked.begin()->second.due_us += 20'000'000;  // the copy from the partition comes first
  rig.courier.waiting.clear();
  rig.pipeline = std::move(struck);           // the next run: its position was not committed, so the event comes from its partition, too
  rig.log.partition(kP0).committed.reset();
  rig.assign({kP0});
  for (int i = 0; i < 16; ++i) {
    rig.advance(500);
    rig.settle();
  }
  ASSERT_THAT(rig.probe.finished, SizeIs(1));
  EXPECT_EQ(rig.probe.finished[0].verdict, Verdict::kRepeat);
  EXPECT_FALSE(world.strikes.empty()) << "a repeat is no end of it";
  for (int i = 0; i < 60; ++i) {
    rig.advance(500);
    rig.settle();
  }
  ASSERT_THAT(rig.causes(), ElementsAre(id(1)));
  EXPECT_EQ(rig.probe.finished.back().attempt, 3U) << "a retry, a strike, and the delivery that ended well";
  EXPECT_TRUE(world.strikes.empty());
}

TEST(StrikesTest, AfterItsAttemptsItIsADeadLetterWithoutBeingHandledAndItsFollowersGoOn) {
  World world({{test_id(1), {.count = 3, .cause = "SIGSEGV"}}});
  Rig& rig = world.rig;
  for (std::uint64_t n = 1; n <= 3; ++n) rig.produce(kP0, trip(n, "poisoned"));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), ElementsAre(id(2), id(3)));
  ASSERT_THAT(rig.dead_letters(), SizeIs(1));
  const DeadLetter dead = rig.dead_letters()[0];
  EXPECT_EQ(dead.failure, "crash");
  EXPECT_EQ(dead.attempts, 3) << "one delivery and two retries";
  EXPECT_THAT(dead.message, HasSubstr("has ended the process 3 times, the last time by SIGSEGV; after 3 attempts"));
  EXPECT_EQ(rig.committed(kP0), 3);
  EXPECT_THAT(world.forgotten, ElementsAre(test_id(1)));
}

TEST(StrikesTest, AHangIsAFailureOfClassTransientAndMemoryOneOfClassCrash) {
  for (const auto& [cause, failure, words] :
       {std::tuple(kHang, "transient", "did not return within its timeout"), std::tuple(kMemory, "crash", "more memory")}) {
    World world({{test_id(1), {.count = 3, .cause = std::string(cause)}}});
    world.rig.produce(kP0, trip(1, "k"));
    world.rig.assign({kP0});
    world.rig.settle();
    ASSERT_THAT(world.rig.dead_letters(), SizeIs(1));
    EXPECT_EQ(world.rig.dead_letters()[0].failure, failure);
    EXPECT_THAT(world.rig.dead_letters()[0].message, HasSubstr(words));
  }
}

TEST(StrikesTest, WithoutALimitItIsTriedForEver) {
  Retry unlimited = kTwoRetries;
  unlimited.max_retries = std::nullopt;
  World world({{test_id(1), {.count = 1'000, .cause = "hang"}}}, unlimited);
  world.rig.produce(kP0, trip(1, "k"));
  world.rig.assign({kP0});
  world.rig.settle();
  world.rig.advance(1'000);
  world.rig.deliver_all();
  EXPECT_THAT(world.rig.causes(), ElementsAre(id(1)));
  EXPECT_EQ(world.rig.probe.find_done(id(1))->attempt, 1'001U);
}

TEST(StrikesTest, WhatAParkedEventHadCountsToo) {
  const Strikes strikes({{test_id(1), {.count = 1, .cause = "SIGABRT"}}});
  Event event;
  event.event_id = test_id(1);
  event.attempt = 2;
  strikes.apply(event, kTwoRetries, 1'000);
  EXPECT_EQ(event.attempt, 3U);
  EXPECT_EQ(event.strikes, 1U);
  EXPECT_EQ(event.due_ms, 1'200);
  EXPECT_FALSE(event.decided);

  Event last;
  last.event_id = test_id(1);
  last.attempt = 3;
  strikes.apply(last, kTwoRetries, 1'000);
  EXPECT_TRUE(last.decided);
  EXPECT_EQ(last.attempt, 3U);
}

TEST(StrikesTest, AnEventThatWasOnlyInHandRunsAloneAtOnceAndItsAttemptIsTheFirst) {
  World world(StrikesByEvent{{test_id(2), {}}});
  Rig& rig = world.rig;
  for (std::uint64_t n = 1; n <= 3; ++n) rig.produce(kP0, trip(n, "key " + std::to_string(n)));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.causes(), SizeIs(3));
  EXPECT_THAT(rig.handlers.calls, SizeIs(3)) << "the first, the suspect, the third";
  EXPECT_EQ(rig.probe.find_done(id(2))->attempt, 1U);
  EXPECT_THAT(world.forgotten, IsEmpty()) << "nothing was counted";
}

TEST(StrikesTest, AnEventThatIsDeadOnArrivalStaysWhatItIs) {
  World world({{test_id(1), {.count = 9, .cause = "SIGSEGV"}}});
  world.rig.produce(kP0, trip(1, "k").data(R"({"key":"k","n":"seven"})"));
  world.rig.assign({kP0});
  world.rig.settle();
  ASSERT_THAT(world.rig.dead_letters(), SizeIs(1));
  EXPECT_EQ(world.rig.dead_letters()[0].failure, "corrupted");
}

}  // namespace
}  // namespace gofuture::test
