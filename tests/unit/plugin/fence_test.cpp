#include "plugin/fence.hpp"

#include <gmock/gmock.h>

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

std::vector<bool> decided(const Batch& batch) {
  std::vector<bool> all;
  for (const EventPtr& event : batch.events) all.push_back(event->decided);
  return all;
}

TEST(FenceTest, OnlyWhatIsStrictlyNewerThanTheRowIsLeft) {
  Batch batch = batch_of(2, {{0, 9}, {0, 10}, {0, 11}, {1, -5}});
  batch.slots[0].row.newest_us = 10;
  apply_newest_fence(batch, false);
  EXPECT_THAT(decided(batch), ElementsAre(true, true, false, false));
  EXPECT_EQ(batch.events[1]->outcome, Outcome::kSkip);
  EXPECT_EQ(batch.events[1]->verdict, Verdict::kOutdated);
  EXPECT_EQ(batch.slots[0].newest_us, 10);  // the row's: nothing has been seen yet
  EXPECT_FALSE(batch.slots[0].dirty);
}

TEST(FenceTest, WithoutCoalescingOlderEventsOfTheBatchWaitForTheirTurn) {
  Batch batch = batch_of(1, {{0, 20}, {0, 10}});
  apply_newest_fence(batch, false);
  EXPECT_THAT(decided(batch), ElementsAre(false, false));
  mark_seen(batch.slots[0], *batch.events[0]);
  EXPECT_TRUE(is_outdated(batch.slots[0], *batch.events[1]));
}

TEST(FenceTest, CoalescingLeavesTheNewestOfEachKeyAndOfEqualsTheFirst) {
  Batch batch = batch_of(2, {{0, 5}, {1, 7}, {0, 9}, {0, 9}, {0, 8}});
  apply_newest_fence(batch, true);
  EXPECT_THAT(decided(batch), ElementsAre(true, false, false, true, true));
}

TEST(FenceTest, CoalescingDoesNotBringBackWhatWasDecidedBefore) {
  Batch batch = batch_of(1, {{0, 50}, {0, 40}});
  batch.events[0]->decided = true;
  batch.events[0]->outcome = Outcome::kReject;
  apply_newest_fence(batch, true);
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
