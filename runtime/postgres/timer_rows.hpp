// TimerRows: the `timers` rows of one batch: what its events set and cancel, and what becomes of timers that were due.
//
// Owned by one committer, used batch after batch: collect() -> queue_check() -> rule_taken() -> queue_write().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "postgres/connection.hpp"
#include "postgres/key_rows.hpp"
#include "postgres/parameters.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

class TimerRows {
 public:
  void collect(const Batch& batch);
  bool any_due() const { return !due_.empty(); }
  void queue_check(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);
  // True: some have been set anew, canceled or fired by others, or events of their keys are parked: they come again behind those.
  bool rule_taken(const StoreIdentity& identity, const PgResult& found, const KeyRows& keys, Batch& batch) const;

  // Returns how many statements.
  int queue_write(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);

 private:
  std::vector<std::uint32_t> due_;  // events of the batch that are timers
  ArrayOf state_keys_{PgType::kText}, names_{PgType::kText}, numbers_{PgType::kInt8}, dues_{PgType::kInt8}, afters_{PgType::kInt8}, topics_{PgType::kText},
      partitions_{PgType::kInt4}, correlations_{PgType::kText}, causations_{PgType::kText}, parents_{PgType::kText}, states_{PgType::kText},
      hops_{PgType::kInt4};
};

// For Store::claim: timers that are due, in the time that all of the function's partitions have passed.
void queue_timer_claim(const StoreIdentity& identity, const ClaimRequest& request, PgConnection& connection);
void take_claimed_timers(const StoreIdentity& identity, const PgResult& rows, Claimed& claimed);
// What this replica has caught up with.
void queue_caught_up(const StoreIdentity& identity, const CaughtUp& caught_up, PgConnection& connection);

}  // namespace gofuture
