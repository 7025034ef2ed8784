// The smaller ports on Postgres: start offsets, look-ups, the calendar of the partitions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "integration/postgres_database.hpp"
#include "postgres/days.hpp"
#include "postgres/lookup.hpp"
#include "postgres/maintenance.hpp"
#include "postgres/start_ledger.hpp"

namespace gofuture::test {
namespace {

using testing::HasSubstr;

// --- start offsets

TEST(StartOffsets, WhatIsRecordedIsFoundAgainByItsOwnFunction) {
  database().wipe();
  PostgresStartLedger ledger(database().conninfo(), 1), other(database().conninfo(), 2);
  EXPECT_TRUE(ledger.recorded()->empty());
  ASSERT_TRUE(ledger.record({{{"booking.events", 0}, {10, false}}, {{"booking.events", 127}, {0, false}}}));
  ASSERT_TRUE(ledger.record({}));
  const auto found = ledger.recorded();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at({"booking.events", 0}).offset, 10);
  EXPECT_FALSE(found->at({"booking.events", 0}).started);
  EXPECT_TRUE(other.recorded()->empty());
}

TEST(StartOffsets, TheFirstOffsetStandsAndStartedNeverGoesBack) {
  database().wipe();
  PostgresStartLedger ledger(database().conninfo(), 1);
  ASSERT_TRUE(ledger.record({{{"t", 0}, {10, false}}}));
  ASSERT_TRUE(ledger.record({{{"t", 0}, {99, true}}}));
  ASSERT_TRUE(ledger.record({{{"t", 0}, {5, false}}}));
  const auto found = ledger.recorded();
  EXPECT_EQ(found->at({"t", 0}).offset, 10);
  EXPECT_TRUE(found->at({"t", 0}).started);
}

// --- look-ups

class Lookups : public testing::Test {
 protected:
  void SetUp() override {
    database().run("DROP SCHEMA IF EXISTS \"Ride\" CASCADE; CREATE SCHEMA \"Ride\"; CREATE TABLE \"Ride\".\"the regions\" (\"Id\" int PRIMARY KEY, factor numeric, name text);"
                   "INSERT INTO \"Ride\".\"the regions\" VALUES (1, 1.5, 'so \"quoted\"')");
  }
  static LookupTable table(std::int64_t stale_ms) { return {"region", "Ride.the regions", "Id", stale_ms}; }
  void set(const std::string& factor) { database().run("UPDATE \"Ride\".\"the regions\" SET factor = " + factor); }
};

TEST_F(Lookups, ARowIsAJsonObjectAndNoRowIsNothing) {
  PostgresLookup lookup(database().conninfo(), {table(0)});
  const auto row = lookup.get("region", "1");
  ASSERT_TRUE(row) << row.error().message();
  EXPECT_EQ(*row, R"({"Id":1,"factor":1.5,"name":"so \"quoted\""})");
  EXPECT_EQ(*lookup.get("region", "2"), std::nullopt);
}

TEST_F(Lookups, AnAnswerIsNoOlderThanItsTableAllows) {
  PostgresLookup fresh(database().conninfo(), {table(-1)}), patient(database().conninfo(), {table(3'600'000)});
  EXPECT_TRUE(fresh.get("region", "1") && patient.get("region", "1"));
  set("2");
  EXPECT_THAT(**fresh.get("region", "1"), HasSubstr("\"factor\":2"));
  EXPECT_THAT(**patient.get("region", "1"), HasSubstr("\"factor\":1.5"));
}

TEST_F(Lookups, WhatIsAskedWronglyIsSaid) {
  PostgresLookup lookup(database().conninfo(), {table(0), {"gone", "Ride.no_table", "id", 0}});
  EXPECT_THAT(lookup.get("unheard", "1").error().message(), HasSubstr("\"unheard\""));
  EXPECT_THAT(lookup.get("gone", "1").error().message(), HasSubstr("no_table"));
  EXPECT_THAT(lookup.get("region", "no number").error().message(), HasSubstr("lookup region"));
  EXPECT_TRUE(lookup.get("region", "1")) << "an error does not spoil the connection";
}

TEST_F(Lookups, AConnectionThatWentWhileItLayIdleIsReplaced) {
  PostgresLookup lookup(database().conninfo(), {table(-1)});
  ASSERT_TRUE(lookup.get("region", "1"));
  EXPECT_GE(database().disconnect("gofuture lookup"), 1) << "one of an earlier test may still be on its way out";
  EXPECT_TRUE(lookup.get("region", "1"));
}

TEST_F(Lookups, ManyThreadsMayAskAtOnce) {
  PostgresLookup lookup(database().conninfo(), {table(-1)});
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) found += lookup.get("region", "1") ? 1 : 0;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, 200);
  EXPECT_LE(database().number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gofuture lookup'"), 4);
}

// --- the calendar

class Calendar : public testing::Test {
 protected:
  void SetUp() override { database().wipe(); }
  MaintenanceOptions options() const { return {.conninfo = database().conninfo(), .inbox_window_days = 16}; }
  MaintenanceReport round() {
    const auto report = maintain(options());
    EXPECT_TRUE(report) << report.error().message();
    return report ? *report : MaintenanceReport{};
  }
  void make_day(std::int32_t ago) {
    auto connection = PgConnection::open(database().conninfo(), "gofuture test");
    const auto made = ensure_inbox_day(*connection, static_cast<std::int32_t>(database().number("SELECT (now() AT TIME ZONE 'utc')::date - date '1970-01-01'")) - ago);
    ASSERT_TRUE(made && *made == DayState::kMade);
  }
};

TEST_F(Calendar, DaysAreThereAheadAndAgainWhenTheyAreGone) {
  round();
  EXPECT_EQ(round().inbox_days_made, 0);
  const std::string tomorrow = "to_char((now() AT TIME ZONE 'utc')::date + 1, 'YYYYMMDD')";
  database().run("DROP TABLE gofuture.inbox_" + database().ask("SELECT " + tomorrow) + "; DELETE FROM gofuture.inbox_days WHERE bucket ="
                 " (now() AT TIME ZONE 'utc')::date + 1 - date '1970-01-01'");
  EXPECT_EQ(round().inbox_days_made, 1);
}

TEST_F(Calendar, InboxDaysOlderThanTheWindowAreDroppedAndRemembered) {
  for (const int ago : {15, 16, 17, 40}) make_day(ago);
  EXPECT_EQ(round().inbox_days_dropped, 2);
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.inbox_days WHERE dropped_at IS NOT NULL"), 2);
  EXPECT_EQ(round().inbox_days_dropped, 0);
  database().run("DO $$ DECLARE d int; BEGIN FOREACH d IN ARRAY ARRAY[15, 16] LOOP EXECUTE 'DROP TABLE gofuture.inbox_' ||"
                 " to_char((now() AT TIME ZONE 'utc')::date - d, 'YYYYMMDD'); END LOOP; END $$;"
                 "DELETE FROM gofuture.inbox_days WHERE bucket < (now() AT TIME ZONE 'utc')::date - date '1970-01-01'");
}

TEST_F(Calendar, ADroppedDayIsNeverMadeAgain) {
  make_day(30);
  round();
  auto connection = PgConnection::open(database().conninfo(), "gofuture test");
  const auto bucket = static_cast<std::int32_t>(database().number("SELECT bucket FROM gofuture.inbox_days WHERE dropped_at IS NOT NULL"));
  const auto again = ensure_inbox_day(*connection, bucket);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, DayState::kDropped);
}

TEST_F(Calendar, HashedRowsGoByAgeAndYoungOnesStay) {
  database().run("INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, epoch, done_at)"
                 " SELECT -1, 1, gen_random_uuid(), gen_random_uuid(), 0, 1, 1, now() - interval '20 days' FROM generate_series(1, 4100)");
  database().run("INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, epoch)"
                 " SELECT -2, 1, gen_random_uuid(), gen_random_uuid(), 0, 1, 1 FROM generate_series(1, 10)");
  EXPECT_EQ(round().hashed_rows_purged, 4100);
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.inbox"), 10);
}

TEST_F(Calendar, ATableThatIsInUseIsLeftForNextTime) {
  make_day(30);
  auto reader = PgConnection::open(database().conninfo(), "gofuture test");
  ASSERT_TRUE(reader->run("BEGIN; SELECT count(*) FROM gofuture.inbox").ok());
  const auto blocked = maintain(options());
  ASSERT_FALSE(blocked);
  EXPECT_THAT(blocked.error().message(), HasSubstr("55P03"));
  ASSERT_TRUE(reader->run("COMMIT").ok());
  EXPECT_EQ(round().inbox_days_dropped, 1);
}

TEST_F(Calendar, AnOutboxDayWhoseRowsAreInTheDefaultPartitionIsLeftThere) {
  const std::string day = database().ask("SELECT max(day) FROM gofuture.outbox_days");
  database().run("DROP TABLE gofuture.events_outbox_" + database().ask("SELECT to_char(max(day), 'YYYYMMDD') FROM gofuture.outbox_days") +
                 "; DELETE FROM gofuture.outbox_days WHERE day = '" + day + "'");
  database().run("INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, created_at)"
                 " VALUES (gen_random_uuid(), 's', 'k', 't', 'counts.out', '', '" + day + " 12:00')");
  EXPECT_EQ(round().outbox_days_made, 0);
  database().run("DELETE FROM gofuture.events_outbox");
  EXPECT_EQ(round().outbox_days_made, 1);
}

TEST_F(Calendar, TheThreadWorksByItselfAndEndsAtOnce) {
  make_day(30);
  std::atomic<int> lines{0};
  MaintenanceOptions often = options();
  often.period = std::chrono::hours(1);
  const Maintenance thread(often, [&](Probe::Level, const std::string&) { ++lines; });
  database().wait_until("count(*) = 1 FROM gofuture.inbox_days WHERE dropped_at IS NOT NULL");
}

}  // namespace
}  // namespace gofuture::test
