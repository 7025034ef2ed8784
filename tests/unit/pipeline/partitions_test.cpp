// Partitions, positions and back-pressure: what is committed where, and what is given back when.
#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(Partitions, ThePositionIsContiguousHoweverEventsEnd) {
  Rig rig({.batch_max = 1, .concurrency = 3}, {.commits_in_flight = 3});
  for (std::uint64_t n = 1; n <= 3; ++n) rig.produce(kP0, trip(n, "k" + std::to_string(n)));
  rig.assign({kP0});
  rig.poll();
  for (int n = 1; n <= 3; ++n) {
    const std::string batch = "batch " + std::to_string(n);
    ASSERT_TRUE(rig.deliver("load " + batch));
    ASSERT_TRUE(rig.deliver("answer of load " + batch));
    ASSERT_TRUE(rig.deliver("handle " + batch));
  }
  for (const char* batch : {"batch 3", "batch 2"}) {
    ASSERT_TRUE(rig.deliver(std::string("commit ") + batch));
    ASSERT_TRUE(rig.deliver(std::string("answer of commit ") + batch));
    rig.advance(1'000);
    EXPECT_EQ(rig.committed(kP0), std::nullopt) << "event 1 is unfinished";
  }
  ASSERT_TRUE(rig.deliver("commit batch 1"));
  ASSERT_TRUE(rig.deliver("answer of commit batch 1"));
  rig.advance(1'000);
  EXPECT_EQ(rig.committed(kP0), 3);
}

TEST(Partitions, HolesInTheOffsetsDoNotHoldThePosition) {
  Rig rig;
  rig.produce(kP0, trip(1, "k"), 5);
  rig.produce(kP0, trip(2, "k"), 3);
  rig.assign({kP0});
  rig.settle();
  EXPECT_EQ(rig.committed(kP0), 10);
}

TEST(Partitions, RecordsThatTheSourceDeliversAgainAreIgnored) {
  Rig rig;
  for (std::uint64_t n = 1; n <= 3; ++n) rig.produce(kP0, trip(n, "k"));
  rig.assign({kP0});
  rig.poll();
  rig.source.seek(kP0, 1);  // a known defect of librdkafka 2.0.2: a stale fetch position
  rig.poll();
  rig.settle();
  EXPECT_EQ(rig.probe.finished.size(), 3U);
  EXPECT_EQ(rig.committed(kP0), 3);
}

TEST(Partitions, PositionsAreCommittedNowAndThenAndNotForEveryBatch) {
  Rig rig({.batch_max = 1});
  rig.assign({kP0});
  for (std::uint64_t n = 1; n <= 20; ++n) {
    rig.produce(kP0, trip(n, "k"));
    rig.poll();
    rig.deliver_all();
    rig.advance(5);
  }
  EXPECT_LE(rig.source.commits.size(), 2U);
  rig.advance(1'000);
  EXPECT_EQ(rig.committed(kP0), 20);
}

TEST(Partitions, ThePositionThatWaitsToBeCommittedWakesTheLoop) {
  Rig rig({}, {.parks = false});
  rig.produce(kP0, trip(1, "k"));
  rig.assign({kP0});
  rig.settle();
  rig.produce(kP0, trip(2, "k"));
  rig.poll();
  rig.deliver_all();
  for (int i = 0; i < 5 && rig.committed(kP0) != 2; ++i) {
    const auto next = rig.pipeline->next_wakeup_ms();
    ASSERT_TRUE(next);
    rig.advance(std::max<std::int64_t>(1, *next - rig.clock.steady_ms()));
  }
  EXPECT_EQ(rig.committed(kP0), 2);
  EXPECT_EQ(rig.pipeline->next_wakeup_ms(), std::nullopt) << "nothing is left to wait for";
}

TEST(Partitions, ARevokedPartitionIsDrainedAndThenGivenBackWithItsPosition) {
  Rig rig({.batch_max = 1, .concurrency = 1});
  for (std::uint64_t n = 1; n <= 3; ++n) rig.produce(kP0, trip(n, "k" + std::to_string(n)));
  rig.assign({kP0});
  rig.poll();
  rig.revoke({kP0});
  EXPECT_THAT(rig.source.released, IsEmpty()) << "event 1 is in flight";
  rig.deliver_all();
  ASSERT_THAT(rig.source.released, ElementsAre(ElementsAre(kP0)));
  EXPECT_THAT(rig.source.released_positions[0], ElementsAre(Position{kP0, 1}));
  EXPECT_THAT(rig.causes(), ElementsAre(id(1))) << "what had not been dispatched was left for the next owner";
  EXPECT_EQ(rig.pipeline->gauges().bytes, 0U);
  EXPECT_EQ(rig.pipeline->gauges().partitions, 0U);
}

TEST(Partitions, AnIdlePartitionIsGivenBackAtOnce) {
  Rig rig;
  rig.assign({kP0, kP1});
  rig.revoke({kP0});
  EXPECT_THAT(rig.source.released, ElementsAre(ElementsAre(kP0)));
  EXPECT_EQ(rig.pipeline->gauges().partitions, 1U);
}

TEST(Partitions, TheDrainIsBounded) {
  Rig rig({.batch_max = 1});
  rig.produce(kP0, trip(1, "k"));
  rig.assign({kP0});
  rig.poll();
  rig.revoke({kP0});
  ASSERT_TRUE(rig.pipeline->next_wakeup_ms());
  rig.advance(*rig.pipeline->next_wakeup_ms() - rig.clock.steady_ms());
  ASSERT_THAT(rig.source.released, ElementsAre(ElementsAre(kP0)));
  EXPECT_THAT(rig.source.released_positions[0], IsEmpty()) << "nothing has ended";
  rig.deliver_all();  // its answers come after all
  EXPECT_TRUE(rig.pipeline->idle());
  EXPECT_EQ(rig.pipeline->gauges().bytes, 0U);
  EXPECT_THAT(rig.source.commits, IsEmpty());
}

TEST(Partitions, OtherPartitionsGoOnWhileOneIsDrained) {
  Rig rig({.batch_max = 1, .concurrency = 2});
  rig.produce(kP0, trip(1, "a"));
  rig.assign({kP0, kP1});
  rig.poll();
  rig.revoke({kP0});
  rig.produce(kP1, trip(2, "b"));
  rig.poll();
  EXPECT_EQ(rig.courier.count("load batch 2"), 1U);
}

TEST(Partitions, ALostPartitionIsNeverCommitted) {
  Rig rig({.batch_max = 1});
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP0, trip(2, "b"));
  rig.assign({kP0});
  rig.poll();
  rig.lose({kP0});
  rig.deliver_all();
  rig.advance(60'000);
  rig.deliver_all();
  EXPECT_THAT(rig.source.commands, IsEmpty());
  EXPECT_TRUE(rig.pipeline->idle());
  EXPECT_EQ(rig.pipeline->gauges().bytes, 0U);
  EXPECT_EQ(rig.pipeline->gauges().waiting, 0U);
}

TEST(Partitions, APartitionThatIsLostWhileItDrainsIsNotReleased) {
  Rig rig({.batch_max = 1});
  rig.produce(kP0, trip(1, "a"));
  rig.assign({kP0});
  rig.poll();
  rig.revoke({kP0});
  rig.lose({kP0});
  rig.deliver_all();
  rig.advance(60'000);
  EXPECT_THAT(rig.source.commands, IsEmpty());
}

TEST(Partitions, AnswersOfAnEarlierAssignmentMoveNoPosition) {
  Rig rig({.batch_max = 1});
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP0, trip(2, "b"));
  rig.assign({kP0});
  rig.poll();
  rig.lose({kP0});
  rig.assign({kP0});        // back again, from the beginning
  rig.deliver_all();        // what was under way ends now
  rig.advance(1'000);
  EXPECT_EQ(rig.committed(kP0), std::nullopt);
  rig.settle();             // read again: one is a repeat, or both are new
  EXPECT_EQ(rig.committed(kP0), 2);
  EXPECT_EQ(rig.counted("a"), 1);
  EXPECT_EQ(rig.counted("b"), 1);
  EXPECT_EQ(rig.causes().size(), 2U);
}

// What joining the group again looks like while an event hangs.
TEST(Partitions, APartitionThatComesBackBeforeItsOldEventHasEndedHandlesItOnce) {
  Rig rig({.batch_max = 1, .concurrency = 1});
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP0, trip(2, "a"));
  rig.assign({kP0});
  rig.poll();
  ASSERT_TRUE(rig.deliver("load batch 1"));
  ASSERT_TRUE(rig.deliver("answer of load batch 1"));  // now it hangs in its handler
  rig.revoke({kP0});
  rig.advance(*rig.pipeline->next_wakeup_ms() - rig.clock.steady_ms());
  ASSERT_THAT(rig.source.released, ElementsAre(ElementsAre(kP0)));
  rig.assign({kP0});
  rig.poll();
  EXPECT_EQ(rig.courier.count("load batch 2"), 0U) << "the key of the event that hangs waits for it";
  rig.settle();  // it returns after all
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2)));
  EXPECT_EQ(rig.counted("a"), 2);
  EXPECT_EQ(rig.committed(kP0), 2);
  EXPECT_THAT(rig.source.released, ElementsAre(ElementsAre(kP0))) << "given back once";
  EXPECT_TRUE(rig.pipeline->idle());
  EXPECT_EQ(rig.pipeline->gauges().bytes, 0U);
}

TEST(Partitions, AtTheByteBoundPartitionsArePausedAndPollingGoesOn) {
  Rig rig({.batch_max = 1, .concurrency = 1, .bytes_max = 2'000});
  for (std::uint64_t n = 1; n <= 40; ++n) rig.produce(kP0, trip(n, "k"));
  rig.assign({kP0, kP1});
  while (rig.poll(1) > 0) {
  }
  EXPECT_THAT(rig.source.commands, ElementsAre("pause 0/0", "pause 0/1"));
  EXPECT_TRUE(rig.pipeline->wants_records()) << "who does not poll leaves the group";
  EXPECT_LE(rig.pipeline->gauges().bytes, 2'000U + 400U);
  EXPECT_EQ(rig.pipeline->gauges().paused, 2U);

  rig.deliver_all();
  EXPECT_THAT(rig.source.commands, Contains("resume 0/0"));
  EXPECT_THAT(rig.source.commands, Contains("resume 0/1"));
  for (int round = 0; round < 200 && rig.committed(kP0) != 40; ++round) {
    rig.poll(1);
    rig.deliver_all();
    rig.advance(200);
  }
  EXPECT_EQ(rig.counted("k"), 40);
  EXPECT_EQ(rig.committed(kP0), 40);
}

TEST(Partitions, APartitionAssignedToAFullPipelineIsPausedAtOnce) {
  Rig rig({.batch_max = 1, .concurrency = 1, .bytes_max = 1'000});
  for (std::uint64_t n = 1; n <= 9; ++n) rig.produce(kP0, trip(n, "k"));
  rig.assign({kP0});
  while (rig.poll(1) > 0) {
  }
  rig.assign({kP1});
  EXPECT_THAT(rig.source.commands, ElementsAre("pause 0/0", "pause 0/1"));
}

TEST(Partitions, ALongQueuePausesTooAlthoughItIsSmall) {
  Rig rig({.batch_max = 2, .concurrency = 1});
  for (std::uint64_t n = 1; n <= 100; ++n) rig.produce(kP0, trip(n, "k"));
  rig.assign({kP0});
  rig.poll();
  EXPECT_FALSE(rig.pipeline->wants_records()) << "for a moment it is enough not to poll";
  EXPECT_THAT(rig.source.commands, IsEmpty());
  const auto next = rig.pipeline->next_wakeup_ms();
  ASSERT_TRUE(next);
  rig.advance(*next - rig.clock.steady_ms());
  EXPECT_THAT(rig.source.commands, ElementsAre("pause 0/0"));
  EXPECT_TRUE(rig.pipeline->wants_records());
  rig.settle();
  EXPECT_EQ(rig.counted("k"), 100);
}

}  // namespace
}  // namespace gofuture::test
