// Strikes in the database: counted once for each end of a process, gone with the outcome of their event.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/postgres_world.hpp"
#include "postgres/strikes.hpp"

namespace gofuture::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StrikeTest : public ::testing::Test {
 protected:
  StrikeTest() {
    database().wipe();
    function = database().function("counter");
    other = database().function("other");
  }

  static void record(std::uint64_t run, std::uint64_t event, const std::string& cause, const std::string& function = "counter") {
    const auto recorded = record_strikes(database().conninfo(), test_id(run), {{{function, test_id(event), cause, 0, 3, 41}, "trips.in"}});
    ASSERT_TRUE(recorded) << recorded.error().message();
  }
  StrikesByEvent loaded() const {
    auto strikes = load_strikes(database().conninfo(), function, 16);
    EXPECT_TRUE(strikes) << strikes.error().message();
    return std::move(*strikes);
  }
  std::int32_t function = 0, other = 0;
};

TEST_F(StrikeTest, EachRunCountsOnceHoweverOftenItIsTold) {
  record(100, 1, "SIGSEGV");
  record(100, 1, "SIGSEGV");
  record(101, 1, "hang");
  record(101, 2, "SIGABRT");
  record(101, 2, "SIGABRT", "other");
  const auto strikes = loaded();
  ASSERT_THAT(strikes, SizeIs(2));
  EXPECT_EQ(strikes.at(test_id(1)).count, 2U);
  EXPECT_EQ(strikes.at(test_id(1)).cause, "hang");
  EXPECT_EQ(strikes.at(test_id(2)).count, 1U);
  EXPECT_EQ(database().ask("SELECT topic || '/' || partition || '@' || \"offset\" FROM gofuture.strikes WHERE count = 2"), "trips.in/3@41");
}

TEST_F(StrikeTest, AFunctionThatNobodyKnowsHasNone) {
  record(100, 1, "SIGSEGV", "gone");
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.strikes"), 0);
}

TEST_F(StrikeTest, TheCommitOfTheOutcomeTakesThemWithIt) {
  record(100, 1, "SIGSEGV");
  record(100, 2, "SIGSEGV");
  record(100, 1, "SIGSEGV", "other");
  const auto replica = World().replica();
  auto batch = replica->batch(trip(1, "k").at(kTrips, 0, 0), trip(3, "k").at(kTrips, 0, 1));
  batch->events[0]->strikes = 1;
  batch->events[0]->attempt = 2;
  const auto answer = replica->commit(replica->handle(std::move(batch)));
  EXPECT_EQ(answer.status, CommitStatus::kCommitted) << answer.message;
  EXPECT_EQ(database().number("SELECT attempts FROM gofuture.inbox WHERE event_id = '" + test_id(1).text() + "'"), 2);
  ASSERT_THAT(loaded(), SizeIs(1));
  EXPECT_TRUE(loaded().contains(test_id(2)));
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.strikes WHERE function_id = " + std::to_string(other)), 1);
}

TEST_F(StrikeTest, WhatIsOlderThanTheInboxIsForgotten) {
  record(100, 1, "SIGSEGV");
  database().run("UPDATE gofuture.strikes SET at = now() - interval '17 days'");
  EXPECT_THAT(loaded(), IsEmpty());
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.strikes"), 0);
}

TEST_F(StrikeTest, WithoutADatabaseNothingIsCountedAndTheReasonIsTold) {
  const auto recorded = record_strikes("host=/nowhere", test_id(100), {{{"counter", test_id(1), "SIGSEGV"}, ""}});
  ASSERT_FALSE(recorded);
  EXPECT_THAT(recorded.error().message(), HasSubstr("Postgres cannot be reached"));
  EXPECT_TRUE(record_strikes("host=/nowhere", test_id(100), {})) << "nothing to count, nobody to ask";
}

}  // namespace
}  // namespace gofuture::test
