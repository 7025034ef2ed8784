// CommitTransaction: one batch in one transaction, the heart of the postgres mode (DESIGN §4).
//
//   first round trip    BEGIN · inbox insert · keys locked in key order · due events still as claimed? · epoch floor and clock
//   compare             repeats? moved keys? a newer deployment? too far ahead? taken by others?  -> nothing is written, the answer says why
//   (sql functions)     the handlers run here, inside the transaction
//   second round trip   keys · parked events · timers · outbox · dead letters · answers of HTTP calls · COMMIT
//
// Owned by one committer, on its thread; keeps its buffers from batch to batch. The connection is the caller's.
#pragma once

#include <string>
#include <vector>

#include "pipeline/io.hpp"
#include "postgres/call_rows.hpp"
#include "postgres/connection.hpp"
#include "postgres/dead_rows.hpp"
#include "postgres/inbox_fence.hpp"
#include "postgres/inside_session.hpp"
#include "postgres/key_rows.hpp"
#include "postgres/outbox_rows.hpp"
#include "postgres/parked_rows.hpp"
#include "postgres/ruling.hpp"
#include "postgres/store_identity.hpp"
#include "postgres/timer_rows.hpp"
#include "postgres/strike_rows.hpp"

namespace gofuture {

class CommitTransaction {
 public:
  explicit CommitTransaction(const StoreIdentity& identity) : identity_(identity) {}

  struct Reply {
    CommitStatus status = CommitStatus::kCommitted;
    std::string message;
    bool reconnect = false;  // the connection is gone or cannot be trusted
  };
  Reply commit(PgConnection& connection, Batch& batch);

  // Once per connection, before the first commit.
  Result<Done> prepare(PgConnection& connection);

 private:
  enum class Next { kReply, kAgain, kGoOn };
  // Each step either goes on or has set reply_.
  Next attempt(PgConnection& connection, Batch& batch);
  Next first_round(PgConnection& connection, Batch& batch, Rulings& rulings);
  Next ask_inbox(PgConnection& connection, Batch& batch, Rulings& rulings);
  Next load_moved(PgConnection& connection, Batch& batch, Rulings& rulings);
  Next run_inside(PgConnection& connection, Batch& batch);
  CommitStatus judge_sql(Batch& batch);
  Next second_round(PgConnection& connection, Batch& batch);
  Next make_days(PgConnection& connection, Batch& batch, Rulings& rulings);
  Next failed(PgConnection& connection, const SqlFailure& failure);
  Next give_up(PgConnection& connection, CommitStatus status, std::string message);
  bool inside() const { return identity_.inside != nullptr; }

  const StoreIdentity& identity_;
  InboxFence fence_;
  KeyRows keys_;
  ParkedRows parked_;
  TimerRows timers_;
  OutboxRows outbox_;
  DeadRows dead_;
  StrikeRows strikes_;
  CallRows calls_;
  InsideSession session_;
  std::int64_t now_us_ = 0;
  Reply reply_;
};

}  // namespace gofuture
