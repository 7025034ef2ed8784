#include "plugin/fence.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace gofuture {
namespace {

using ::testing::ElementsAre;

// Events as (slot, time).
Batch batch_of(std::size_t slots, const std::vector<std::pair<std::uint32_t, std::int64_t>>& events) {
  Batch batch;
  batch.slots.resize(slots);
  for (const auto& [slot, time] : events) {
    auto event = std::make_unique<Event>();
    event->slot = slot;
    event->newest_us = time;
    batch.events.push_back(std::move(event));
  }
  return batch;
}

constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();

std::vector<std::uint32_t> fence(Batch& batch, bool coalesce, std::int64_t trusted_until_us = kAnyTime) {
  std::vector<std::uint32_t> coalesced;
  apply_newest_fence(batch, coalesce, trusted_until_us, coalesced);
  return coalesced;
}

std::vector<bool> decided(const Batch& batch) {
  std::vector<bool> all;
  for (const EventPtr& event : batch.events) all.push_back(event->decided);
  return all;
}

TEST(FenceTest, OnlyWhatIsStrictlyNewerThanTheRowIsLeft) {
  Batch batch = batch_of(2, {{0, 9}, {0, 10}, {0, 11}, {1, -5}});
  batch.slots[0].row.newest_us = 10;
  fence(batch, false);
  EXPECT_THAT(decided(batch), ElementsAre(true, true, false, false));
  EXPECT_EQ(batch.events[1]->outcome, Outcome::kSkip);
  EXPECT_EQ(batch.events[1]->verdict, Verdict::kOutdated);
  EXPECT_EQ(batch.slots[0].newest_us, 10);  // the row's: nothing has been seen yet
  EXPECT_FALSE(batch.slots[0].dirty);
}

TEST(FenceTest, WithoutCoalescingOlderEventsOfTheBatchWaitForTheirTurn) {
  Batch batch = batch_of(1, {{0, 20}, {0, 10}});
  fence(batch, false);
  EXPECT_THAT(decided(batch), ElementsAre(false, false));
  mark_seen(batch.slots[0], *batch.events[0]);
  EXPECT_TRUE(is_outdated(batch.slots[0], *batch.events[1]));
}

TEST(FenceTest, CoalescingLeavesTheNewestOfEachKeyAndOfEqualsTheFirst) {
  Batch batch = batch_of(2, {{0, 5}, {1, 7}, {0, 9}, {0, 9}, {0, 8}});
  EXPECT_THAT(fence(batch, true), ElementsAre(0, 3, 4));
  EXPECT_THAT(decided(batch), ElementsAre(false, false, false, false, false));  // a rerun may need them
  EXPECT_EQ(batch.events[0]->outcome, Outcome::kSkip);
  EXPECT_EQ(batch.events[0]->verdict, Verdict::kNew);
  EXPECT_EQ(batch.events[2]->outcome, Outcome::kPending);
}

TEST(FenceTest, AWrongClockReplacesNothing) {
  Batch batch = batch_of(1, {{0, 5}, {0, 9'000}, {0, 7}});
  EXPECT_THAT(fence(batch, true, 100), ElementsAre(0));
  EXPECT_EQ(batch.events[1]->outcome, Outcome::kPending);  // the store will judge it
  EXPECT_EQ(batch.events[2]->outcome, Outcome::kPending);
}

TEST(FenceTest, CoalescingDoesNotBringBackWhatWasDecidedBefore) {
  Batch batch = batch_of(1, {{0, 50}, {0, 40}});
  batch.events[0]->decided = true;
  batch.events[0]->outcome = Outcome::kReject;
  fence(batch, true);
  EXPECT_EQ(batch.events[0]->outcome, Outcome::kReject);
  EXPECT_FALSE(batch.events[1]->decided);
}

TEST(FenceTest, SeeingMovesForwardOnly) {
  Batch batch = batch_of(1, {{0, 20}, {0, 10}});
  mark_seen(batch.slots[0], *batch.events[0]);
  EXPECT_TRUE(batch.slots[0].dirty);
  batch.slots[0].dirty = false;
  mark_seen(batch.slots[0], *batch.events[1]);
  EXPECT_EQ(batch.slots[0].newest_us, 20);
  EXPECT_FALSE(batch.slots[0].dirty);
}

}  // namespace
}  // namespace gofuture
