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
