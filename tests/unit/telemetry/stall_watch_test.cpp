#include "telemetry/stall_watch.hpp"

#include <gtest/gtest.h>

namespace gofuture {
namespace {

using Step = StallWatch::Step;

constexpr std::int64_t kStallMs = 60'000;

// Partitions assigned, events behind, nothing done since second 1.
FunctionTelemetry::Seen behind() {
  FunctionTelemetry::Seen seen;
  seen.partitions = 2;
  seen.lag = 5;
  seen.progress_ms = 1'000;
  return seen;
}

TEST(StallWatchTest, OnlyAssignedLaggingAndStillIsStalled) {
  auto seen = behind();
  EXPECT_EQ(StallWatch().look(seen, 61'001, kStallMs), Step::kRejoin);
  EXPECT_EQ(StallWatch().look(seen, 61'000, kStallMs), Step::kNone) << "progress is recent enough";
  seen.lag = 0;
  EXPECT_EQ(StallWatch().look(seen, 62'000, kStallMs), Step::kNone) << "nothing to do";
  seen.in_flight = 1;
  EXPECT_EQ(StallWatch().look(seen, 62'000, kStallMs), Step::kRejoin) << "an event hangs in a handler";
  seen.in_flight = 0;
  seen.waiting = 1;
  EXPECT_EQ(StallWatch().look(seen, 62'000, kStallMs), Step::kRejoin) << "an event waits and is not taken";
  seen.partitions = 0;
  EXPECT_EQ(StallWatch().look(seen, 62'000, kStallMs), Step::kNone) << "another replica has the partitions";
}

TEST(StallWatchTest, AStallIsToldOnceThenUnreadyOnceAndJoinsNoSecondTime) {
  StallWatch watch;
  const auto seen = behind();
  EXPECT_EQ(watch.look(seen, 62'000, kStallMs), Step::kRejoin);
  EXPECT_EQ(watch.since_ms(), 1'000);
  for (std::int64_t now = 63'000; now <= 122'000; now += 1'000) ASSERT_EQ(watch.look(seen, now, kStallMs), Step::kNone) << now;
  EXPECT_EQ(watch.look(seen, 122'001, kStallMs), Step::kUnready);
  for (std::int64_t now = 123'000; now <= 400'000; now += 1'000) ASSERT_EQ(watch.look(seen, now, kStallMs), Step::kNone) << now;
}

TEST(StallWatchTest, NewPartitionsGiveItAnotherTimeButDoNotEndTheStall) {
  StallWatch watch;
  auto seen = behind();
  EXPECT_EQ(watch.look(seen, 62'000, kStallMs), Step::kRejoin);
  seen.progress_ms = 70'000;  // they were assigned anew
  EXPECT_EQ(watch.look(seen, 125'000, kStallMs), Step::kNone);
  EXPECT_EQ(watch.look(seen, 130'001, kStallMs), Step::kUnready) << "and it joins no second time";
}

TEST(StallWatchTest, AnEventThatCameToItsEndEndsTheStall) {
  StallWatch watch;
  auto seen = behind();
  EXPECT_EQ(watch.look(seen, 62'000, kStallMs), Step::kRejoin);
  seen.ended = 1;
  seen.progress_ms = 63'000;
  EXPECT_EQ(watch.look(seen, 64'000, kStallMs), Step::kOver);
  EXPECT_EQ(watch.look(seen, 65'000, kStallMs), Step::kNone);
  EXPECT_EQ(watch.look(seen, 124'000, kStallMs), Step::kRejoin) << "the next one is a stall of its own";
}

TEST(StallWatchTest, WhereNothingIsLeftToDoTheStallIsOver) {
  StallWatch watch;
  auto seen = behind();
  EXPECT_EQ(watch.look(seen, 62'000, kStallMs), Step::kRejoin);
  seen.lag = 0;
  EXPECT_EQ(watch.look(seen, 63'000, kStallMs), Step::kNone) << "what it gave back may only be on its way to another replica";
  EXPECT_EQ(watch.look(seen, 123'000, kStallMs), Step::kOver);
  EXPECT_EQ(watch.look(seen, 200'000, kStallMs), Step::kNone);
}

}  // namespace
}  // namespace gofuture
