// StoreFixture: what the store contract needs from a store under test: to make instances of it (each like one replica) over one
// database, and to look into that database. Every test has a fresh fixture, and its database is empty but for the schema.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"
#include "support/database_rows.hpp"

namespace gofuture::test {

struct StoreSetup {
  std::shared_ptr<const Plan> plan;  // its catalogue is test_catalogue()
  std::int64_t epoch = 1;
  Inside* inside = nullptr;          // not null: a store that runs the handlers in its transaction
};

class StoreFixture {
 public:
  virtual ~StoreFixture() = default;

  // One more replica; its answers go to `answers`. Lives no longer than the fixture.
  virtual std::unique_ptr<Store> make_store(const StoreSetup& setup, Answers& answers) = 0;

  // The journal of a function's HTTP calls, as one more process opens it. Lives no longer than the fixture.
  virtual std::unique_ptr<Journal> make_journal(const std::string& function) = 0;

  // --- looking
  virtual std::vector<OutboxRow> outbox() = 0;  // in the order of commits, within one by sequence
  virtual std::optional<InboxRow> inbox(const std::string& function, const Uuid& event_id) = 0;
  virtual std::size_t inbox_rows(const std::string& function) = 0;
  virtual std::optional<StoredKey> key(const std::string& function, const std::string& state_key) = 0;
  virtual std::vector<DeadLetter> dead_letters(const std::string& function) = 0;  // by topic, partition, offset
  virtual std::vector<ParkedRow> parked(const std::string& function) = 0;            // in the order of their numbers
  virtual std::vector<TimerRow> timers(const std::string& function) = 0;             // in the order of their numbers
  virtual std::int64_t now_us() = 0;  // the database's clock, microseconds since 1970

  // --- arranging
  virtual void make_due(const std::string& function, const std::string& state_key) = 0;  // the oldest parked event of the key
  virtual int release_key(const std::string& function, const std::string& state_key) = 0;  // as people do
  virtual void pass_time(std::int64_t ms) = 0;  // of the database's clock
  virtual void set_floor(const std::string& function, std::int64_t epoch) = 0;       // as if that epoch had been deployed
  virtual void drop_inbox_day_of(const Uuid& event_id) = 0;
  // The connection on which this store's next commit goes is lost before the commit arrives, or after it was applied and
  // before its answer. False: cannot be arranged here, and the test is skipped.
  virtual bool lose_next_commit(Store& store) = 0;
  virtual bool lose_answer_of_next_commit(Store& store) = 0;
};

struct StoreFixtureMaker {
  std::string name;  // "FakeStore", "PostgresStore"
  std::function<std::unique_ptr<StoreFixture>()> make;
};

}  // namespace gofuture::test
