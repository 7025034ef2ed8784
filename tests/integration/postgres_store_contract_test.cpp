// The store contract over Postgres: the same suite that the fake store passes.
#include "contract/store_contract.hpp"
#include "integration/postgres_database.hpp"
#include "integration/postgres_proxy.hpp"
#include "integration/postgres_rows.hpp"
#include "postgres/days.hpp"
#include "postgres/inbox_bucket.hpp"
#include "postgres/journal.hpp"
#include "postgres/store.hpp"
#include "pipeline/silent_probe.hpp"

namespace gofuture::test {
namespace {

class PostgresStoreFixture : public StoreFixture {
 public:
  PostgresStoreFixture() : proxy_(database().host(), database().port()) { database().wipe(); }

  std::unique_ptr<Store> make_store(const StoreSetup& setup, Answers& answers) override {
    PostgresStoreOptions options;
    // Through the proxy, so that answers can get lost.
    options.conninfo = database().conninfo() + " host=127.0.0.1 port=" + std::to_string(proxy_.port());
    options.function_id = database().function(setup.plan->manifest().name);
    options.epoch = setup.epoch;
    options.plan = setup.plan;
    options.inside = setup.inside;
    auto store = PostgresStore::open(std::move(options), answers, probe_);
    EXPECT_TRUE(store) << store.error().message();
    return store ? std::move(*store) : nullptr;
  }

  std::unique_ptr<Journal> make_journal(const std::string& function) override {
    database().function(function);
    return std::make_unique<PostgresJournal>(database().conninfo(), function);
  }

  std::vector<OutboxRow> outbox() override { return outbox_of(database()); }
  std::optional<InboxRow> inbox(const std::string& function, const Uuid& event_id) override { return inbox_of(database(), function, event_id); }
  std::size_t inbox_rows(const std::string& function) override {
    return static_cast<std::size_t>(database().number("SELECT count(*) FROM gofuture.inbox i JOIN gofuture.functions f ON f.id = i.function_id"
                                                      " WHERE f.name = '" + function + "'"));
  }
  std::optional<StoredKey> key(const std::string& function, const std::string& state_key) override {
    return key_of(database(), function, state_key);
  }
  std::vector<DeadLetter> dead_letters(const std::string& function) override { return dead_letters_of(database(), function); }
  std::vector<TimerRow> timers(const std::string& function) override { return timers_of(database(), function); }
  void pass_time(std::int64_t ms) override {  // what is due then is due now
    const std::string ago = " - interval '" + std::to_string(ms) + " ms'";
    database().run("UPDATE gofuture.timers SET due_at = due_at" + ago + ", claimed_until = claimed_until" + ago);
    database().run("UPDATE gofuture.delayed_events SET due_at = due_at" + ago);
    database().run("UPDATE gofuture.parked SET due_at = due_at" + ago);
  }
  std::vector<ParkedRow> parked(const std::string& function) override { return parked_of(database(), function); }
  std::int64_t now_us() override { return clock_of(database()); }

  void make_due(const std::string& function, const std::string& state_key) override {
    database().run("UPDATE gofuture.parked SET due_at = now() WHERE number = (SELECT min(number) FROM gofuture.parked WHERE state_key = '" +
                   state_key + "' AND function_id = (SELECT id FROM gofuture.functions WHERE name = '" + function + "'))");
  }
  int release_key(const std::string& function, const std::string& state_key) override {
    return static_cast<int>(database().number("SELECT gofuture.release_key('" + function + "', '" + state_key + "')"));
  }
  void set_floor(const std::string& function, std::int64_t epoch) override {
    database().run("UPDATE gofuture.functions SET epoch = " + std::to_string(epoch) + " WHERE name = '" + function + "'");
  }
  void drop_inbox_day_of(const Uuid& event_id) override {
    auto connection = PgConnection::open(database().conninfo(), "gofuture test");
    ASSERT_TRUE(connection);
    const auto dropped = drop_inbox_days(*connection, inbox_bucket(event_id) + 1);
    ASSERT_TRUE(dropped) << dropped.error().message();
    ASSERT_GE(*dropped, 1);
  }
  bool lose_next_commit(Store&) override {
    proxy_.lose_next_answer_to_begin();
    return true;
  }
  bool lose_answer_of_next_commit(Store&) override {
    proxy_.lose_next_answer_to_commit();
    return true;
  }

 private:
  SilentProbe probe_;
  Proxy proxy_;
};

TEST(PostgresStoreBreakers, OpenOnesAreRowsUntilTheyCloseAndAfterAStartOnlyTheNewOnes) {
  PostgresStoreFixture fixture;
  Replica here(fixture, {});
  const auto rows = [] { return database().ask("SELECT string_agg(dependency || '=' || reason, ', ' ORDER BY dependency) FROM gofuture.breakers"); };
  database().run("INSERT INTO gofuture.breakers SELECT id, 'local-1', 'of an earlier run', now() FROM gofuture.functions");
  ClaimRequest request;
  request.breakers = std::vector<BreakerState>{{"http://a:80", "status 401", 5'000}, {"http://b:80", "refused", 0}};
  here.claim(request);
  EXPECT_EQ(rows(), "http://a:80=status 401, http://b:80=refused");
  EXPECT_EQ(database().number("SELECT round(extract(epoch FROM now() - open_since)) FROM gofuture.breakers WHERE dependency = 'http://a:80'"), 5);
  here.claim();
  EXPECT_EQ(rows(), "http://a:80=status 401, http://b:80=refused") << "nothing has changed";
  request.breakers = std::vector<BreakerState>{{"http://b:80", "refused again", 9'000}};
  here.claim(request);
  EXPECT_EQ(rows(), "http://b:80=refused again");
  request.breakers->clear();
  here.claim(request);
  EXPECT_EQ(rows(), "");
}

INSTANTIATE_TEST_SUITE_P(PostgresStore, StoreContract,
                         testing::Values(StoreFixtureMaker{"PostgresStore", [] { return std::make_unique<PostgresStoreFixture>(); }}),
                         store_name);

}  // namespace
}  // namespace gofuture::test
