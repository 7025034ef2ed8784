// The relay on its ordinary day: order, bytes, confirmation, back-pressure, and a row that cannot be produced.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/relay_world.hpp"

namespace gofuture::test {
namespace {

using State = RelayStatus::State;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(RelayStream, SendsRowsInTheOrderOfCommitsNotOfInserts) {
  RelayWorld world;
  RunningRelay running(world);
  auto slow = PgConnection::open(world.db.conninfo(), "gofuture test");
  ASSERT_TRUE(slow);
  ASSERT_TRUE(slow->run("BEGIN; " + world.insert_sql(1, 1)).ok());
  world.insert(2, 3);
  ASSERT_TRUE(slow->run("COMMIT").ok());
  world.insert(4, 4);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 4; }));
  EXPECT_THAT(running.sink.values(), ElementsAre("2", "3", "1", "4"));
}

TEST(RelayStream, SendsNothingOfWhatWasRolledBack) {
  RelayWorld world;
  RunningRelay running(world);
  world.db.run("BEGIN; " + world.insert_sql(1, 3) + "; ROLLBACK");
  world.insert(4, 4);
  ASSERT_TRUE(eventually([&] { return running.sink.count() > 0; }));
  EXPECT_THAT(running.sink.values(), ElementsAre("4"));
}

TEST(RelayStream, CarriesEveryColumnAndEveryByte) {
  RelayWorld world;
  RunningRelay running(world);
  const std::string before = world.db.ask("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)");
  world.db.run("INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, datacontenttype,"
               " correlationid, causationid, traceparent, tracestate, hops, created_at) VALUES ('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', 'riders-app',"
               " 'Zürich', 'TripTaken', 'trips.in', '\\x00ff0a7b', 'b-1', '2025-11-22T12:00:01.204Z', 'application/x-bytes', 'b-1', 'cause',"
               " '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'a=b', '7', '2025-11-22 12:00:01.5')");
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 1; }));
  const auto record = running.sink.kept()[0];
  EXPECT_EQ(record.topic, "trips.in");
  EXPECT_EQ(record.key, "Zürich");
  EXPECT_EQ(record.value, std::string("\x00\xff\x0a\x7b", 4));
  EXPECT_GE(record.timestamp_ms, std::stoll(before)) << "when it was committed, not what created_at says";
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(record.headers,
              ElementsAre(Pair("ce_specversion", "1.0"), Pair("ce_id", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), Pair("ce_source", "riders-app"),
                          Pair("ce_type", "TripTaken"), Pair("ce_subject", "b-1"), Pair("ce_time", "2025-11-22T12:00:01.204Z"),
                          Pair("ce_correlationid", "b-1"), Pair("ce_causationid", "cause"), Pair("ce_hops", "7"),
                          Pair("content-type", "application/x-bytes"),
                          Pair("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), Pair("tracestate", "a=b")));
}

TEST(RelayStream, ConfirmsOnlyWhatIsAcknowledgedWithAllBeforeIt) {
  RelayWorld world;
  RunningRelay running(world, {}, [](MemorySink& sink) { sink.hold(); });
  const std::string before = world.wal_now();
  world.insert(1, 2);
  const std::string after_first = world.wal_now();
  world.insert(3, 3);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 3; }));
  running.sink.release_first(1);
  ASSERT_TRUE(eventually([&] { return running.relay.status().rows == 1; }));
  EXPECT_FALSE(world.confirmed(after_first)) << "half a transaction is none";
  running.sink.release_first(1);
  ASSERT_TRUE(eventually([&] { return world.confirmed(after_first); }));
  const std::string after_second = world.wal_now();
  EXPECT_FALSE(world.confirmed(after_second));
  running.sink.release();
  EXPECT_TRUE(eventually([&] { return world.confirmed(after_second); }));
  EXPECT_EQ(running.relay.status().outstanding, 0u);
}

TEST(RelayStream, ConfirmsWhatOthersWriteSoThatAQuietOutboxKeepsNoWal) {
  RelayWorld world;
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.is(State::kActive); }));
  world.db.run("CREATE TABLE noise AS SELECT generate_series(1, 20000) AS n");
  const std::string after = world.wal_now();
  EXPECT_TRUE(eventually([&] { return world.confirmed(after); }));
  EXPECT_EQ(running.sink.count(), 0u);
}

TEST(RelayStream, ReadsNoMoreThanItsWindowWhileTheSinkIsSlow) {
  RelayWorld world;
  RunningRelay running(world, [](RelayOptions& options) { options.window_rows = 10; }, [](MemorySink& sink) { sink.hold(); });
  world.insert(1, 500);
  for (int i = 501; i <= 520; ++i) world.insert(i, i);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 10; }));
  ASSERT_TRUE(eventually([&] { return running.relay.status().lag_bytes > 0; }));
  EXPECT_EQ(running.sink.count(), 10u);
  running.sink.release_first(3);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 13; }));
  running.sink.release();
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 520; }));
  EXPECT_EQ(running.sink.values(), numbers(1, 520));
  EXPECT_TRUE(running.is(State::kActive));
}

TEST(RelayStream, CountsBytesAgainstItsWindowToo) {
  RelayWorld world;
  RunningRelay running(world, [](RelayOptions& options) { options.window_bytes = 1'000; }, [](MemorySink& sink) { sink.hold(); });
  world.insert(1, 50);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 4; })) << "of about 260 bytes each";
  running.sink.release();
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 50; }));
}

TEST(RelayStream, StopsLoudlyAtARowThatCanNeverBeProduced) {
  RelayWorld world;
  RunningRelay running(world, {}, [](MemorySink& sink) { sink.fail("3", "MSG_SIZE_TOO_LARGE"); });
  world.insert(1, 2);
  const std::string before = world.wal_now();
  ASSERT_TRUE(eventually([&] { return world.confirmed(before); }));
  world.insert(3, 3);
  const std::string poisoned = world.wal_now();
  const std::string id = world.db.ask("SELECT id FROM gofuture.events_outbox WHERE payload = '3'");
  ASSERT_TRUE(eventually([&] { return running.is(State::kStopped); }));
  world.insert(4, 5);
  const auto status = running.relay.status();
  EXPECT_THAT(status.why, HasSubstr("outbox row " + id + " for topic trips.in cannot be produced: MSG_SIZE_TOO_LARGE"));
  EXPECT_THAT(status.why, HasSubstr("pg_replication_slot_advance('" + world.slot + "'"));
  EXPECT_EQ(world.log.said(Probe::Level::kError, "STOPPED"), 1u);
  ASSERT_TRUE(eventually([&] { return world.db.ask("SELECT active FROM pg_replication_slots WHERE slot_name = '" + world.slot + "'") == "f"; }));
  EXPECT_THAT(running.sink.values(), ElementsAre("1", "2", "3")) << "nothing behind it";
  EXPECT_FALSE(world.confirmed(poisoned));
}

TEST(RelayStream, StopsAlsoWhereTheSinkRefusesTheRowAtOnce) {
  RelayWorld world;
  RunningRelay running(world, {}, [](MemorySink& sink) { sink.refuse("2", "a topic must have a name"); });
  world.insert(1, 3);
  const std::string after = world.wal_now();
  ASSERT_TRUE(eventually([&] { return running.is(State::kStopped); }));
  EXPECT_THAT(running.relay.status().why, HasSubstr("a topic must have a name"));
  EXPECT_THAT(running.sink.values(), ElementsAre("1"));
  EXPECT_FALSE(world.confirmed(after));
}

TEST(RelayStream, WillNotTakeASlotOfAnotherKind) {
  RelayWorld world;
  world.drop_slot();
  world.db.run("SELECT pg_create_logical_replication_slot('" + world.slot + "', 'test_decoding')");
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.is(State::kStopped); }));
  EXPECT_THAT(running.relay.status().why, HasSubstr("another database or plugin"));
}

TEST(RelayStream, TellsWhatItSees) {
  RelayWorld world;
  RunningRelay running(world);
  world.insert(1, 3);
  ASSERT_TRUE(eventually([&] { return running.relay.status().rows == 3; }));
  ASSERT_TRUE(eventually([&] { return running.relay.status().wal_status == "reserved"; }));
  ASSERT_TRUE(eventually([&] { return running.relay.status().lag_bytes == 0; }));
  ASSERT_TRUE(eventually([&] { return running.relay.status().delay_us > 0; }));
  const auto status = running.relay.status();
  EXPECT_STREQ(state_name(status.state), "active");
  EXPECT_TRUE(status.slot_there);
  EXPECT_GT(status.confirmed, 0u);
  EXPECT_EQ(status.reemitted, 0u);
}

TEST(RelayStream, WritesDownHowFarItIs) {
  RelayWorld world;
  {
    RunningRelay running(world);
    world.insert(1, 3);
    world.db.wait_until("EXISTS (SELECT 1 FROM gofuture.relay_position WHERE slot = '" + world.slot +
                        "' AND seq = (SELECT max(seq) FROM gofuture.events_outbox) AND committed_at > now() - interval '1 minute')");
    world.insert(4, 4);
    const std::string after = world.wal_now();
    ASSERT_TRUE(eventually([&] { return world.confirmed(after); }));  // the row may be sent before its transaction's end has come
  }
  EXPECT_EQ(world.db.ask("SELECT seq = (SELECT max(seq) FROM gofuture.events_outbox) FROM gofuture.relay_position WHERE slot = '" + world.slot + "'"), "t")
      << "and at its end";
}

}  // namespace
}  // namespace gofuture::test
