// Replicas (contract/replica.hpp) over the program's database, for tests that look at one store's behaviour and not at the
// contract of all.
#pragma once

#include <memory>
#include <string>

#include "contract/replica.hpp"
#include "integration/postgres_database.hpp"
#include "integration/postgres_proxy.hpp"
#include "pipeline/silent_probe.hpp"
#include "postgres/store.hpp"

namespace gofuture::test {

class World {
 public:
  // port: of a proxy; 0: straight to Postgres. `instance`: of the process that its replicas are of.
  explicit World(int port = 0, std::string instance = {}) : instance_(std::move(instance)) {
    conninfo_ = database().conninfo();
    if (port != 0) conninfo_ += " host=127.0.0.1 port=" + std::to_string(port);
  }

  std::unique_ptr<Replica> replica(const ReplicaOptions& options = {}) const {
    Maker maker(conninfo_, instance_);
    return std::make_unique<Replica>(maker, options);
  }

 private:
  // Replica asks a fixture for its store and for nothing else.
  class Maker : public StoreFixture {
   public:
    Maker(std::string conninfo, std::string instance) : conninfo_(std::move(conninfo)), instance_(std::move(instance)) {}
    std::unique_ptr<Store> make_store(const StoreSetup& setup, Answers& answers) override {
      static SilentProbe probe;  // outlives every store
      PostgresStoreOptions options;
      options.conninfo = conninfo_;
      options.function_id = database().function(setup.plan->manifest().name);
      options.epoch = setup.epoch;
      options.plan = setup.plan;
      options.inside = setup.inside;
      options.instance = instance_;
      options.group = "blue-" + setup.plan->manifest().name;
      auto store = PostgresStore::open(std::move(options), answers, probe);
      GOFUTURE_ASSERT(store, "the store opens");
      return std::move(*store);
    }
    std::unique_ptr<Journal> make_journal(const std::string&) override { return nullptr; }
    std::vector<OutboxRow> outbox() override { return {}; }
    std::optional<InboxRow> inbox(const std::string&, const Uuid&) override { return std::nullopt; }
    std::size_t inbox_rows(const std::string&) override { return 0; }
    std::optional<StoredKey> key(const std::string&, const std::string&) override { return std::nullopt; }
    std::vector<DeadLetter> dead_letters(const std::string&) override { return {}; }
    std::int64_t now_us() override { return 0; }
    void make_due(const std::string&, const std::string&) override {}
    int release_key(const std::string&, const std::string&) override { return 0; }
    std::vector<TimerRow> timers(const std::string&) override { return {}; }
    void pass_time(std::int64_t) override {}
    std::vector<ParkedRow> parked(const std::string&) override { return {}; }
    void set_floor(const std::string&, std::int64_t) override {}
    void drop_inbox_day_of(const Uuid&) override {}
    bool lose_next_commit(Store&) override { return false; }
    bool lose_answer_of_next_commit(Store&) override { return false; }

   private:
    std::string conninfo_, instance_;
  };

  std::string conninfo_, instance_;
};

}  // namespace gofuture::test
