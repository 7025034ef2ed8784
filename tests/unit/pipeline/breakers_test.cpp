// Breakers: the rule by itself, and what it does to a function's dispatch.
#include "pipeline/breakers.hpp"

#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Level = Probe::Level;

constexpr const char* kGateway = "http://gateway:80";

TEST(Breakers, OpensAfterFiveTimesLaterInARowAndClosesAtAnAnswer) {
  Breakers breakers;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(breakers.later(kGateway, "down", 1'000 + i).change, Breakers::Change::kNone);
  EXPECT_FALSE(breakers.open());
  EXPECT_EQ(breakers.later(kGateway, "down", 1'010).change, Breakers::Change::kOpened);
  EXPECT_TRUE(breakers.open());
  EXPECT_THAT(breakers.states(3'010), ElementsAre(BreakerState{kGateway, "down", 2'000}));
  EXPECT_EQ(breakers.answered(kGateway, 3'000), Breakers::Change::kClosed);
  EXPECT_FALSE(breakers.open());
  EXPECT_THAT(breakers.states(4'000), IsEmpty());
}

TEST(Breakers, AnAnswerInBetweenBeginsTheCountAnew) {
  Breakers breakers;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 4; ++i) breakers.later(kGateway, "down", 1'000);
    breakers.answered(kGateway, 1'000);
  }
  EXPECT_FALSE(breakers.open());
}

TEST(Breakers, LaterWhileOthersSucceedCounts) {
  Breakers breakers;
  EXPECT_FALSE(breakers.later(kGateway, "down", 1'000).counts) << "nobody has succeeded yet";
  breakers.answered(kGateway, 2'000);
  EXPECT_TRUE(breakers.later(kGateway, "down", 3'000).counts);
  EXPECT_FALSE(breakers.later(kGateway, "down", 60'000).counts) << "that is long ago";
}

TEST(Breakers, ProbesComeOneAtATimeAndEverMoreSeldom) {
  Breakers breakers;
  for (int i = 0; i < 5; ++i) breakers.later(kGateway, "down", 0);
  std::vector<std::int64_t> pauses;
  std::int64_t now = 0;
  for (int i = 0; i < 8; ++i) {
    const auto next = breakers.next_probe_ms();
    ASSERT_TRUE(next);
    EXPECT_FALSE(breakers.probe_due(*next - 1));
    pauses.push_back(*next - now);
    now = *next;
    ASSERT_TRUE(breakers.probe_due(now));
    breakers.probe_sent();
    EXPECT_FALSE(breakers.probe_due(now)) << "one at a time";
    EXPECT_FALSE(breakers.later(kGateway, "still down", now).counts) << "a probe costs no attempt";
  }
  EXPECT_THAT(pauses, ElementsAre(1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000, 30'000));
}

TEST(Breakers, WhatWasOnItsWayWhenItOpenedIsNoProbe) {
  Breakers breakers;
  for (int i = 0; i < 5; ++i) breakers.later(kGateway, "down", 0);
  for (int i = 0; i < 20; ++i) breakers.later(kGateway, "down", 10);
  EXPECT_EQ(breakers.next_probe_ms(), 1'000);
}

TEST(Breakers, TwoDependenciesAreTwoBreakers) {
  Breakers breakers;
  for (int i = 0; i < 5; ++i) breakers.later(kGateway, "down", 0);
  EXPECT_EQ(breakers.answered("http://other:80", 10), Breakers::Change::kNone);
  EXPECT_TRUE(breakers.open());
  EXPECT_EQ(breakers.pause_ms(kGateway, 400), 600);
  EXPECT_EQ(breakers.pause_ms("http://other:80", 400), 0);
}

// --- in the pipeline ----------------------------------------------------------------------------------------------------------

TEST(Breakers, AnOpenOnePausesDispatchWithoutCostingAttemptsAndProbesRotateOverKeys) {
  Rig rig({.batch_max = 1, .concurrency = 1});
  rig.function.dependency_down = true;
  for (std::uint64_t n = 1; n <= 40; ++n) rig.produce(kP0, trip(n, "k" + std::to_string(n)).header("test-script", "later"));
  rig.assign({kP0});
  for (int i = 0; i < 40; ++i) {
    rig.advance(500);
    rig.settle();
  }
  EXPECT_THAT(rig.probe.breakers, ElementsAre(std::pair(std::string(Breakers::kOwnWord), true)));
  EXPECT_GE(rig.probe.said(Level::kError, "is open: 5 events in a row say that it is down (the dependency is down)"), 1U);
  std::uint32_t deliveries = 0;
  for (const auto& [event, count] : rig.function.deliveries) deliveries += count;
  EXPECT_LT(deliveries, 20U) << "only probes";
  EXPECT_GT(rig.function.deliveries.size(), 6U) << "of other keys each time";
  EXPECT_THAT(rig.causes(), IsEmpty());

  rig.function.dependency_down = false;
  for (int i = 0; i < 200; ++i) {
    rig.advance(500);
    rig.settle();
  }
  EXPECT_THAT(rig.causes(), SizeIs(40));
  EXPECT_THAT(rig.dead_letters(), IsEmpty());
  EXPECT_EQ(rig.probe.breakers.back(), std::pair(std::string(Breakers::kOwnWord), false));
  for (const auto& done : rig.probe.finished) EXPECT_EQ(done.attempt, 1U);
}

TEST(Breakers, AnEventThatAlwaysSaysLaterWhileOthersSucceedIsADeadLetterInTheEnd) {
  Rig rig({.batch_max = 1});
  rig.function.dependency_down = true;
  rig.produce(kP0, trip(1, "bad").header("test-script", "later"));
  rig.assign({kP0});
  for (std::uint64_t n = 2; n <= 200; ++n) {
    rig.produce(kP0, trip(n, "good"));
    rig.function.script = [](const Event& event) -> std::optional<Script> {
      if (event.envelope.id != id(1)) return Script{};
      return std::nullopt;
    };
    rig.advance(500);
    rig.settle();
    // Whoever succeeds has asked the same dependency.
  }
  ASSERT_THAT(rig.dead_letters(), SizeIs(1));
  EXPECT_EQ(rig.dead_letters()[0].event_id, test_id(1));
  EXPECT_THAT(rig.causes(), SizeIs(199));
}

}  // namespace
}  // namespace gofuture::test
