// What `gofuture list` shows of the functions, from the tables themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/postgres_database.hpp"
#include "postgres/function_status.hpp"

namespace gofuture::test {
namespace {

class FunctionStatusTables : public testing::Test {
 protected:
  void park(const std::string& function, const std::string& key, bool held, const std::string& since) {
    db.run("INSERT INTO gofuture.parked (function_id, state_key, held, attempts, event_id, digest, type, topic, partition, \"offset\", timestamp_ms, bytes,"
           " parked_at) VALUES (" + std::to_string(db.function(function)) + ", '" + key + "', " + (held ? "true" : "false") +
           ", 1, gen_random_uuid(), gen_random_uuid(), 'Happened', 'trips.in', 0, 1, 0, 10, now() - interval '" + since + "')");
  }
  void bury(const std::string& function, int offset, const std::string& since) {
    db.run("INSERT INTO gofuture.dead_letters (function_id, topic, partition, \"offset\", event_id, class, message, attempts, epoch, timestamp_ms, dead_at)"
           " VALUES (" + std::to_string(db.function(function)) + ", 'trips.in', 0, " + std::to_string(offset) +
           ", gen_random_uuid(), 'transient', '', 6, 1, 0, now() - interval '" + since + "')");
  }
  void set(const std::string& function, const std::string& key) {
    db.run("INSERT INTO gofuture.timers (function_id, state_key, name, due_at, topic, partition) VALUES (" + std::to_string(db.function(function)) + ", '" +
           key + "', 'answer', now(), 'trips.in', 0)");
  }
  void TearDown() override { db.wipe(); }
  TestDatabase& db = database();
};

TEST_F(FunctionStatusTables, CountsWhatWaitsAndWhatEndedBadlyPerFunction) {
  park("capture_payment", "b-1", false, "90 seconds");
  park("capture_payment", "b-1", false, "1 second");
  park("capture_payment", "b-2", true, "2 days");
  bury("capture_payment", 1, "3 hours");
  bury("capture_payment", 2, "3 days");
  set("driver_deadline", "b-1");
  set("driver_deadline", "b-2");
  db.run("INSERT INTO gofuture.breakers SELECT id, i, 'http://gateway:80', now() FROM gofuture.functions, unnest(ARRAY['one', 'two']) i"
         " WHERE name = 'capture_payment'");
  const auto read = read_function_status(db.conninfo());
  ASSERT_TRUE(read) << read.error().message();
  const FunctionStatus& capture = read->at("capture_payment");
  EXPECT_EQ(capture.parked, 2);
  EXPECT_EQ(capture.parked_keys, 1);
  ASSERT_TRUE(capture.oldest_parked_ms);
  EXPECT_GE(*capture.oldest_parked_ms, 90'000);
  EXPECT_LT(*capture.oldest_parked_ms, 86'400'000) << "what is held is dead, it does not wait";
  EXPECT_EQ(capture.held_keys, 1);
  EXPECT_EQ(capture.dead_letters, 1) << "of the last day";
  EXPECT_EQ(capture.timers, 0);
  EXPECT_EQ(capture.open_breakers, "http://gateway:80") << "once, however many processes have found it down";
  EXPECT_EQ(read->at("driver_deadline").open_breakers, "");
  EXPECT_EQ(read->at("driver_deadline").timers, 2);
  EXPECT_EQ(read->at("driver_deadline").parked, 0);
  EXPECT_FALSE(read->at("driver_deadline").oldest_parked_ms);
}

TEST(FunctionStatusDatabase, SaysThatItIsNotMigrated) {
  TestDatabase bare(TestDatabase::Tables::kNone);
  EXPECT_FALSE(read_function_status(bare.conninfo()));
}

TEST(FunctionStatusDatabase, SaysThatItCannotBeReached) {
  const auto read = read_function_status("host=127.0.0.1 port=1 connect_timeout=1");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), testing::HasSubstr("cannot be reached"));
}

}  // namespace
}  // namespace gofuture::test
