// Timers: when they come, and what they wait for.
#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kOf1 = "timer of 019aa8dc-4800-7000-8000-000000000001";

void run_for(Rig& rig, int seconds) {
  for (int i = 0; i < seconds * 2; ++i) {
    rig.advance(300);
    rig.settle();
  }
}

TEST(Timers, ATimerComesWhenItIsDueAndIsHandledOnce) {
  Rig rig({.timers = true});
  rig.database.partitions_in_all = 1;
  rig.produce(kP0, trip(1, "k").header("test-script", "timer=10000"));
  rig.assign({kP0});
  rig.settle();
  run_for(rig, 5);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  run_for(rig, 10);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), kOf1));
  EXPECT_THAT(rig.database.timers, IsEmpty());
  EXPECT_EQ(rig.counted("k"), 2);
  EXPECT_EQ(rig.pipeline->gauges().bytes, 0U);
  EXPECT_TRUE(rig.pipeline->idle());
}

TEST(Timers, AfterAnOutageAnAnswerThatWasQueuedWinsAgainstTheDeadline) {
  Rig rig({.timers = true});
  rig.database.partitions_in_all = 1;
  rig.produce(kP0, trip(1, "k").header("test-script", "timer=5000"));
  rig.assign({kP0});
  rig.settle();
  rig.database.sent_until_us = rig.database.now_us;  // the relay stops: whatever is answered now waits in the outbox
  run_for(rig, 600);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1))) << "ten minutes long nothing is concluded";
  rig.produce(kP0, trip(2, "k").header("test-script", "cancel"));  // the relay goes on: first what was queued …
  rig.database.sent_until_us.reset();                              // … then it is known that all of it has been sent
  run_for(rig, 20);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2)));
  EXPECT_THAT(rig.database.timers, IsEmpty());
}

TEST(Timers, ATimerWaitsForAPartitionThatIsBehind) {
  Rig rig({.timers = true, .batch_max = 1});
  rig.database.partitions_in_all = 2;
  rig.produce(kP0, trip(1, "k").header("test-script", "timer=2000"));
  rig.assign({kP0, kP1});
  rig.settle();
  rig.produce(kP1, trip(2, "k").header("test-script", "cancel"));
  rig.source.pause({kP1});  // it is not read now
  run_for(rig, 30);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  rig.source.resume({kP1});
  run_for(rig, 10);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2)));
}

TEST(Timers, TheEndOfALogThatIsAMarkerIsPassedToo) {
  Rig rig({.timers = true});
  rig.database.partitions_in_all = 1;
  rig.produce(kP0, trip(1, "k").header("test-script", "timer=1000"));
  rig.assign({kP0});
  rig.settle();
  rig.log.partition(kP0).end += 1;  // a transaction's marker: no record, but an offset
  run_for(rig, 10);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1)));
  rig.pipeline->on_end(kP0, rig.log.partition(kP0).end);  // the consumer says that there is nothing behind it
  run_for(rig, 5);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), kOf1));
}

TEST(Timers, APartitionThatWasGivenAwayMeanwhileIsNotAnsweredFor) {
  Rig rig({.timers = true});
  rig.database.partitions_in_all = 2;
  rig.produce(kP0, trip(1, "k").header("test-script", "timer=1000"));
  rig.assign({kP0, kP1});
  rig.settle();
  rig.revoke({kP1});
  rig.settle();
  const auto told = rig.database.caught_up[{"counter", kP1}];
  run_for(rig, 30);
  EXPECT_EQ((rig.database.caught_up[{"counter", kP1}]), told);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1))) << "nobody answers for the other partition";
}

TEST(Timers, AFunctionWithoutTimersAsksForNoEnds) {
  Rig rig;
  rig.assign({kP0});
  run_for(rig, 10);
  EXPECT_THAT(rig.database.caught_up, IsEmpty());
}

}  // namespace
}  // namespace gofuture::test
