// Claims that an instance gives back: what it held when it died is due at once, and nothing else is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/postgres_rows.hpp"
#include "integration/postgres_world.hpp"
#include "postgres/claims.hpp"

namespace gofuture::test {
namespace {

using ::testing::HasSubstr;

class ClaimTest : public ::testing::Test {
 protected:
  ClaimTest() { database().wipe(); }

  static RecordBuilder failing(std::uint64_t number, const std::string& key) { return trip(number, key).header("test-script", "retry=100"); }
  static void make_due() { database().run("UPDATE gofuture.parked SET due_at = now() WHERE due_at IS NOT NULL"); }
  static GivenBack give_back(const std::string& instance) {
    const auto given = give_back_claims(database().conninfo(), instance);
    EXPECT_TRUE(given) << given.error().message();
    return given ? *given : GivenBack{};
  }
  static std::int64_t waits_s() { return database().number("SELECT extract(epoch FROM min(due_at) - now())::int FROM gofuture.parked"); }

  const World left = World(0, "left"), right = World(0, "right");
};

TEST_F(ClaimTest, AnInstanceGivesBackItsOwnParkedEventsAndNobodyElses) {
  const auto one = left.replica(), two = right.replica();
  one->settle(one->batch(failing(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1), failing(3, "other").at(kTrips, 0, 2)));
  make_due();
  auto first = one->claim();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->events.size(), 3U);
  EXPECT_EQ(give_back("right").parked, 0);
  EXPECT_EQ(two->claim(), nullptr) << "they are claimed";
  EXPECT_EQ(give_back("left").parked, 2) << "one of each key is claimed, and what follows it with it";
  auto second = two->claim();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->events.size(), 3U);
  EXPECT_EQ(give_back("left").parked, 0) << "they are another's now";
  EXPECT_EQ(two->settle(std::move(second)).status, CommitStatus::kCommitted);
  EXPECT_EQ(one->settle(std::move(first)).event(1).verdict, Verdict::kTaken) << "an instance that was not dead writes nothing";
}

TEST_F(ClaimTest, WhatWaitsForItsNextAttemptKeepsItsTime) {
  const auto one = left.replica();
  one->settle(one->batch(failing(1, "k").at(kTrips, 0, 0)));
  EXPECT_EQ(give_back("left").parked, 0);
  make_due();
  one->settle(one->claim());
  EXPECT_EQ(database().number("SELECT attempts FROM gofuture.parked"), 2);
  EXPECT_EQ(give_back("left").parked, 0);
  EXPECT_GT(waits_s(), 30);
}

TEST_F(ClaimTest, TimersAreGivenBackToo) {
  const auto one = left.replica(timers::kWith), two = right.replica(timers::kWith);
  one->settle(one->batch(trip(1, "k").header("test-script", "timer=60000").at(kTrips, 0, 0)));
  EXPECT_EQ(give_back("left").timers, 0);
  database().run("UPDATE gofuture.timers SET due_at = now() - interval '1 s'");
  const ClaimRequest passed = timers::caught_up(clock_of(database()));
  ASSERT_NE(one->claim(passed), nullptr);
  EXPECT_EQ(two->claim(passed), nullptr);
  EXPECT_EQ(give_back("right").timers, 0);
  EXPECT_EQ(give_back("left").timers, 1);
  EXPECT_NE(two->claim(passed), nullptr);
}

// A session that a dead process has left holds its rows until Postgres has noticed; a start does not wait for it.
TEST_F(ClaimTest, ARowThatIsLockedIsLeftToItsLease) {
  const auto one = left.replica();
  one->settle(one->batch(failing(1, "k").at(kTrips, 0, 0), failing(2, "other").at(kTrips, 0, 1)));
  make_due();
  ASSERT_NE(one->claim(), nullptr);
  auto locking = PgConnection::open(database().conninfo(), "gofuture test");
  ASSERT_TRUE(locking);
  ASSERT_TRUE(locking->run("BEGIN").ok());
  ASSERT_TRUE(locking->run("SELECT FROM gofuture.parked WHERE state_key = 'k' FOR UPDATE").ok());
  EXPECT_EQ(give_back("left").parked, 1);
}

TEST_F(ClaimTest, WithoutADatabaseTheReasonIsTold) {
  const auto given = give_back_claims("host=/nowhere", "left");
  ASSERT_FALSE(given);
  EXPECT_THAT(given.error().message(), HasSubstr("Postgres cannot be reached"));
}

}  // namespace
}  // namespace gofuture::test
