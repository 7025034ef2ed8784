// PostgresStore: the store of a function in postgres mode. State comes from `keys`; effects, inbox row and state of a batch are
// one transaction.
//
// Threads: load(), commit() and claim() may be called from one thread and return at once. Behind them stand `committers` threads
// that commit, and one that loads and claims, each with a connection of its own. The destructor answers what was asked and ends them.
//
//   auto deployed = register_function(conninfo, plan->manifest().name, digest, version);
//   auto store = PostgresStore::open({.conninfo = conninfo, .function_id = deployed->function_id, .epoch = deployed->epoch,
//                                     .plan = plan}, mailbox, probe);
//   Pipeline pipeline(*plan, {source, handlers, **store, clock, probe});
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

struct PostgresStoreOptions {
  std::string conninfo;
  std::int32_t function_id = 0;
  std::int64_t epoch = 0;
  std::shared_ptr<const Plan> plan;
  Inside* inside = nullptr;                // sql = true: the handlers, run inside the transaction; outlives the store
  int committers = 2;
  std::string relay_slot = "gofuture_outbox";  // timers wait for what has been sent through it
  std::string instance = "local-1";        // of the process, for what it tells about itself
  std::string group = {};                  // the function's consumer group, which dead letters name
};

class PostgresStore : public Store {
 public:
  // Checks that the database can be reached and is migrated; after that, an outage is answered, never an error.
  static Result<std::unique_ptr<PostgresStore>> open(PostgresStoreOptions options, Answers& answers, Probe& probe);
  ~PostgresStore() override;

  StoreTraits traits() const override;
  void load(BatchPtr batch) override;
  void commit(BatchPtr batch) override;
  void claim(const ClaimRequest& limits) override;

 private:
  struct Impl;
  explicit PostgresStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gofuture
