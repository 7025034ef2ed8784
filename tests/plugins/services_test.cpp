// What functions ask of the host: SQL inside the store's transaction, HTTP within the allow list, look-ups.
#include <cstdlib>

#include "plugins/world.hpp"
#include "support/fake_journal.hpp"
#include "support/tiny_server.hpp"

namespace gofuture {
namespace {

using plugin_world::batch;
using plugin_world::manifest;
using plugin_world::outcomes;
using plugin_world::World;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// --- sql --------------------------------------------------------------------------------------------------------------------

class FakeSession : public SqlSession {
 public:
  Result<SqlRows> execute(std::string_view sql, const std::vector<std::optional<std::string_view>>& parameters) override {
    std::string line(sql);
    for (const auto& parameter : parameters) line += " | " + (parameter ? std::string(*parameter) : "NULL");
    executed.push_back(line);
    if (sql.find("nowhere") != std::string_view::npos) return Error("relation \"nowhere\" does not exist");
    SqlRows rows;
    rows.affected = 1;
    if (sql.starts_with("SELECT")) {
      rows.columns = {"a", "b"};
      rows.cells = {"first", std::nullopt};
    }
    return rows;
  }
  std::vector<std::string> executed;
};

FunctionManifest with_sql() {
  FunctionManifest of = manifest();
  of.sql_schema = "ride";
  return of;
}

class SqlTwin : public ::testing::TestWithParam<const char*> {
 protected:
  void run(Batch& given) { world_.handlers->run(given, session_); }
  World world_{GetParam(), with_sql(), {0, 2, 42}};
  FakeSession session_;
};
INSTANTIATE_TEST_SUITE_P(InCAndInCpp, SqlTwin, ::testing::Values("asks_sql", "asks_sql_cpp"));

TEST_P(SqlTwin, StatementsRunInTheSessionThatWasLentAndRowsComeBack) {
  const BatchPtr given = batch(*world_.made, {{"k", "SELECT a, b FROM t WHERE k = $1"}});
  run(*given);
  EXPECT_THAT(outcomes(*given), ElementsAre(Outcome::kOk));
  EXPECT_EQ(given->slots[0].state, "first");
  EXPECT_THAT(session_.executed, ElementsAre("SELECT a, b FROM t WHERE k = $1 | k | NULL"));
}

TEST_P(SqlTwin, TransactionCommandsNeverReachTheSession) {
  const BatchPtr given = batch(*world_.made, {{"k", "COMMIT"}, {"l", "SELECT 1; ROLLBACK"}});
  run(*given);
  EXPECT_THAT(outcomes(*given), Each(Outcome::kRetry));
  EXPECT_THAT(given->events[0]->message, StartsWith("a function may not run COMMIT: "));
  EXPECT_THAT(given->events[1]->message, StartsWith("one statement per call: "));
  EXPECT_THAT(session_.executed, IsEmpty());
}

TEST_P(SqlTwin, AfterAnErrorTheRestOfTheBatchIsHeldBecauseItsTransactionIsLost) {
  const BatchPtr given = batch(*world_.made, {{"k", "UPDATE t SET a = 1"}, {"l", "SELECT * FROM nowhere"}, {"m", "SELECT 1"}});
  run(*given);
  EXPECT_THAT(outcomes(*given), ElementsAre(Outcome::kOk, Outcome::kRetry, Outcome::kHeld));
  EXPECT_EQ(given->events[1]->message, "relation \"nowhere\" does not exist");
  EXPECT_THAT(session_.executed, SizeIs(2));
  const BatchPtr again = batch(*world_.made, {{"m", "SELECT 1"}});  // the next transaction is a new one
  run(*again);
  EXPECT_THAT(outcomes(*again), ElementsAre(Outcome::kOk));
}

TEST_P(SqlTwin, SkippingAfterChangingRowsIsABreachBecauseTheRowsWouldStay) {
  const BatchPtr given = batch(*world_.made, {{"k", "SELECT 1 -- skip"}, {"l", "UPDATE t SET a = 1 -- skip"}});
  run(*given);
  EXPECT_THAT(outcomes(*given), ElementsAre(Outcome::kSkip, Outcome::kRetry));
  EXPECT_EQ(given->events[1]->message,
            "the function skipped an event after its SQL had changed rows; finish it with ok, or with reject to undo them");
}

TEST_P(SqlTwin, ThreadsOfTheStoreBorrowHandlersOfTheirOwn) {
  std::vector<std::thread> stores;
  std::atomic<int> done = 0;
  for (int i = 0; i < 4; ++i)
    stores.emplace_back([&] {
      FakeSession session;
      for (int j = 0; j < 50; ++j) {
        const BatchPtr given = batch(*world_.made, {{"k", "SELECT 1"}});
        world_.handlers->run(*given, session);
        done += given->events[0]->outcome == Outcome::kOk ? 1 : 0;
      }
    });
  for (std::thread& store : stores) store.join();
  EXPECT_EQ(done, 200);
}

// --- lookup -----------------------------------------------------------------------------------------------------------------

class FakeLookup : public Lookup {
 public:
  Result<std::optional<std::string>> get(std::string_view table, std::string_view key) override {
    if (key == "broken") return Error("the database is away");
    if (key == "none") return std::optional<std::string>();
    return std::optional<std::string>(std::string(table) + "/" + std::string(key));
  }
};

TEST(LookupServiceTest, ReadsDeclaredTablesOnly) {
  FunctionManifest of = manifest();
  of.lookups = {{"prices", "ride.prices", "region_id", 1'000}};
  FakeLookup lookup;
  World world("asks_lookup", of, {1, 0, 42}, &lookup);
  const BatchPtr done = world.handle({{"r-1", "prices"}, {"none", "prices"}, {"broken", "prices"}, {"r-2", "secrets"}});
  EXPECT_EQ(done->slots[0].state, "0 prices/r-1");
  EXPECT_EQ(done->slots[1].state, "1 ");
  EXPECT_EQ(done->slots[2].state, "2 the database is away");
  EXPECT_EQ(done->slots[3].state, "2 no [[lookup]] of manifests/identity.toml is named \"secrets\"");
}

// --- http -------------------------------------------------------------------------------------------------------------------

std::optional<test::TinyAnswer> serve(const test::TinyRequest& request) {
  if (request.path == "/api/hangup") return std::nullopt;
  test::TinyAnswer answer{200, "seen " + request.idempotency_key, {}, request.path.ends_with("/silence")};
  if (request.path.ends_with("/busy")) answer.status = 503;
  if (request.path.ends_with("/declined")) answer.status = 402;
  if (request.path == "/api/big") answer.body.assign(2 << 20, 'x');
  if (request.path == "/api/moved") {
    answer.status = 302;
    answer.headers = "Location: http://127.0.0.1:1/api/ok\r\n";
  }
  return answer;
}

class HttpServiceTest : public ::testing::Test {
 protected:
  std::string ask(const std::string& url) {
    if (!world_) {
      FunctionManifest of = manifest();
      of.http = Http{{server_.url("/api"), "http://127.0.0.1:1/"}, 300};
      world_ = std::make_unique<World>("asks_http", of);
    }
    const BatchPtr done = world_->handle({{"k", url}});
    id_ = done->events[0]->event_id.text();
    return done->slots[0].state.value_or("nothing");
  }
  test::TinyServer server_{serve};
  std::unique_ptr<World> world_;
  std::string id_;
};

TEST_F(HttpServiceTest, AnAllowedRequestIsAnsweredAndCarriesItsIdempotencyKey) {
  const std::string answer = ask(server_.url("/api/ok"));
  EXPECT_EQ(answer, "Aseen " + id_ + "/identity/charge/0");
}

TEST_F(HttpServiceTest, ANamedEffectIsTheSameRequestWhicheverEventAsks) {
  EXPECT_EQ(ask(server_.url("/api/once")), "Aseen identity/charge/k/refund 1") << "no event in it";
}

TEST_F(HttpServiceTest, AnEffectOfAKeyThatDoesNotFitIntoAHeaderIsNotSent) {
  ask(server_.url("/api/ok"));
  const BatchPtr done = world_->handle({{"k\r\nX-Evil: 1", server_.url("/api/once")}});
  EXPECT_THAT(done->slots[0].state.value_or("nothing"), StartsWith("Fan effect's name, and the state key it belongs to, go into a header"));
}

TEST_F(HttpServiceTest, ConnectionsAreKept) {
  for (int i = 0; i < 5; ++i) EXPECT_THAT(ask(server_.url("/api/ok")), StartsWith("A"));
  EXPECT_EQ(server_.connections, 1);
}

TEST_F(HttpServiceTest, WhatIsNotAllowedIsNeverSent) {
  EXPECT_THAT(ask(server_.url("/other")), HasSubstr("is not in [http] allow ("));
  EXPECT_THAT(ask(server_.url("/api/../other")), StartsWith("F"));
  EXPECT_THAT(ask("ftp://127.0.0.1/x"), StartsWith("F"));
  EXPECT_EQ(server_.connections, 0);
}

TEST_F(HttpServiceTest, WhereNobodyListensNothingWasSent) { EXPECT_THAT(ask("http://127.0.0.1:1/x"), StartsWith("U")); }

TEST_F(HttpServiceTest, ARequestWithoutAnAnswerIsUnknownNotFailed) {
  EXPECT_THAT(ask(server_.url("/api/silence")), StartsWith("K"));
  EXPECT_THAT(ask(server_.url("/api/hangup")), StartsWith("K"));
}

TEST_F(HttpServiceTest, AnAnswerWithoutEndIsCutOff) {
  EXPECT_EQ(ask(server_.url("/api/big")), "Kthe answer is larger than 1 MiB; it was cut off");
}

TEST_F(HttpServiceTest, ARedirectIsAnAnswerAndIsNotFollowed) {
  EXPECT_THAT(ask(server_.url("/api/moved")), StartsWith("Aseen "));
  EXPECT_EQ(server_.connections, 1);
}

TEST_F(HttpServiceTest, AProxyOfTheEnvironmentIsIgnored) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  EXPECT_THAT(ask(server_.url("/api/ok")), StartsWith("Aseen "));
  ::unsetenv("http_proxy");
}

// --- the journal of unsafe calls --------------------------------------------------------------------------------------------

// Handles events that post to the server, with a journal, one process after another: each has an Event and handlers of its own.
class JournaledHttpTest : public ::testing::Test {
 protected:
  struct Process {
    explicit Process(JournaledHttpTest& in) : world("asks_http", manifest_for(in), {.threads = 1, .seed = 42, .journal = &in.journal}) {}
    static FunctionManifest manifest_for(JournaledHttpTest& in) {
      FunctionManifest of = manifest();
      of.http = Http{{in.server.url("/api"), "http://127.0.0.1:1/"}, 300};
      return of;
    }
    World world;
  };
  // What the function was told: "A…" answered, "U…" unreachable, "K…" unknown, "F…" forbidden.
  static std::string told(const Batch& batch) {
    return batch.events[0]->outcome == Outcome::kOk ? batch.slots[0].state.value_or("nothing") : batch.events[0]->message;
  }
  BatchPtr event(Process& process, const std::string& url) { return batch(*process.world.made, {{"k", url}}); }
  // The store writes what came of it, as with every outcome.
  void commit(const Batch& done) {
    for (const EventPtr& one : done.events) database.write_calls("identity", *one);
  }

  test::TinyServer server{serve};
  test::FakeDatabase database;
  test::FakeJournal journal{database, "identity"};
};

TEST_F(JournaledHttpTest, ARequestStandsInTheJournalBeforeItIsSent) {
  Process process(*this);
  journal.down = true;
  const BatchPtr done = process.world.handle(event(process, server.url("/api/ok")));
  EXPECT_THAT(told(*done), StartsWith("Uit was not sent, because it could not be written into the journal"));
  EXPECT_THAT(server.requests(), IsEmpty());
  EXPECT_THAT(done->events[0]->calls, IsEmpty());
}

TEST_F(JournaledHttpTest, ARerunInTheSameProcessIsToldTheSame) {
  Process process(*this);
  BatchPtr done = process.world.handle(event(process, server.url("/api/ok")));
  const std::string first = told(*done);
  EXPECT_THAT(first, StartsWith("Aseen "));
  done->reset_effects();  // its key had moved
  done = process.world.handle(std::move(done));
  EXPECT_EQ(told(*done), first);
  EXPECT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(journal.opened, 1);
}

TEST_F(JournaledHttpTest, AnotherProcessReplaysWhatWasCommitted) {
  std::string first;
  {
    Process process(*this);
    const BatchPtr done = process.world.handle(event(process, server.url("/api/declined")));
    first = told(*done);
    commit(*done);
  }
  Process next(*this);
  const BatchPtr done = next.world.handle(event(next, server.url("/api/declined")));
  EXPECT_EQ(told(*done), first);
  EXPECT_THAT(server.requests(), SizeIs(1));
  ASSERT_THAT(done->events[0]->calls, SizeIs(1));
  EXPECT_TRUE(done->events[0]->calls[0].replayed) << "and need not be written again";
}

TEST_F(JournaledHttpTest, WhatAProcessSentBeforeItWasKilledIsUnknownAndNotSentAgain) {
  {
    Process process(*this);
    EXPECT_THAT(told(*process.world.handle(event(process, server.url("/api/ok")))), StartsWith("A"));
  }  // nothing of it was committed
  Process next(*this);
  EXPECT_THAT(told(*next.world.handle(event(next, server.url("/api/ok")))), StartsWith("Kit was about to be sent before"));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(JournaledHttpTest, AnAttemptThatWasToldAndTriesAgainSendsAgainWhereNothingStandsForGood) {
  for (const char* path : {"/api/retry/busy", "/api/retry/silence"}) {
    SCOPED_TRACE(path);
    database.calls.clear();
    const std::size_t before = server.requests().size();
    {
      Process process(*this);
      BatchPtr done = process.world.handle(event(process, server.url(path)));
      ASSERT_EQ(done->events[0]->outcome, Outcome::kRetry);
      done = process.world.handle(std::move(done));  // the next attempt, in the same process
      EXPECT_EQ(server.requests().size(), before + 2);
      commit(*done);
    }
    Process next(*this);  // and in another
    next.world.handle(event(next, server.url(path)));
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), before + 3);
    EXPECT_EQ(requests[before].idempotency_key, requests[before + 2].idempotency_key) << "for the other side it is one request";
  }
}

TEST_F(JournaledHttpTest, AnAttemptThatTriesAgainDoesNotRepeatWhatStandsForGood) {
  Process process(*this);
  BatchPtr done = process.world.handle(event(process, server.url("/api/retry/declined")));
  ASSERT_EQ(done->events[0]->outcome, Outcome::kRetry);
  const std::string first = told(*done);
  done = process.world.handle(std::move(done));
  EXPECT_EQ(told(*done), first);
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(JournaledHttpTest, AnUnknownOneIsToldBeforeItIsSentAgain) {
  {
    Process killed(*this);
    killed.world.handle(event(killed, server.url("/api/retry/ok")));
  }
  Process next(*this);
  BatchPtr done = next.world.handle(event(next, server.url("/api/retry/ok")));
  EXPECT_THAT(told(*done), StartsWith("K"));
  EXPECT_THAT(server.requests(), SizeIs(1));
  ASSERT_EQ(done->events[0]->outcome, Outcome::kRetry);
  done = next.world.handle(std::move(done));
  EXPECT_THAT(told(*done), StartsWith("A"));
  EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST_F(JournaledHttpTest, ANamedEffectIsOneWhicheverEventAsks) {
  Process process(*this);
  auto two = batch(*process.world.made, {{"k", server.url("/api/once")}, {"k", server.url("/api/once")}});
  BatchPtr done = process.world.handle(std::move(two));
  EXPECT_THAT(outcomes(*done), Each(Outcome::kOk));
  commit(*done);
  const auto requests = server.requests();
  done = process.world.handle(event(process, server.url("/api/once")));
  EXPECT_THAT(told(*done), StartsWith("Aseen identity/charge/k/refund 1"));
  EXPECT_EQ(server.requests().size(), requests.size());
}

TEST_F(JournaledHttpTest, TheSameNameWithOtherContentIsAMistakeOfTheFunction) {
  for (const bool same_process : {true, false}) {
    SCOPED_TRACE(same_process);
    database.calls.clear();
    auto process = std::make_unique<Process>(*this);
    BatchPtr done = process->world.handle(event(*process, server.url("/api/ok")));
    const std::size_t before = server.requests().size();
    BatchPtr again;
    if (same_process) {
      again = event(*process, server.url("/api/other"));
      again->events[0]->calls = done->events[0]->calls;
    } else {
      process = std::make_unique<Process>(*this);
      again = event(*process, server.url("/api/other"));
    }
    again = process->world.handle(std::move(again));
    EXPECT_EQ(again->events[0]->outcome, Outcome::kRetry);
    EXPECT_THAT(again->events[0]->message, HasSubstr("asked for \"charge\" with other content than before for this event"));
    EXPECT_THAT(process->world.probe.sentences(), ::testing::Contains(HasSubstr("function_misbehaving")));
    EXPECT_EQ(server.requests().size(), before);
  }
}

TEST_F(JournaledHttpTest, WhatMayNotBeAskedIsNotJournaled) {
  Process process(*this);
  EXPECT_THAT(told(*process.world.handle(event(process, server.url("/other")))), StartsWith("F"));
  EXPECT_EQ(journal.opened, 0);
}

TEST_F(JournaledHttpTest, WhereNobodyListensTheNextAttemptAsksAgain) {
  Process process(*this);
  BatchPtr done = process.world.handle(event(process, "http://127.0.0.1:1/retry"));
  EXPECT_THAT(told(*done), StartsWith("U"));
  commit(*done);
  Process next(*this);
  EXPECT_THAT(told(*next.world.handle(event(next, "http://127.0.0.1:1/retry"))), StartsWith("U")) << "not unknown: nothing was sent";
}

}  // namespace
}  // namespace gofuture
