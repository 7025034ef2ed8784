// A trace from the tables themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/uuid.hpp"
#include "integration/postgres_database.hpp"
#include "postgres/inbox_bucket.hpp"
#include "postgres/trace.hpp"
#include "postgres/trace_text.hpp"

namespace gofuture::test {
namespace {

using testing::HasSubstr;

class TraceTables : public testing::Test {
 protected:
  void event(const std::string& id, const std::string& type, const std::string& source, const std::string& cause) {
    db.run("INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, correlationid, causationid) VALUES ('" + id +
           "', '" + source + "', 'k', '" + type + "', 'trips.in', '{}', 'ride-1', " + (cause.empty() ? "NULL" : "'" + cause + "'") + ")");
  }
  void done(const std::string& id, const std::string& function, int outcome = 0) {
    db.run("INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, epoch) VALUES (" +
           std::to_string(inbox_bucket(*Uuid::parse(id))) + ", " + std::to_string(db.function(function)) + ", '" + id + "', gen_random_uuid(), " +
           std::to_string(outcome) + ", 1, 1)");
  }
  std::string id() { return db.ask("SELECT gen_random_uuid()"); }
  Trace trace(const std::string& correlation = "ride-1") {
    auto read = read_trace(db.conninfo(), correlation);
    EXPECT_TRUE(read) << read.error().message();
    return read ? *read : Trace{};
  }
  void TearDown() override { db.wipe(); }
  TestDatabase& db = database();
};

TEST_F(TraceTables, JoinsOutboxInboxAndDeadLetters) {
  const std::string created = id(), initiated = id(), from_a_phone = id(), other = id();
  event(created, "BookingCreated", "riders-app", "");
  done(created, "start_payment");
  event(initiated, "PaymentInitiated", "gofuture/start_payment", created);
  db.run("INSERT INTO gofuture.dead_letters (function_id, topic, partition, \"offset\", event_id, class, message, attempts, epoch, timestamp_ms, correlationid)"
         " VALUES (" + std::to_string(db.function("capture_payment")) + ", 'trips.in', 0, 7, '" + initiated + "', 'transient', 'the gateway said 503', 6, 1, 0, 'ride-1')");
  done(from_a_phone, "booking_status");
  event(other, "Completed", "gofuture/booking_status", from_a_phone);

  const Trace read = trace();
  EXPECT_EQ(read.events, 4u);
  EXPECT_EQ(read.dead, 1u);
  ASSERT_EQ(read.roots.size(), 2u);
  EXPECT_EQ(read.roots[0].reactions.at(0).emitted.at(0).reactions.at(0).dead_message, "the gateway said 503");
  EXPECT_TRUE(read.roots[1].outside);
  EXPECT_THAT(trace_text(read), HasSubstr("capture_payment v1   attempt 6   DEAD (transient: the gateway said 503)"));
}

TEST_F(TraceTables, JoinsWhatWaits) {
  const std::string created = id(), initiated = id();
  event(created, "BookingCreated", "riders-app", "");
  done(created, "start_payment");
  event(initiated, "PaymentInitiated", "gofuture/start_payment", created);
  done(initiated, "capture_payment", 3);
  const std::string capture = std::to_string(db.function("capture_payment")), start = std::to_string(db.function("start_payment"));
  db.run("INSERT INTO gofuture.parked (function_id, state_key, due_at, attempts, class, message, event_id, digest, type, topic, partition, \"offset\","
         " timestamp_ms, bytes, correlationid) VALUES (" + capture + ", 'k', now() + interval '1 hour', 2, 'transient', 'the gateway said 503', '" + initiated +
         "', gen_random_uuid(), 'PaymentInitiated', 'trips.in', 0, 7, 0, 10, 'ride-1'), (" + capture + ", 'k', NULL, 0, 'none', '', gen_random_uuid(),"
         " gen_random_uuid(), 'PaymentSucceeded', 'trips.in', 0, 8, 0, 10, 'ride-1')");
  db.run("INSERT INTO gofuture.timers (function_id, state_key, name, due_at, topic, partition, correlationid, causationid) VALUES (" + start +
         ", 'k', 'answer', '2040-01-01 12:02:00Z', 'trips.in', 0, 'ride-1', '" + created + "')");
  db.run("INSERT INTO gofuture.delayed_events (id, due_at, aggregatetype, aggregateid, type, topic, payload, correlationid, causationid) VALUES"
         " (gen_random_uuid(), '2040-01-01 13:00:00Z', 'gofuture/start_payment', 'k', 'Reminded', 'trips.in', '{}', 'ride-1', '" + created + "')");

  const Trace read = trace();
  EXPECT_EQ(read.parked, 2u);
  EXPECT_EQ(read.timers, 1u);
  const std::string text = trace_text(read);
  EXPECT_THAT(text, HasSubstr("start_payment v1   [timer answer due 12:02:00.000]   → PaymentInitiated, Reminded (leaves 13:00:00.000)"));
  EXPECT_THAT(text, HasSubstr("capture_payment v1   parked after attempt 2 (transient: the gateway said 503), next attempt "));
  EXPECT_THAT(text, HasSubstr("capture_payment   parked behind an earlier event of its key"));
}

TEST_F(TraceTables, KnowsNothingOfAnIdThatNobodyUsed) {
  EXPECT_TRUE(trace("nobody'; DROP TABLE gofuture.inbox; --").roots.empty());
}

TEST_F(TraceTables, LooksForCausesThatAreNoUuidsNowhere) {
  event(id(), "PaymentInitiated", "gofuture/start_payment", "order 66");
  const Trace read = trace();
  ASSERT_EQ(read.roots.size(), 1u);
  EXPECT_EQ(read.roots[0].id, "order 66");
}

TEST(TraceDatabase, SaysThatItCannotBeReached) {
  const auto read = read_trace("host=127.0.0.1 port=1 connect_timeout=1", "b-1");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("cannot be reached"));
}

}  // namespace
}  // namespace gofuture::test
