// The journal of HTTP calls on a real Postgres: what its thread does, and that a payment which was sent before its process was
// killed is asked after and concluded rightly by the next one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "integration/postgres_database.hpp"
#include "pipeline/silent_probe.hpp"
#include "manifest/load.hpp"
#include "plugins/world.hpp"
#include "postgres/journal.hpp"
#include "postgres/maintenance.hpp"
#include "postgres/store.hpp"
#include "postgres/trace.hpp"
#include "postgres/trace_text.hpp"
#include "support/answer_box.hpp"
#include "support/tiny_server.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    db.wipe();
    db.function("counter");
  }
  static JournaledCall call(int number) {
    JournaledCall made;
    made.name = "charge";
    made.scope = std::to_string(number);
    made.method = "POST";
    made.url = "http://gateway/charges";
    made.digest = content_digest(made.method, made.url, "body");
    return made;
  }
  static Event event() {
    Event made;
    made.event_id = *Uuid::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    made.envelope.correlationid = "ride-1";
    return made;
  }
  TestDatabase& db = database();
};

TEST_F(JournalTest, CallersThatWaitAtOneTimeShareATransaction) {
  PostgresJournal journal(db.conninfo(), "counter");
  constexpr int kThreads = 8, kEach = 50;
  std::atomic<int> ours = 0;
  std::vector<std::thread> callers;
  for (int thread = 0; thread < kThreads; ++thread)
    callers.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const Event about = event();
        const auto found = journal.open(call(thread * kEach + i), about);
        ours += found && found->ours;
      }
    });
  for (std::thread& one : callers) one.join();
  EXPECT_EQ(ours, kThreads * kEach);
  EXPECT_EQ(db.number("SELECT count(*) FROM gofuture.http_journal"), kThreads * kEach);
  EXPECT_LT(db.number("SELECT count(DISTINCT xmin::text) FROM gofuture.http_journal"), kThreads * kEach);
}

TEST_F(JournalTest, OfCallersWithOneRequestOneMaySendIt) {
  PostgresJournal journal(db.conninfo(), "counter"), replica(db.conninfo(), "counter");
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> ours = 0;
    std::vector<std::thread> callers;
    for (int thread = 0; thread < 8; ++thread)
      callers.emplace_back([&, thread] {
        const Event about = event();
        const auto found = (thread % 2 == 0 ? journal : replica).open(call(round), about);
        ours += found && found->ours;
      });
    for (std::thread& one : callers) one.join();
    EXPECT_EQ(ours, 1);
  }
}

TEST_F(JournalTest, AConnectionThatWasCutIsOpenedAgain) {
  PostgresJournal journal(db.conninfo(), "counter");
  const Event about = event();
  ASSERT_TRUE(journal.open(call(1), about));
  ASSERT_EQ(db.disconnect("gofuture journal"), 1);
  const auto found = journal.open(call(2), about);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_TRUE(found->ours);
}

TEST_F(JournalTest, WithoutADatabaseItIsAnErrorAndNotAnAnswer) {
  PostgresJournal journal("host=127.0.0.1 port=1 connect_timeout=1", "counter");
  const Event about = event();
  const auto found = journal.open(call(1), about);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message(), HasSubstr("cannot be reached"));
}

TEST_F(JournalTest, OldRequestsGoWithTheInboxWindow) {
  PostgresJournal journal(db.conninfo(), "counter");
  const Event about = event();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal.open(call(i), about));
  db.run("UPDATE gofuture.http_journal SET requested_at = now() - interval '17 days' WHERE scope <> '2'");
  const auto report = maintain({.conninfo = db.conninfo(), .inbox_window_days = 16});
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->http_calls_purged, 2);
  EXPECT_EQ(db.ask("SELECT string_agg(scope, ',') FROM gofuture.http_journal"), "2");
}

// --- a ride function in front ---------------------------------------------------------------------------------------------

// A payment gateway that keeps its word: a charge is made once for each Idempotency-Key.
class Gateway {
 public:
  std::optional<TinyAnswer> serve(const TinyRequest& request) {
    if (request.method == "GET") return charged ? TinyAnswer{200, R"({"status":"captured"})"} : TinyAnswer{404, "{}"};
    if (loses_requests) return TinyAnswer{200, "", "", true};
    charged = true;
    if (loses_answers) return TinyAnswer{200, "", "", true};
    return TinyAnswer{200, R"({"status":"captured"})"};
  }
  std::atomic<bool> charged = false, loses_answers = false, loses_requests = false;
};

// One process that runs capture_payment over the test's database; whoever destroys it kills it.
class Process {
 public:
  explicit Process(const std::string& gateway) {
    Diagnosis diagnosis;
    Manifests manifests = load_manifests(std::string(GOFUTURE_SOURCE_DIR) + "/manifests", diagnosis);
    for (FunctionManifest& one : manifests.functions)
      if (one.name == "capture_payment") manifest_ = std::move(one);
    manifest_.http->allow = {gateway};
    manifest_.http->timeout_ms = 300;
    manifest_.config_json = R"({"gateway": ")" + gateway + "\"}";
    plan = *Plan::make(manifest_, std::make_shared<const Catalogue>(manifests.catalogue));
    library_ = *Library::open(std::string(GOFUTURE_FUNCTION_DIR) + "/capture_payment.so", manifest_);
    journal_ = std::make_unique<PostgresJournal>(database().conninfo(), "capture_payment");
    PostgresStoreOptions options;
    options.conninfo = database().conninfo();
    options.function_id = database().function("capture_payment");
    options.epoch = 1;
    options.plan = plan;
    store_ = std::move(*PostgresStore::open(std::move(options), committed_, probe_));
    handlers_ = std::move(*PluginHandlers::make(library_, plan, &handled_, clock_, handler_probe_, nullptr, {.threads = 1, .journal = journal_.get()}));
  }

  // The event as Kafka delivers it, however often; the fraud check has answered before.
  BatchPtr payment() {
    auto made = plugin_world::batch(*plan, {{"b-1", R"({"booking_id": "b-1", "region_id": "3776:-12243", "payment_id": "p-1", "rider_id": "u-1", "amount_minor": 1250, "currency": "USD"})"}});
    made->events[0]->envelope.correlationid = "b-1";
    for (Slot& slot : made->slots) slot.loaded = true, slot.state = R"({"answered": false, "verdict": "approved"})";
    return made;
  }
  BatchPtr handle(BatchPtr batch) {
    handlers_->handle(std::move(batch));
    return handled_.next();
  }
  Committed commit(BatchPtr batch) {
    store_->commit(std::move(batch));
    return std::get<Committed>(*committed_.wait());
  }

  std::shared_ptr<const Plan> plan;

 private:
  FunctionManifest manifest_;
  std::shared_ptr<Library> library_;
  SilentProbe probe_;
  plugin_world::FakeProbe handler_probe_;
  plugin_world::ManualClock clock_;
  plugin_world::FakeAnswers handled_;
  AnswerBox committed_;
  std::unique_ptr<PostgresJournal> journal_;
  std::unique_ptr<PluginHandlers> handlers_;
  std::unique_ptr<PostgresStore> store_;
};

class JournaledPayment : public testing::Test {
 protected:
  JournaledPayment() {
    database().wipe();
    database().run("ALTER TABLE gofuture.events_outbox DROP CONSTRAINT IF EXISTS events_outbox_topic");  // the rides' topics, not the test's
  }
  static std::vector<std::string> emitted(const Batch& batch) {
    std::vector<std::string> types;
    for (const Emission& one : batch.emissions) types.emplace_back(one.type);
    return types;
  }
  Gateway gateway;
  TinyServer server{[this](const TinyRequest& request) { return gateway.serve(request); }};
};

TEST_F(JournaledPayment, SentByAProcessThatWasKilledBeforeItsCommitIsAskedAfterAndConcluded) {
  {
    Process killed(server.url());
    const BatchPtr done = killed.handle(killed.payment());
    ASSERT_THAT(emitted(*done), ElementsAre("PaymentSucceeded"));
  }  // the money is taken, and nothing of it is committed
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.http_journal WHERE result IS NULL"), 1) << "but that it was asked for";

  Process next(server.url());
  BatchPtr done = next.handle(next.payment());
  EXPECT_EQ(done->events[0]->outcome, Outcome::kOk) << done->events[0]->message;
  EXPECT_THAT(emitted(*done), ElementsAre("PaymentSucceeded"));
  EXPECT_THAT(server.lines(), ElementsAre("POST /v1/charges", "GET /v1/charges/p-1")) << "asked after, not sent again";
  ASSERT_EQ(next.commit(std::move(done)).status, CommitStatus::kCommitted);
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.events_outbox WHERE type = 'PaymentSucceeded'"), 1);
}

TEST_F(JournaledPayment, KilledBeforeTheGatewayHeardOfItIsSentAgainUnderTheSameKey) {
  gateway.loses_requests = true;
  {
    Process killed(server.url());
    killed.handle(killed.payment());
  }
  gateway.loses_requests = false;
  const std::size_t before = server.requests().size();
  Process next(server.url());
  BatchPtr done = next.handle(next.payment());
  ASSERT_EQ(done->events[0]->outcome, Outcome::kRetry) << "the gateway has not heard of it: told, and tried again";
  EXPECT_THAT(emitted(*done), IsEmpty());
  done = next.handle(std::move(done));
  EXPECT_EQ(done->events[0]->outcome, Outcome::kOk) << done->events[0]->message;
  EXPECT_THAT(emitted(*done), ElementsAre("PaymentSucceeded"));
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(before + 2));
  EXPECT_EQ(requests[before + 1].method, "POST");
  EXPECT_EQ(requests[before + 1].idempotency_key, requests[0].idempotency_key);
}

TEST_F(JournaledPayment, WhoseAnswerGotLostIsAskedAfter) {
  gateway.loses_answers = true;
  Process process(server.url());
  BatchPtr done = process.handle(process.payment());
  EXPECT_EQ(done->events[0]->outcome, Outcome::kOk) << done->events[0]->message;
  EXPECT_THAT(emitted(*done), ElementsAre("PaymentSucceeded"));
  EXPECT_THAT(server.lines(), ElementsAre("POST /v1/charges", "GET /v1/charges/p-1"));
}

TEST_F(JournaledPayment, CommittedIsToldByATrace) {
  Process process(server.url());
  ASSERT_EQ(process.commit(process.handle(process.payment())).status, CommitStatus::kCommitted);
  const auto trace = read_trace(database().conninfo(), "b-1");
  ASSERT_TRUE(trace) << trace.error().message();
  EXPECT_THAT(trace_text(*trace), HasSubstr("capture_payment v1   [charge: POST " + server.url("/v1/charges") + " 200]   → PaymentSucceeded"));
  EXPECT_THAT(trace_json(*trace), HasSubstr(R"("status":200)"));
}

}  // namespace
}  // namespace gofuture::test
