#include "postgres/commit_transaction.hpp"

#include <algorithm>
#include <utility>

#include "base/fault_point.hpp"
#include "postgres/commit_statements.hpp"
#include "postgres/days.hpp"

namespace gofuture {
namespace {

constexpr int kAttempts = 4;
constexpr const char* kInsidePath = "inside_path";
constexpr const char* kInsideTimeout = "inside_timeout";
constexpr const char* kPlanOurs = "plan_ours";        // kPlansByIndex, for what follows
constexpr const char* kPlanAuthors = "plan_authors";  // as the session began

// Another committer made the row of a key that had none when we looked.
bool is_key_race(const SqlFailure& failure) { return failure.state == "23505" && failure.table == "keys" && failure.schema == "gofuture"; }

bool any_dead(const Batch& batch) {
  return std::any_of(batch.events.begin(), batch.events.end(), [](const EventPtr& event) { return event->outcome == Outcome::kReject; });
}

}  // namespace

Result<Done> CommitTransaction::prepare(PgConnection& connection) {
  session_.forget_statements();
  for (auto& [name, sql] : commit_statements()) connection.declare(name, std::move(sql));
  // A database that was never migrated shows itself now, not with the first event.
  if (const PgResult there = connection.run("SELECT FROM gofuture.functions LIMIT 0"); !there.ok())
    return there.failure().error().within("looking for the tables of the runtime");
  if (!inside()) return ok();
  const FunctionManifest& manifest = identity_.plan->manifest();
  const std::string path = connection.quoted_name(manifest.sql_schema.value_or("public"));
  // For the session, so that prepared statements keep their plans; and again in each transaction, so that what a function may
  // have changed does not last.
  const PgResult set = connection.run("SET search_path TO " + path);
  if (!set.ok()) return set.failure().error();
  std::string ours, authors;
  for (const auto& [name, value] : kPlansByIndex) {
    const std::string head = std::string(ours.empty() ? "SELECT " : ", ") + "set_config('" + name + "', ";
    ours += head + "'" + value + "', true)";
    authors += head + "NULL, true)";
  }
  for (const auto& [name, sql] : {std::pair{kInsidePath, "SET LOCAL search_path TO " + path},
                                  std::pair{kInsideTimeout, "SET LOCAL statement_timeout TO " + std::to_string(manifest.timeout_ms)},
                                  std::pair{kPlanOurs, ours}, std::pair{kPlanAuthors, authors}})
    connection.declare(name, sql);
  return ok();
}

CommitTransaction::Reply CommitTransaction::commit(PgConnection& connection, Batch& batch) {
  for (int tries = 0; tries < kAttempts; ++tries) {
    reply_ = {};
    if (attempt(connection, batch) != Next::kAgain) return reply_;
  }
  return {CommitStatus::kUnavailable, "keys and inbox days keep changing under this batch; trying again", false};
}

CommitTransaction::Next CommitTransaction::attempt(PgConnection& connection, Batch& batch) {
  if (inside()) batch.reset_effects();  // of a run whose transaction did not commit
  if (batch.stale) {  // ruled in an attempt that failed afterwards
    reply_ = {CommitStatus::kRerun, "the inbox knows some of these events already", false};
    return Next::kReply;
  }
  Rulings rulings(batch, !inside() && identity_.keeps_rows());
  fence_.collect(identity_, batch, rulings);
  keys_.collect(identity_, batch);
  parked_.collect(batch);
  timers_.collect(batch);
  if (fence_.empty() && keys_.empty() && !any_dead(batch)) return Next::kReply;  // everything has its outcome already

  if (const Next next = first_round(connection, batch, rulings); next != Next::kGoOn) return next;
  if (rulings.must_rerun()) return give_up(connection, CommitStatus::kRerun, "the inbox knows some of these events already");
  rulings.drop_effects();
  if (inside())
    if (const Next next = run_inside(connection, batch); next != Next::kGoOn) return next;
  return second_round(connection, batch);
}

CommitTransaction::Next CommitTransaction::first_round(PgConnection& connection, Batch& batch, Rulings& rulings) {
  Parameters function;
  function.add_int4(identity_.function_id);
  connection.queue(statement::kBegin, {});
  if (inside()) {
    for (const char* setting : {kInsidePath, kInsideTimeout, kPlanOurs}) connection.queue(setting, {});
  }
  if (!fence_.empty()) fence_.queue_insert(identity_, connection);
  if (!keys_.empty()) keys_.queue_lock(identity_, connection, inside());
  if (parked_.any_due()) parked_.queue_check(identity_, batch, connection);
  if (timers_.any_due()) timers_.queue_check(identity_, batch, connection);
  connection.queue(statement::kFloor, function);
  if (inside()) connection.queue(kPlanAuthors, {});
  connection.flush();

  PgResult begun = connection.next();
  for (int i = 0; i < 3 && inside() && begun.ok(); ++i) begun = connection.next();
  if (!begun.ok()) return failed(connection, begun.failure());
  bool complete = true;
  if (!fence_.empty()) {
    const PgResult inserted = connection.next();
    if (!inserted.ok()) {
      const SqlFailure failure = inserted.failure();
      if (!is_missing_inbox_day(failure)) return failed(connection, failure);
      give_up(connection, CommitStatus::kUnavailable, failure.sentence());
      return make_days(connection, batch, rulings);
    }
    complete = fence_.complete(inserted);
  }
  PgResult locked;
  if (!keys_.empty()) {
    locked = connection.next();
    if (!locked.ok()) return failed(connection, locked.failure());
    inside() ? keys_.take_locked(locked, batch) : keys_.compare(identity_, locked, batch);
  }
  PgResult due, timers;
  if (parked_.any_due()) {
    due = connection.next();
    if (!due.ok()) return failed(connection, due.failure());
  }
  if (timers_.any_due()) {
    timers = connection.next();
    if (!timers.ok()) return failed(connection, timers.failure());
  }
  const PgResult floor = connection.next();
  if (!floor.ok()) return failed(connection, floor.failure());
  if (inside())
    if (const PgResult set = connection.next(); !set.ok()) return failed(connection, set.failure());
  connection.finish();
  GOFUTURE_FAULT_POINT("commit.first_round");

  if (floor.rows() != 1) return give_up(connection, CommitStatus::kUnavailable, "this function is not registered in the database; run `gofuture run` again");
  if (floor.int8(0, 0) > identity_.epoch)
    return give_up(connection, CommitStatus::kFenced, "epoch " + std::to_string(floor.int8(0, 0)) + " of " + identity_.plan->manifest().name +
                                                          " has been deployed, this is epoch " + std::to_string(identity_.epoch) + ": it stops here");
  if (auto fenced = keys_.fenced_by(identity_.epoch, batch)) return give_up(connection, CommitStatus::kFenced, std::move(*fenced));
  now_us_ = floor.int8(0, 1);

  if (!complete)
    if (const Next next = ask_inbox(connection, batch, rulings); next != Next::kGoOn) return next;
  if (parked_.any_due() && parked_.rule_taken(due, batch))
    return give_up(connection, CommitStatus::kRerun, "other replicas have brought some parked events on");
  if (timers_.any_due() && timers_.rule_taken(identity_, timers, keys_, batch))
    return give_up(connection, CommitStatus::kRerun, "some timers have been set anew, canceled or fired");
  if (ParkedRows::hold_behind(identity_, keys_, batch))
    return give_up(connection, CommitStatus::kRerun, "what was parked before some events has ended");
  if (inside()) return Next::kGoOn;
  if (keys_.any_moved()) return load_moved(connection, batch, rulings);
  keys_.judge_newest(identity_, now_us_, batch, rulings);
  return Next::kGoOn;
}

CommitTransaction::Next CommitTransaction::ask_inbox(PgConnection& connection, Batch& batch, Rulings& rulings) {
  fence_.queue_seen(identity_, connection);
  connection.flush();
  const PgResult seen = connection.next();
  if (!seen.ok()) return failed(connection, seen.failure());
  connection.finish();
  if (fence_.rule_seen(seen, batch, rulings)) return Next::kGoOn;
  return give_up(connection, CommitStatus::kUnavailable, "an inbox row has gone while it was looked at; trying again");
}

CommitTransaction::Next CommitTransaction::load_moved(PgConnection& connection, Batch& batch, Rulings& rulings) {
  keys_.queue_load_moved(identity_, batch, connection);
  connection.flush();
  const PgResult loaded = connection.next();
  if (!loaded.ok()) return failed(connection, loaded.failure());
  connection.finish();
  keys_.take_moved(loaded, batch);
  keys_.judge_newest(identity_, now_us_, batch, rulings);
  return give_up(connection, CommitStatus::kRerun, "the rows of some keys have moved");
}

CommitTransaction::Next CommitTransaction::run_inside(PgConnection& connection, Batch& batch) {
  session_.begin(connection, batch);
  identity_.inside->run(batch, session_);
  if (!connection.alive()) return give_up(connection, CommitStatus::kUnavailable, "the connection to Postgres was lost while the function ran");
  if (const auto& failure = session_.failure(); failure && trouble_of(failure->sql) == Trouble::kTransient &&
                                                failure->sql.state != "55P03" && failure->sql.state != "57014")
    return failed(connection, failure->sql);
  if (session_.failure()) {
    const CommitStatus status = judge_sql(batch);
    const SqlFailure& sql = session_.failure()->sql;
    give_up(connection, status, "SQL of the function failed: " + sql.sentence());
    // Its tables may have changed under a prepared statement ("cached plan must not change result type"): prepare anew.
    if (sql.in_class("0A")) reply_.reconnect = true;
    return Next::kReply;
  }
  if (!connection.in_transaction()) {
    give_up(connection, CommitStatus::kUnavailable, "the function's SQL ended the transaction of its batch");
    reply_.reconnect = true;
    return Next::kReply;
  }
  const bool all_ended = std::all_of(batch.events.begin(), batch.events.end(), [](const EventPtr& event) {
    return event->decided || event->outcome == Outcome::kOk || event->outcome == Outcome::kSkip;
  });
  if (!all_ended) return give_up(connection, CommitStatus::kRerun, "some events did not end well, so the transaction was rolled back");
  Rulings after(batch, true);
  keys_.judge_newest(identity_, now_us_, batch, after);
  if (after.must_rerun()) return give_up(connection, CommitStatus::kRerun, "some events are outdated or ahead");
  return Next::kGoOn;
}

// Whose statement was it? The event that was open takes it as a retry, and what came behind it in the broken transaction has
// not been handled. Where it may have been SQL for the batch as a whole, halving finds out.
CommitStatus CommitTransaction::judge_sql(Batch& batch) {
  const InsideSession::Failure& failure = *session_.failure();
  const auto undecided = std::count_if(batch.events.begin(), batch.events.end(), [](const EventPtr& event) { return !event->decided; });
  if (!failure.after_others && undecided > 1) {
    batch.reset_effects();
    return CommitStatus::kRefused;
  }
  const std::string message = "its SQL failed: " + failure.sql.sentence();
  for (std::uint32_t i = failure.event; i < batch.events.size(); ++i) {
    Event& event = *batch.events[i];
    if (event.decided) continue;
    if (i != failure.event) {
      event.outcome = Outcome::kPending;
      event.failure = FailureClass::kNone;
      event.message.clear();
    } else if (event.outcome != Outcome::kReject && event.outcome != Outcome::kLater) {
      event.outcome = Outcome::kRetry;
      event.failure = FailureClass::kTransient;
      event.message = event.message.empty() ? message : event.message + " (" + message + ")";
    }
  }
  return CommitStatus::kRerun;
}

CommitTransaction::Next CommitTransaction::second_round(PgConnection& connection, Batch& batch) {
  int statements = inside() ? 1 : 0;
  if (inside()) connection.queue(kPlanOurs, {});
  statements += keys_.queue_write(identity_, batch, connection);
  statements += parked_.queue_write(identity_, keys_, batch, connection);
  statements += timers_.queue_write(identity_, batch, connection);
  statements += fence_.queue_corrections(identity_, batch, connection) ? 1 : 0;
  statements += outbox_.queue(identity_, batch, connection);
  statements += dead_.queue(identity_, batch, connection);
  statements += strikes_.queue(identity_, batch, connection);
  statements += calls_.queue(identity_, batch, connection);
  connection.queue(statement::kCommit, {});
  GOFUTURE_FAULT_POINT("commit.before_sent");
  connection.flush();
  GOFUTURE_FAULT_POINT("commit.sent");
  for (int i = 0; i < statements; ++i) {
    const PgResult written = connection.next();
    if (written.ok()) continue;
    const SqlFailure failure = written.failure();
    if (!is_key_race(failure)) return failed(connection, failure);
    give_up(connection, CommitStatus::kRerun, "another committer made a key's row first");
    return inside() ? Next::kReply : Next::kAgain;
  }
  const PgResult committed = connection.next();
  if (!committed.ok()) return failed(connection, committed.failure());
  connection.finish();
  if (committed.command() != "COMMIT") {
    give_up(connection, CommitStatus::kUnavailable, "Postgres answered COMMIT with " + std::string(committed.command()));
    reply_.reconnect = true;
    return Next::kReply;
  }
  GOFUTURE_FAULT_POINT("commit.committed");
  keys_.settle(identity_, batch);
  parked_.settle(identity_, keys_, batch);
  return Next::kReply;
}

// A day that was dropped stays dropped: its events have their verdict. Any other is made now.
CommitTransaction::Next CommitTransaction::make_days(PgConnection& connection, Batch& batch, Rulings& rulings) {
  if (reply_.reconnect) return Next::kReply;
  bool expired = false;
  for (const std::int32_t day : fence_.days()) {
    const auto made = ensure_inbox_day(connection, day);
    if (!made) return give_up(connection, CommitStatus::kUnavailable, made.error().message());
    if (*made != DayState::kDropped) continue;
    fence_.rule_expired(day, batch, rulings);
    expired = true;
  }
  if (!expired) return Next::kAgain;
  if (rulings.must_rerun()) return give_up(connection, CommitStatus::kRerun, "the inbox day of some events has been dropped");
  rulings.drop_effects();
  return Next::kAgain;
}

CommitTransaction::Next CommitTransaction::failed(PgConnection& connection, const SqlFailure& failure) {
  const Trouble trouble = trouble_of(failure);
  if (trouble == Trouble::kData) return give_up(connection, CommitStatus::kRefused, failure.sentence());
  give_up(connection, CommitStatus::kUnavailable, failure.sentence());
  if (trouble == Trouble::kUnknown) reply_.reconnect = true;
  return Next::kReply;
}

CommitTransaction::Next CommitTransaction::give_up(PgConnection& connection, CommitStatus status, std::string message) {
  connection.finish();
  if (connection.alive() && !connection.idle()) connection.run("ROLLBACK");
  reply_ = {status, std::move(message), !connection.alive() || !connection.idle()};
  return Next::kReply;
}

}  // namespace gofuture
