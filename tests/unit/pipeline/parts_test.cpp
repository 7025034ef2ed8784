// The small parts by themselves: positions, the cache of rows, the wait before a retry.
#include <gtest/gtest.h>

#include "pipeline/backoff.hpp"
#include "pipeline/positions.hpp"
#include "pipeline/state_cache.hpp"

namespace gofuture {
namespace {

TEST(PartitionPositions, AnIdleOneStandsWhereReadingStarted) {
  PartitionPositions positions(42);
  EXPECT_EQ(positions.position(), 42);
  EXPECT_FALSE(positions.advanced());
}

TEST(PartitionPositions, TheFirstUnfinishedEventHoldsAllBehindIt) {
  PartitionPositions positions(0);
  for (const std::int64_t offset : {3, 4, 9}) positions.begin(offset);
  positions.finish(9);
  positions.finish(4);
  EXPECT_EQ(positions.position(), 3);
  EXPECT_TRUE(positions.advanced()) << "the hole before 3 holds nothing";
  positions.finish(3);
  EXPECT_EQ(positions.position(), 10);
  positions.committed(10);
  EXPECT_FALSE(positions.advanced());
}

TEST(StateCache, WhatWasUsedLongestAgoGoesFirst) {
  StateCache cache(3 * 1'300);
  const auto row = [](char fill) { return KeyRow{.version = 1, .epoch = 1, .newest_us = 0, .parked = false, .state = std::string(1'000, fill)}; };
  cache.put("a", row('a'));
  cache.put("b", row('b'));
  cache.put("c", row('c'));
  ASSERT_NE(cache.find("a"), nullptr);
  cache.put("d", row('d'));
  EXPECT_EQ(cache.find("b"), nullptr);
  ASSERT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find("a")->state, std::string(1'000, 'a'));
  EXPECT_LE(cache.bytes(), 3U * 1'300U);
}

TEST(StateCache, ForgottenAndReplacedRowsGiveTheirBytesBack) {
  StateCache cache(1 << 20);
  cache.put("a", KeyRow{});
  const std::size_t small = cache.bytes();
  cache.put("a", KeyRow{.version = 2, .epoch = 0, .newest_us = 0, .parked = false, .state = std::string(5'000, 'x')});
  EXPECT_GE(cache.bytes(), small + 5'000);
  cache.put("a", KeyRow{});
  EXPECT_EQ(cache.bytes(), small);
  cache.forget("a");
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_EQ(cache.find("a"), nullptr);
}

TEST(Backoff, GrowsToItsBoundAndSpreads) {
  Retry policy;
  policy.initial_ms = 200;
  policy.max_ms = 5'000;
  policy.jitter = 0.2;
  for (std::uint64_t random : {0U, 5'000U, 9'999U}) {
    EXPECT_NEAR(static_cast<double>(backoff_ms(policy, 1, random)), 200, 41);
    EXPECT_NEAR(static_cast<double>(backoff_ms(policy, 2, random)), 400, 81);
    EXPECT_LE(backoff_ms(policy, 1'000'000, random), 6'000) << "a long time later, too";
  }
  EXPECT_NE(backoff_ms(policy, 1, 0), backoff_ms(policy, 1, 9'999));
}

}  // namespace
}  // namespace gofuture
