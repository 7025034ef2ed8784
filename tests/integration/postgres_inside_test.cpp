// Functions with sql = true: their statements run in the very transaction that commits their events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "integration/postgres_rows.hpp"
#include "integration/postgres_world.hpp"

namespace gofuture::test {
namespace {

using testing::HasSubstr;
using Parameters = std::vector<std::optional<std::string_view>>;

// Handlers made of a lambda per event, as PluginHandlers would run them: outcomes are set as events end.
class Handlers : public Inside {
 public:
  void run(Batch& batch, SqlSession& session) override {
    ++runs;
    if (for_batch && !for_batch(session)) {
      for (const EventPtr& event : batch.events)
        if (!event->decided) event->outcome = Outcome::kRetry;
      return;
    }
    for (const EventPtr& event : batch.events)
      if (!event->decided) event->outcome = for_event(*event, session);
  }

  int runs = 0;
  std::function<bool(SqlSession&)> for_batch;
  std::function<Outcome(Event&, SqlSession&)> for_event = [](Event&, SqlSession&) { return Outcome::kOk; };
};

class InsideSql : public testing::Test {
 protected:
  void SetUp() override {
    database().wipe();
    database().run("DROP SCHEMA IF EXISTS ride CASCADE; CREATE SCHEMA ride; CREATE TABLE ride.trips (id text PRIMARY KEY, n int)");
    plan_ = test_plan({.sql = true});
    open();
  }
  void open() {
    auto store = PostgresStore::open({.conninfo = database().conninfo(), .function_id = database().function("counter"), .epoch = 1,
                                      .plan = plan_, .inside = &handlers_, .committers = 1}, answers_, probe_);
    ASSERT_TRUE(store) << store.error().message();
    store_ = std::move(*store);
  }
  Committed commit(BatchPtr batch) {
    store_->commit(std::move(batch));
    auto told = answers_.wait();
    GOFUTURE_ASSERT(told.has_value(), "the store answers");
    return std::get<Committed>(std::move(*told));
  }
  template <class... Records>
  Committed commit(Records... records) {
    return commit(batch_of(*plan_, std::move(records)...));
  }
  static Outcome insert(Event& event, SqlSession& session) {
    const std::string id = event.event_id.text();
    const auto rows = session.execute("INSERT INTO trips (id, n) VALUES ($1, $2) RETURNING id, n", Parameters{id, "7"});
    if (!rows) return Outcome::kRetry;
    EXPECT_EQ(rows->columns, (std::vector<std::string>{"id", "n"}));
    EXPECT_EQ(rows->rows(), 1U);
    EXPECT_EQ(rows->affected, 1);
    EXPECT_EQ(rows->cells[0], id);
    return Outcome::kOk;
  }
  std::int64_t trips() { return database().number("SELECT count(*) FROM ride.trips"); }
  std::int64_t inbox() { return database().number("SELECT count(*) FROM gofuture.inbox"); }

  std::shared_ptr<const Plan> plan_;
  Handlers handlers_;
  SilentProbe probe_;
  AnswerBox answers_;
  std::unique_ptr<PostgresStore> store_;
};

// Ours are planned once, by index; the author's as everywhere.
TEST_F(InsideSql, ItsStatementsArePlannedAsItsAuthorKnowsItAndOursAreNot) {
  std::vector<std::string> seen;
  handlers_.for_event = [&](Event&, SqlSession& session) {
    const auto rows = session.execute("SELECT current_setting('enable_seqscan'), current_setting('plan_cache_mode'),"
                                      " (SELECT generic_plans || '/' || custom_plans FROM pg_prepared_statements WHERE name = 'inbox_insert')", {});
    EXPECT_TRUE(rows);
    if (rows)
      for (const auto& cell : rows->cells) seen.emplace_back(cell.value_or("-"));
    return Outcome::kOk;
  };
  commit(trip(1, "k").at(kTrips, 0, 0));
  commit(trip(2, "k").at(kTrips, 0, 1));
  commit(trip(3, "k").at(kTrips, 0, 2));
  EXPECT_THAT(seen, testing::ElementsAre("on", "auto", testing::EndsWith("/0"), "on", "auto", testing::EndsWith("/0"), "on", "auto", testing::EndsWith("/0")))
      << "generic plans / others, made anew for each execution";
}

TEST_F(InsideSql, RowsOfTheFunctionCommitWithItsEvents) {
  handlers_.for_event = insert;
  EXPECT_EQ(commit(trip(1, "k").at(kTrips, 0, 0), trip(2, "j").at(kTrips, 0, 1)).status, CommitStatus::kCommitted);
  EXPECT_EQ(trips(), 2);
  EXPECT_EQ(inbox(), 2);
}

TEST_F(InsideSql, ARepeatNeverReachesTheFunction) {
  handlers_.for_event = insert;
  for (int round = 0; round < 3; ++round) EXPECT_EQ(commit(trip(1, "k").at(kTrips, 0, 0)).status, CommitStatus::kCommitted);
  EXPECT_EQ(trips(), 1);
  EXPECT_EQ(commit(trip(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)).status, CommitStatus::kCommitted);
  EXPECT_EQ(trips(), 2);
}

TEST_F(InsideSql, ARejectUndoesTheFunctionsRowsAndThenOnlyTheRest) {
  handlers_.for_event = [](Event& event, SqlSession& session) {
    const Outcome inserted = insert(event, session);
    return event.event_id == test_id(2) ? Outcome::kReject : inserted;
  };
  auto told = commit(trip(1, "k").at(kTrips, 0, 0), trip(2, "j").at(kTrips, 0, 1));
  ASSERT_EQ(told.status, CommitStatus::kRerun);
  EXPECT_EQ(trips(), 0);
  EXPECT_EQ(inbox(), 0);
  told.batch->events[1]->decided = true;
  told = commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  EXPECT_EQ(trips(), 1);
  EXPECT_EQ(dead_letters_of(database(), "counter").size(), 1U);
}

TEST_F(InsideSql, ASkipIsToldInTheInbox) {
  handlers_.for_event = [](Event&, SqlSession&) { return Outcome::kSkip; };
  EXPECT_EQ(commit(trip(1, "k").at(kTrips, 0, 0)).status, CommitStatus::kCommitted);
  EXPECT_EQ(inbox_of(database(), "counter", test_id(1))->outcome, InboxOutcome::kSkip);
}

TEST_F(InsideSql, AFailingStatementBlamesTheEventThatWasOpen) {
  handlers_.for_event = insert;
  ASSERT_EQ(commit(trip(2, "x").at(kTrips, 0, 0)).status, CommitStatus::kCommitted);
  database().run("DELETE FROM gofuture.inbox");  // the function's row stays: its next insert meets the primary key
  const auto told = commit(trip(1, "k").at(kTrips, 0, 1), trip(2, "x").at(kTrips, 0, 2), trip(3, "y").at(kTrips, 0, 3));
  ASSERT_EQ(told.status, CommitStatus::kRerun);
  EXPECT_EQ(told.batch->events[1]->outcome, Outcome::kRetry);
  EXPECT_EQ(told.batch->events[1]->failure, FailureClass::kTransient);
  EXPECT_THAT(told.batch->events[1]->message, HasSubstr("trips_pkey"));
  EXPECT_FALSE(told.batch->events[1]->decided);
  EXPECT_EQ(told.batch->events[2]->outcome, Outcome::kPending) << "what came behind it in the broken transaction was not handled";
  EXPECT_EQ(trips(), 1);
  EXPECT_EQ(inbox(), 0);
}

TEST_F(InsideSql, AFailureThatTheFunctionSwallowsIsStillARetry) {
  handlers_.for_event = [](Event&, SqlSession& session) {
    (void)session.execute("SELECT * FROM nothing_of_that_name", {});
    EXPECT_FALSE(session.execute("SELECT 1", {})) << "the transaction is lost";
    return Outcome::kOk;
  };
  const auto told = commit(trip(1, "k").at(kTrips, 0, 0));
  ASSERT_EQ(told.status, CommitStatus::kRerun);
  EXPECT_EQ(told.batch->events[0]->outcome, Outcome::kRetry);
  EXPECT_THAT(told.batch->events[0]->message, HasSubstr("nothing_of_that_name"));
  EXPECT_EQ(inbox(), 0);
}

TEST_F(InsideSql, WhereTheBatchsOwnStatementMayHaveFailedHalvingFindsOut) {
  handlers_.for_batch = [](SqlSession& session) { return bool(session.execute("SELECT 1 / 0", {})); };
  const auto several = commit(trip(1, "k").at(kTrips, 0, 0), trip(2, "j").at(kTrips, 0, 1));
  EXPECT_EQ(several.status, CommitStatus::kRefused);
  EXPECT_THAT(several.message, HasSubstr("division by zero"));
  const auto alone = commit(trip(1, "k").at(kTrips, 0, 0));
  EXPECT_EQ(alone.status, CommitStatus::kRerun);
  EXPECT_EQ(alone.batch->events[0]->outcome, Outcome::kRetry);
}

TEST_F(InsideSql, TroubleThatPassesIsNobodysFault) {
  handlers_.for_event = [this](Event&, SqlSession& session) {
    const char* sql = handlers_.runs == 1 ? "DO $$ BEGIN RAISE 'planted' USING ERRCODE = '40001'; END $$" : "SELECT 1";
    return session.execute(sql, {}) ? Outcome::kOk : Outcome::kRetry;
  };
  auto told = commit(trip(1, "k").at(kTrips, 0, 0), trip(2, "j").at(kTrips, 0, 1));
  ASSERT_EQ(told.status, CommitStatus::kUnavailable);
  told = commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kCommitted) << told.message;
}

TEST_F(InsideSql, AConnectionThatIsLostWhileTheFunctionRunsLosesNothing) {
  handlers_.for_event = [this](Event& event, SqlSession& session) {
    const Outcome outcome = insert(event, session);
    if (handlers_.runs == 1) database().disconnect("gofuture store counter 1");
    return outcome;
  };
  auto told = commit(trip(1, "k").at(kTrips, 0, 0));
  ASSERT_EQ(told.status, CommitStatus::kUnavailable);
  told = commit(std::move(told.batch));
  EXPECT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  EXPECT_EQ(trips(), 1);
  EXPECT_EQ(inbox(), 1);
}

TEST_F(InsideSql, ADeferredConstraintThatFailsAtCommitIsRefused) {
  database().run("CREATE TABLE ride.seats (trip text REFERENCES ride.trips DEFERRABLE INITIALLY DEFERRED)");
  handlers_.for_event = [](Event&, SqlSession& session) {
    return session.execute("INSERT INTO seats VALUES ('nobody')", {}) ? Outcome::kOk : Outcome::kRetry;
  };
  const auto told = commit(trip(1, "k").at(kTrips, 0, 0));
  EXPECT_EQ(told.status, CommitStatus::kRefused);
  EXPECT_THAT(told.message, HasSubstr("seats_trip_fkey"));
  EXPECT_EQ(inbox(), 0);
}

TEST_F(InsideSql, TheSchemaAndTheTimeLimitComeFromTheManifestInEveryBatch) {
  std::vector<std::string> paths, limits;
  handlers_.for_event = [&](Event&, SqlSession& session) {
    const auto shown = session.execute("SELECT current_setting('search_path'), current_setting('statement_timeout')", {});
    EXPECT_TRUE(shown);
    paths.push_back(*shown->cells[0]);
    limits.push_back(*shown->cells[1]);
    EXPECT_TRUE(session.execute("SELECT set_config('search_path', 'public', false), set_config('statement_timeout', '0', false)", {}));
    return Outcome::kOk;
  };
  commit(trip(1, "k").at(kTrips, 0, 0));
  commit(trip(2, "k").at(kTrips, 0, 1));
  EXPECT_THAT(paths, testing::ElementsAre(HasSubstr("ride"), HasSubstr("ride")));
  EXPECT_THAT(limits, testing::ElementsAre("30s", "30s"));
}

TEST_F(InsideSql, AStatementThatTakesTooLongIsARetry) {
  auto manifest = test_manifest({.sql = true});
  manifest.timeout_ms = 50;
  auto plan = Plan::make(manifest, test_catalogue());
  ASSERT_TRUE(plan);
  plan_ = *plan;
  store_.reset();
  open();
  handlers_.for_event = [](Event&, SqlSession& session) { return session.execute("SELECT pg_sleep(60)", {}) ? Outcome::kOk : Outcome::kRetry; };
  const auto told = commit(trip(1, "k").at(kTrips, 0, 0));
  ASSERT_EQ(told.status, CommitStatus::kRerun) << told.message;
  EXPECT_THAT(told.batch->events[0]->message, HasSubstr("57014"));
}

TEST_F(InsideSql, ParametersMayBeNullAndAreNeverCutShort) {
  handlers_.for_event = [](Event& event, SqlSession& session) {
    const std::string id = event.event_id.text();
    EXPECT_TRUE(session.execute("INSERT INTO trips (id, n) VALUES ($1, $2)", Parameters{id, std::nullopt}));
    const auto rows = session.execute("SELECT n FROM trips WHERE id = $1", Parameters{id});
    EXPECT_TRUE(rows && rows->rows() == 1 && !rows->cells[0]);
    const auto none = session.execute("SELECT n FROM trips WHERE id = 'no'", {});
    EXPECT_TRUE(none && none->rows() == 0 && none->columns.size() == 1);
    return session.execute("SELECT $1::text", Parameters{std::string_view("a\0b", 3)}) ? Outcome::kOk : Outcome::kRetry;
  };
  const auto told = commit(trip(1, "k").at(kTrips, 0, 0));
  EXPECT_EQ(told.status, CommitStatus::kRerun);
  EXPECT_THAT(told.batch->events[0]->message, HasSubstr("NUL"));
}

TEST_F(InsideSql, TheSameStatementIsPreparedOnceAndKeepsWorkingWhenItsTableChanges) {
  handlers_.for_event = [](Event&, SqlSession& session) { return session.execute("SELECT * FROM trips", {}) ? Outcome::kOk : Outcome::kRetry; };
  ASSERT_EQ(commit(trip(1, "k").at(kTrips, 0, 0)).status, CommitStatus::kCommitted);
  database().run("ALTER TABLE ride.trips ADD COLUMN city text");
  auto told = commit(trip(2, "k").at(kTrips, 0, 1));
  for (int tries = 0; tries < 3 && told.status != CommitStatus::kCommitted; ++tries) told = commit(trip(2, "k").at(kTrips, 0, 1));
  EXPECT_EQ(told.status, CommitStatus::kCommitted) << told.message;
}

}  // namespace
}  // namespace gofuture::test
