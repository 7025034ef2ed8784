// A slot that is gone: the relay makes it again and sends from the table what was not confirmed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "integration/relay_world.hpp"
#include "postgres/outbox_rules.hpp"

namespace gofuture::test {
namespace {

using State = RelayStatus::State;
using testing::Contains;

std::set<std::string> as_set(const std::vector<std::string>& values) { return {values.begin(), values.end()}; }

// What has been committed so far is relayed, and the relay knows that it is: a row is sent before the end of its transaction
// has been read.
bool all_confirmed(RelayWorld& world) {
  const std::string all = world.wal_now();
  return eventually([&] { return world.confirmed(all); });
}

// As if everything that stands in the outbox had happened long ago: outside the margin of a re-emission.
void age(RelayWorld& world) {
  world.db.run("UPDATE gofuture.events_outbox SET created_at = created_at - interval '2 hours'");
}

TEST(RelayLoss, SendsFromTheTableWhatWasNotConfirmed) {
  RelayWorld world;
  {
    RunningRelay running(world);
    world.insert(1, 5);
    ASSERT_TRUE(all_confirmed(world));
  }
  age(world);
  world.drop_slot();
  world.insert(6, 9);  // no slot sees them
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.relay.status().reemitted > 0; }));
  world.insert(10, 11);
  ASSERT_TRUE(eventually([&] { return as_set(running.sink.values()).contains("11"); }));
  EXPECT_EQ(running.sink.values(), numbers(6, 11)) << "what was confirmed long before is not sent again";
  EXPECT_EQ(world.log.said(Probe::Level::kError, "is missing"), 1u);
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM gofuture.relay_position WHERE slot <> '" + world.slot + "'"), "0") << "the mark is gone";
}

TEST(RelayLoss, SendsAgainWhatALowerNumberCommittedLate) {
  RelayWorld world;
  auto slow = PgConnection::open(world.db.conninfo(), "gofuture test");
  ASSERT_TRUE(slow);
  {
    RunningRelay running(world);
    ASSERT_TRUE(slow->run("BEGIN; " + world.insert_sql(1, 1)).ok());  // takes a number, commits when the slot is gone
    world.insert(2, 2);
    ASSERT_TRUE(all_confirmed(world));
  }
  world.drop_slot();
  ASSERT_TRUE(slow->run("COMMIT").ok());
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.relay.status().reemitted > 0; }));
  EXPECT_THAT(running.sink.values(), Contains("1"));
}

TEST(RelayLoss, KeepsTheMarkUntilEverythingIsAcknowledged) {
  RelayWorld world;
  world.drop_slot();
  world.insert(1, 5);
  {
    RunningRelay running(world, [](RelayOptions& options) { options.drain_ms = 0; }, [](MemorySink& sink) { sink.hold(); });
    ASSERT_TRUE(eventually([&] { return running.sink.count() == 5; }));
    running.sink.release_first(3);
  }  // dies in the middle; the slot is there now, and knows nothing of these rows
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM pg_replication_slots WHERE slot_name = '" + world.slot + "'"), "1");
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.relay.status().reemitted == 5; }));
  EXPECT_EQ(running.sink.values(), numbers(1, 5));
}

TEST(RelayLoss, HoldsBackWhatComesByTheStreamUntilTheTableIsSent) {
  RelayWorld world;
  world.drop_slot();
  world.insert(1, 300);
  RunningRelay running(world, [](RelayOptions& options) { options.window_rows = 50; }, [](MemorySink& sink) { sink.hold(); });
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 50; }));
  world.insert(301, 310);
  running.sink.release();
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 310; }));
  EXPECT_EQ(running.sink.values(), numbers(1, 310));
}

TEST(RelayLoss, FindsAMarkThatWhoeverMadeTheSlotHasLeft) {
  RelayWorld world;
  {
    RunningRelay running(world);
    world.insert(1, 2);
    ASSERT_TRUE(all_confirmed(world));
  }
  age(world);
  world.drop_slot();
  world.insert(3, 4);
  auto desk = PgConnection::open(world.db.conninfo(), "gofuture test");
  ASSERT_TRUE(desk);
  const auto made = ensure_slot(*desk, world.slot);  // as `gofuture migrate` does
  ASSERT_TRUE(made);
  ASSERT_TRUE(*made);
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.relay.status().reemitted == 2; }));
  EXPECT_EQ(running.sink.values(), numbers(3, 4));
}

TEST(RelayLoss, SendsNothingTwiceAtItsVeryFirstStart) {
  RelayWorld world;
  world.drop_slot();
  auto desk = PgConnection::open(world.db.conninfo(), "gofuture test");
  ASSERT_TRUE(desk);
  ASSERT_TRUE(ensure_slot(*desk, world.slot));
  world.insert(1, 5);  // before any relay runs, behind the making of the slot
  RunningRelay running(world);
  world.insert(6, 6);
  ASSERT_TRUE(all_confirmed(world));
  EXPECT_EQ(running.sink.values(), numbers(1, 6));
}

TEST(RelayLoss, MakesTheSlotItFindsMissingWhileItRuns) {
  RelayWorld world;
  RunningRelay running(world);
  world.insert(1, 3);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 3; }));
  world.drop_slot();
  world.insert(4, 6);
  ASSERT_TRUE(eventually([&] { return as_set(running.sink.values()).contains("6"); }));
  ASSERT_TRUE(eventually([&] { return running.is(State::kActive); }));
  EXPECT_EQ(running.sink.first_values(), numbers(1, 6));
}

TEST(RelayLoss, StopsWhileItWaitsForOldTransactions) {
  RelayWorld world;
  world.drop_slot();
  auto old = PgConnection::open(world.db.conninfo(), "gofuture test");
  ASSERT_TRUE(old);
  ASSERT_TRUE(old->run("BEGIN; " + world.insert_sql(1, 1)).ok());
  {
    RunningRelay running(world);
    world.db.wait_until("EXISTS (SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_create_logical_replication_slot%' AND wait_event_type = 'Lock'"
                        " AND datname = current_database())");
  }  // does not hang
  ASSERT_TRUE(old->run("COMMIT").ok());
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 1; }));
}

}  // namespace
}  // namespace gofuture::test
