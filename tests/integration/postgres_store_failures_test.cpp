// What PostgresStore answers when Postgres is in trouble, and that nothing is lost or doubled by it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/uuid.hpp"
#include "integration/postgres_rows.hpp"
#include "integration/postgres_world.hpp"
#include "postgres/inbox_bucket.hpp"

namespace gofuture::test {
namespace {

using testing::HasSubstr;

class StoreFailures : public testing::Test {
 protected:
  void SetUp() override { database().wipe(); }
  void TearDown() override {
    database().run("DROP TRIGGER IF EXISTS trouble ON gofuture.keys; DROP TRIGGER IF EXISTS trouble ON gofuture.events_outbox_default");
  }

  // Every write to keys fails with this SQLSTATE until repaired().
  void break_keys(const std::string& state) {
    database().run("CREATE OR REPLACE FUNCTION gofuture.trouble() RETURNS trigger LANGUAGE plpgsql AS"
                   " $$ BEGIN RAISE EXCEPTION 'planted trouble' USING ERRCODE = '" + state + "'; END $$;"
                   "DROP TRIGGER IF EXISTS trouble ON gofuture.keys;"
                   "CREATE TRIGGER trouble BEFORE INSERT OR UPDATE ON gofuture.keys FOR EACH ROW EXECUTE FUNCTION gofuture.trouble()");
  }
  void repaired() { database().run("DROP TRIGGER trouble ON gofuture.keys"); }

  std::int64_t counted(const std::string& key) {
    const auto row = key_of(database(), "counter", key);
    return row ? Count::read(row->state).events : 0;
  }
};

TEST_F(StoreFailures, TroubleThatPassesIsUnavailableAndTheSameBatchCommitsLater) {
  auto here = World().replica();
  std::uint64_t n = 0;
  for (const char* state : {"40001", "40P01", "53100", "53200", "55P03", "57014", "57P01", "08006", "XX000", "58030"}) {
    ++n;
    break_keys(state);
    auto told = here->commit(here->handle(here->batch(trip(n, "k").at(kTrips, 0, static_cast<std::int64_t>(n)))));
    EXPECT_EQ(told.status, CommitStatus::kUnavailable) << state;
    EXPECT_THAT(told.message, HasSubstr("planted trouble")) << state;
    EXPECT_EQ(outbox_of(database()).size(), n - 1) << state;
    repaired();
    EXPECT_EQ(here->settle_answer(std::move(told)).status, CommitStatus::kCommitted) << state;
    EXPECT_EQ(counted("k"), static_cast<std::int64_t>(n));
  }
}

TEST_F(StoreFailures, DataThatCannotBeIsRefusedWithTheServersWords) {
  auto here = World().replica();
  for (const char* state : {"22003", "23502", "23505", "23514", "54000"}) {
    break_keys(state);
    const auto told = here->commit(here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0))));
    EXPECT_EQ(told.status, CommitStatus::kRefused) << state;
    EXPECT_THAT(told.message, HasSubstr("planted trouble")) << state;
    EXPECT_FALSE(inbox_of(database(), "counter", test_id(1))) << state;
    repaired();
  }
}

TEST_F(StoreFailures, AConnectionThatIsKilledWhileItWaitsForAKeyLosesNothing) {
  World world;
  auto here = world.replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  auto holder = PgConnection::open(database().conninfo(), "gofuture test");
  ASSERT_TRUE(holder);
  ASSERT_TRUE(holder->run("BEGIN; SELECT 1 FROM gofuture.keys FOR UPDATE").ok());
  here->start_commit(here->handle(here->batch(trip(2, "k").at(kTrips, 0, 1))));
  const std::string waits = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'gofuture store%' AND wait_event_type = 'Lock'";
  database().wait_until("count(*) = 1 " + waits);
  database().run("SELECT pg_terminate_backend(pid) " + waits);
  auto told = here->finish_commit();
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  ASSERT_TRUE(holder->run("COMMIT").ok());
  EXPECT_EQ(here->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
  EXPECT_EQ(counted("k"), 2);
  EXPECT_EQ(outbox_of(database()).size(), 2U);
}

// The first attempt rules the second event a repeat and then fails. Its effects still stand in the batch that is committed again.
TEST_F(StoreFailures, ARepeatThatAFailedAttemptFoundHasNoEffectInTheNextOne) {
  auto here = World().replica();
  auto batch = here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(1, "k").at(kTrips, 0, 1)));
  database().wait_until("count(*) = 3 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle' AND application_name LIKE 'gofuture store%'");
  ASSERT_EQ(database().disconnect("gofuture store"), 3);
  database().wait_until("count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'gofuture store%'");
  auto told = here->commit(std::move(batch));
  ASSERT_EQ(told.status, CommitStatus::kUnavailable);
  EXPECT_EQ(here->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
  EXPECT_EQ(counted("k"), 1);
  EXPECT_EQ(outbox_of(database()).size(), 1U);
}

TEST_F(StoreFailures, ALockThatIsNotGivenInTimeIsUnavailable) {
  auto here = World().replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  auto holder = PgConnection::open(database().conninfo(), "gofuture test");
  ASSERT_TRUE(holder->run("BEGIN; SELECT 1 FROM gofuture.keys FOR UPDATE").ok());
  auto told = here->commit(here->handle(here->batch(trip(2, "k").at(kTrips, 0, 1))));
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  EXPECT_THAT(told.message, HasSubstr("55P03"));
  ASSERT_TRUE(holder->run("COMMIT").ok());
  EXPECT_EQ(here->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
}

TEST_F(StoreFailures, EveryBatchIsAnsweredWhileTheDatabaseIsAway) {
  auto proxy = std::make_unique<Proxy>(database().host(), database().port());
  const int port = proxy->port();
  auto here = World(port).replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  auto batch = here->handle(here->batch(trip(2, "k").at(kTrips, 0, 1)));
  proxy.reset();
  for (int i = 0; i < 3; ++i) {
    auto told = here->commit(std::move(batch));
    ASSERT_EQ(told.status, CommitStatus::kUnavailable);
    EXPECT_FALSE(told.message.empty());
    batch = std::move(told.batch);
  }
  here->store->load(here->batch(trip(3, "other").at(kTrips, 0, 2)));
  const auto loaded = here->answers.wait();
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(std::get<Loaded>(*loaded).unavailable);
}

TEST_F(StoreFailures, AStoreIsNotOpenedOnADatabaseWithoutTables) {
  TestDatabase empty(TestDatabase::Tables::kNone);
  SilentProbe probe;
  AnswerBox answers;
  const auto store = PostgresStore::open({.conninfo = empty.conninfo(), .function_id = 1, .epoch = 1, .plan = test_plan()}, answers, probe);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message(), HasSubstr("run `gofuture migrate`"));
}

TEST_F(StoreFailures, ADayThatHasNoInboxPartitionGetsOne) {
  Uuid id = test_id(1);
  const std::int64_t ms = (1'700'000'000'000 / kDayMs) * kDayMs;  // a day that nobody has made
  for (int i = 0; i < 6; ++i) id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  auto here = World().replica();
  const auto settled = here->settle(here->batch(trip(1, "k").id(id).at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_EQ(settled.commits, 1);
  EXPECT_EQ(database().ask("SELECT dropped_at IS NULL FROM gofuture.inbox_days WHERE bucket = " + std::to_string(ms / kDayMs)), "t");
  EXPECT_EQ(counted("k"), 2);
}

TEST_F(StoreFailures, TwoStoresThatNeedOneNewDayMakeItOnce) {
  for (int round = 0; round < 5; ++round) {
    const std::int64_t ms = 1'600'000'000'000 + round * kDayMs;
    auto one = World().replica(), other = World().replica();
    const auto fresh = [&](std::uint64_t n) {
      Uuid id = test_id(n);
      for (int i = 0; i < 6; ++i) id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
      return id;
    };
    auto first = one->handle(one->batch(trip(1, "a").id(fresh(1)).at(kTrips, 0, 0)));
    auto second = other->handle(other->batch(trip(2, "b").id(fresh(2)).at(kTrips, 1, 0)));
    one->start_commit(std::move(first));
    other->start_commit(std::move(second));
    EXPECT_EQ(one->settle_answer(one->finish_commit()).status, CommitStatus::kCommitted);
    EXPECT_EQ(other->settle_answer(other->finish_commit()).status, CommitStatus::kCommitted);
  }
}

TEST_F(StoreFailures, APayloadOfAMebibyteAndOneByteIsRefused) {
  auto here = World().replica();
  here->function.tamper = [](const Event&, Emission& emission) { emission.data.assign((1 << 20) + 1, 'x'); };
  const auto told = here->commit(here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0))));
  EXPECT_EQ(told.status, CommitStatus::kRefused);
  EXPECT_THAT(told.message, HasSubstr("events_outbox_topic"));
  EXPECT_FALSE(inbox_of(database(), "counter", test_id(1)));
}

TEST_F(StoreFailures, AnEpochThatIsRaisedBetweenLoadAndCommitFences) {
  auto here = World().replica();
  auto batch = here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  database().run("UPDATE gofuture.functions SET epoch = 2");
  const auto told = here->commit(std::move(batch));
  EXPECT_EQ(told.status, CommitStatus::kFenced);
  EXPECT_THAT(told.message, HasSubstr("epoch 2"));
  EXPECT_TRUE(outbox_of(database()).empty());
}

TEST_F(StoreFailures, AFunctionThatWasNeverRegisteredWritesNothing) {
  auto here = World().replica();
  database().run("DELETE FROM gofuture.functions");
  const auto told = here->commit(here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0))));
  EXPECT_EQ(told.status, CommitStatus::kUnavailable);
  EXPECT_TRUE(outbox_of(database()).empty());
}

// Functions with a newest fence have no inbox row that would tell the repeat.
TEST_F(StoreFailures, ADeadSightingThatIsDeliveredAgainCommitsAndMakesNoSecondLetter) {
  auto here = World().replica({.plan = {.fence = Fence{"/observed_at", false}}});
  for (int round = 0; round < 2; ++round) {
    const auto settled = here->settle(here->batch(sighting(1, "d", 5'000).header("test-script", "reject").at(kTrips, 0, 0)));
    EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  }
  EXPECT_EQ(dead_letters_of(database(), "counter").size(), 1U);
}

TEST_F(StoreFailures, ADeadLetterNamesItsFunctionAndItsConsumerGroupForWhoeverPublishesIt) {
  auto here = World().replica();
  here->settle(here->batch(trip(1, "k").header("test-script", "reject").at(kTrips, 0, 0)));
  EXPECT_EQ(database().ask("SELECT function || ' ' || consumer_group FROM gofuture.dead_letters"), "counter blue-counter");
  EXPECT_EQ(database().ask("SELECT seq > 0 AND refused IS NULL FROM gofuture.dead_letters"), "t");
}

TEST_F(StoreFailures, AStateKeyThatIsNoTextIsRefusedAndItsDeadLetterIsStillKept) {
  auto here = World().replica();
  auto batch = here->batch(trip(1, "k").at(kTrips, 0, 0));
  batch->slots[0].key = batch->events[0]->state_key = "\xff\xfe";
  batch->slots[0].loaded = true;
  here->function.run(*batch, here->clock.unix_ms());
  auto told = here->commit(std::move(batch));
  ASSERT_EQ(told.status, CommitStatus::kRefused);
  Event& event = *told.batch->events[0];  // as the pipeline does with what is refused alone
  event.decided = true;
  event.outcome = Outcome::kReject;
  event.failure = FailureClass::kBusiness;
  told.batch->reset_effects();
  told = here->commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  EXPECT_EQ(dead_letters_of(database(), "counter").size(), 1U);
}

}  // namespace
}  // namespace gofuture::test
