// Who is over a limit, and who is to blame.
#include "plugin/overrun.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "plugin/host_wait.hpp"
#include "plugin/memory.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kMiB = 1 << 20;
constexpr OverrunWatch::Limits kLimits{.timeout_ms = 1'000, .memory = 64 * kMiB};

class OverrunTest : public ::testing::Test {
 protected:
  void take(int event) {
    slot.events = 1;
    slot.in_flight.begin(Uuid::v5(kPositionSpace, std::to_string(event)), 0, 0, event, 0);
  }
  OverrunWatch::Found look(std::int64_t elapsed_ms, std::int64_t memory = 0) {
    const auto found = watch.look(slot, kLimits, {elapsed_ms, memory, memory_, waits.number});
    memory_ = memory;
    return found;
  }
  StrikeSlot slot;
  HostWaits waits;
  OverrunWatch watch;

 private:
  std::int64_t memory_ = 0;
};

TEST_F(OverrunTest, AnEventIsSlowOnceBehindHalfItsTimeoutAndHangsBehindAllOfIt) {
  take(1);
  EXPECT_FALSE(look(400).slow) << "it came after the last look";
  EXPECT_FALSE(look(500).slow);
  EXPECT_TRUE(look(100).slow);
  EXPECT_FALSE(look(100).slow) << "once";
  EXPECT_FALSE(look(300).mark) << "exactly its timeout";
  EXPECT_EQ(look(1).mark, kMarkHang);
}

TEST_F(OverrunTest, TimeBeginsAnewWithEachEvent) {
  for (int event = 0; event < 10; ++event) {
    take(event);
    EXPECT_FALSE(look(900).slow);
  }
  slot.in_flight.end();
  slot.events = 0;
  EXPECT_FALSE(look(900).mark);
  EXPECT_FALSE(look(900).mark) << "a thread without a batch cannot hang";
}

TEST_F(OverrunTest, ABatchThatHangsBetweenItsEventsHangsToo) {
  slot.events = 2;
  look(100);
  look(900);
  EXPECT_EQ(look(900).mark, kMarkHang);
}

TEST_F(OverrunTest, AProcessThatWasFrozenBlamesNobody) {
  take(1);
  look(100);
  EXPECT_FALSE(look(3'600'000).mark) << "an hour in which nobody looked is worth a second";
}

TEST_F(OverrunTest, WhatTheHostWaitsForIsNotTheHandlersTimeAndIsToldOnce) {
  take(1);
  EXPECT_FALSE(look(100).waits);
  {
    const HostWait waiting(waits);
    look(400);  // it began after the last look: counted
    EXPECT_FALSE(look(500).waits);
    EXPECT_TRUE(look(100).waits);
    for (int i = 0; i < 100; ++i) {
      const auto found = look(100);
      EXPECT_FALSE(found.waits) << "once";
      EXPECT_FALSE(found.mark);
    }
  }
  EXPECT_FALSE(look(600).mark) << "exactly its timeout";
  EXPECT_EQ(look(1).mark, kMarkHang) << "and from there on its own";
}

TEST_F(OverrunTest, ManyShortWaitsAreTheHandlersOwnTime) {
  take(1);
  look(100);
  for (int i = 0; i < 10; ++i) {
    const HostWait waiting(waits);
    EXPECT_FALSE(look(100).mark);
  }
  const HostWait waiting(waits);
  EXPECT_EQ(look(100).mark, kMarkHang);
}

TEST_F(OverrunTest, MemoryCountsFromBeforeTheEventCame) {
  look(100, 500 * kMiB);
  take(1);
  EXPECT_FALSE(look(100, 564 * kMiB).mark);
  EXPECT_EQ(look(100, 565 * kMiB).mark, kMarkMemory);
  take(2);
  EXPECT_FALSE(look(100, 565 * kMiB).mark) << "the next event has taken none of it";
  take(3);
  EXPECT_EQ(look(100, 900 * kMiB).mark, kMarkMemory) << "also within its first look";
}

TEST(Blame, EveryHangIsMarkedButOfThoseThatSeemToGrowOnlyTheOneThatTouchedMostPages) {
  StrikeSlot hangs, waits, eats, nibbles;
  blame({{.slot = &waits, .mark = kMarkMemory, .faults = 12},
         {.slot = &hangs, .mark = kMarkHang},
         {.slot = &eats, .mark = kMarkMemory, .faults = 90'000},
         {.slot = &nibbles, .mark = kMarkMemory, .faults = 900}});
  EXPECT_EQ(hangs.mark, kMarkHang);
  EXPECT_EQ(waits.mark, 0U);
  EXPECT_EQ(eats.mark, kMarkMemory);
  EXPECT_EQ(nibbles.mark, 0U);
}

TEST(Memory, AThreadThatTouchesPagesIsSeen) {
  std::atomic<std::int32_t> number = 0;
  std::atomic<int> step = 0;
  std::uint64_t before = 0;
  std::thread eater([&] {
    before = page_faults_here();
    number = this_thread_number();
    std::vector<char> eaten(32 * kMiB, 'x');
    step = 1;
    while (step != 2) std::this_thread::yield();
  });
  const auto at_first = page_faults_here();
  while (step != 1) std::this_thread::yield();
  EXPECT_GT(page_faults_of(number), before + 15) << "pages of 4 KiB, or of 2 MiB";
  EXPECT_GT(memory_in_use(), 32 * kMiB);
  EXPECT_LT(page_faults_here() - at_first, page_faults_of(number) - before) << "and is told from others";
  step = 2;
  eater.join();
  EXPECT_EQ(page_faults_of(number), 0U);
}

}  // namespace
}  // namespace gofuture
