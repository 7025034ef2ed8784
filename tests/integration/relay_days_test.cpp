// The end of an outbox day: sealed when nothing of it can appear any more, dropped when all of it is confirmed and old enough.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/relay_world.hpp"
#include "postgres/days.hpp"
#include "postgres/outbox_days.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kDay = 86'400'000;

struct DaysWorld : RelayWorld {
  DaysWorld() {
    auto opened = PgConnection::open(db.conninfo(), "gofuture test days");
    EXPECT_TRUE(opened);
    connection = std::make_unique<PgConnection>(std::move(*opened));
    EXPECT_TRUE(ensure_outbox_days(*connection, 0, 0));
    today = db.ask("SELECT (now() AT TIME ZONE 'utc')::date");
    db.run("DELETE FROM gofuture.outbox_days WHERE day <> '" + today + "'; UPDATE gofuture.outbox_days SET sealed_lsn = NULL");
  }
  // What would be done so many days from now: today is over then, its grace too, also where it has only begun.
  OutboxDaysReport tend(std::int64_t days_ahead, std::int64_t retention_ms = kDay) {
    const std::int64_t ahead_ms = days_ahead * kDay + OutboxDaysOptions{}.grace_ms;
    auto report = tend_outbox_days(*connection, {.slot = slot, .retention_ms = retention_ms, .ahead_ms = ahead_ms});
    EXPECT_TRUE(report) << report.error().message();
    return report ? *report : OutboxDaysReport{};
  }
  // A relay at work is in a transaction of its own now and then, and a day is not sealed beside one: then the next round does it.
  OutboxDaysReport tend_beside_a_relay(std::int64_t days_ahead) {
    OutboxDaysReport report;
    EXPECT_TRUE(eventually([&] {
      report = tend(days_ahead);
      return !testing::Matches(testing::Contains(HasSubstr("gofuture relay")))(report.waiting);
    }));
    return report;
  }
  std::string rows() { return db.ask("SELECT count(*) FROM gofuture.events_outbox"); }
  std::unique_ptr<PgConnection> connection;
  std::string today;
};

TEST(OutboxDays, LeaveTodayAlone) {
  DaysWorld world;
  world.insert(1, 3);
  const auto report = world.tend(0);
  EXPECT_THAT(report.sealed, IsEmpty());
  EXPECT_THAT(report.dropped, IsEmpty());
}

TEST(OutboxDays, DropADayThatIsOverConfirmedAndOldEnough) {
  DaysWorld world;
  world.insert(1, 3);
  RunningRelay running(world, [](RelayOptions& options) { options.days_ms = 3'600'000; });
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 3; }));
  EXPECT_THAT(world.tend_beside_a_relay(1).sealed, ElementsAre(world.today));
  const std::string after = world.wal_now();
  ASSERT_TRUE(eventually([&] { return world.confirmed(after); }));
  EXPECT_THAT(world.tend(1).dropped, IsEmpty()) << "it is kept for a day";
  EXPECT_EQ(world.rows(), "3");
  const auto report = world.tend(3);
  EXPECT_THAT(report.dropped, ::testing::Contains(world.today));
  EXPECT_EQ(world.rows(), "0");
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM gofuture.outbox_days WHERE day = '" + world.today + "'"), "0");
}

TEST(OutboxDays, KeepADayThatTheRelayHasNotConfirmed) {
  DaysWorld world;
  RunningRelay running(world, [](RelayOptions& options) { options.days_ms = 3'600'000; }, [](MemorySink& sink) { sink.hold(); });
  world.insert(1, 3);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 3; }));
  const auto report = world.tend_beside_a_relay(9);
  EXPECT_THAT(report.dropped, IsEmpty());
  EXPECT_THAT(report.waiting, ::testing::Contains(HasSubstr("has not confirmed all of it")));
  EXPECT_EQ(world.rows(), "3");
  running.sink.release();
  const std::string after = world.wal_now();
  ASSERT_TRUE(eventually([&] { return world.confirmed(after); }));
  EXPECT_THAT(world.tend(9).dropped, ::testing::Contains(world.today));
}

TEST(OutboxDays, KeepADayWhileAnOldTransactionCouldStillWriteToIt) {
  DaysWorld world;
  auto old = PgConnection::open(world.db.conninfo(), "a long report");
  ASSERT_TRUE(old);
  ASSERT_TRUE(old->run("BEGIN; SELECT now()").ok());  // has no number yet, but its rows would be of today
  const auto report = world.tend(9);
  EXPECT_THAT(report.sealed, IsEmpty());
  EXPECT_THAT(report.waiting, ::testing::Contains(HasSubstr("a long report")));
  ASSERT_TRUE(old->run(world.insert_sql(1, 1) + "; COMMIT").ok());
  EXPECT_THAT(world.tend(9).sealed, ::testing::Contains(world.today));
}

TEST(OutboxDays, KeepEverythingWithoutASlotOrWithAMarkToSendAgain) {
  DaysWorld world;
  world.insert(1, 1);
  world.tend(9);
  world.drop_slot();
  EXPECT_THAT(world.tend(9).dropped, IsEmpty());
  world.make_slot();  // it begins behind the day's seal, and knows nothing of its row
  world.db.run("INSERT INTO gofuture.relay_position (slot, confirmed, seq) VALUES ('" + world.slot + " re-emit', '0/0', 0)");
  EXPECT_THAT(world.tend(9).dropped, IsEmpty());
  EXPECT_EQ(world.rows(), "1");
  world.db.run("DELETE FROM gofuture.relay_position");
  EXPECT_THAT(world.tend(9).dropped, ::testing::Contains(world.today)) << "it was the mark that kept it";
}

TEST(OutboxDays, GiveUpALockThatIsNotFreeForNow) {
  DaysWorld world;
  world.tend(9);
  world.drop_slot();
  world.make_slot();
  auto reader = PgConnection::open(world.db.conninfo(), "reader");
  ASSERT_TRUE(reader);
  ASSERT_TRUE(reader->run("BEGIN; SELECT count(*) FROM gofuture.events_outbox").ok());
  const auto report = world.tend(9);
  EXPECT_THAT(report.dropped, IsEmpty());
  EXPECT_THAT(report.waiting, ::testing::Contains(HasSubstr("could not be locked within a second")));
  ASSERT_TRUE(reader->run("COMMIT").ok());
  EXPECT_THAT(world.tend(9).dropped, ::testing::Contains(world.today));
}

TEST(OutboxDays, TellOfRowsThatNoDayWasMadeFor) {
  DaysWorld world;
  EXPECT_FALSE(world.tend(0).strays);
  world.db.run("INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, created_at)"
               " VALUES (gen_random_uuid(), 'test', 'k', 'TripTaken', 'trips.in', 'x', '2001-01-01')");
  EXPECT_TRUE(world.tend(0).strays);
}

TEST(OutboxDays, AreTendedByTheActiveRelay) {
  DaysWorld world;
  // A day long past, with a row that the relay has sent.
  world.db.run("CREATE TABLE gofuture.events_outbox_20200101 PARTITION OF gofuture.events_outbox FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');"
               "INSERT INTO gofuture.outbox_days (day) VALUES ('2020-01-01')");
  RunningRelay running(world);
  world.db.wait_until("NOT EXISTS (SELECT 1 FROM gofuture.outbox_days WHERE day = '2020-01-01')");
  EXPECT_EQ(world.db.ask("SELECT to_regclass('gofuture.events_outbox_20200101') IS NULL"), "t");
  ASSERT_TRUE(eventually([&] { return running.relay.status().days_dropped == 1; }));
}

}  // namespace
}  // namespace gofuture::test
