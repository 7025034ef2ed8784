#include "postgres/committer.hpp"

#include <algorithm>
#include <utility>

#include "base/fault_point.hpp"
#include "base/thread_name.hpp"
#include "postgres/commit_statements.hpp"
#include "postgres/parked_rows.hpp"
#include "postgres/text.hpp"
#include "postgres/timer_rows.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kLoadsTogether = 64;  // batches of one question; of a function with http each is one event
constexpr std::chrono::milliseconds kFirstPause{50}, kLongestPause{2000};

// A process that was frozen in the middle of a transaction must not hold its locks for ever; a function with sql is given
// the time that its manifest promises it.
std::string session_settings(const StoreIdentity& identity, bool with_authors_sql) {
  const std::int64_t idle_ms = 10'000 + (identity.inside != nullptr ? identity.plan->manifest().timeout_ms : 0);
  std::string settings = "SET lock_timeout TO '10s'; SET idle_in_transaction_session_timeout TO " + std::to_string(idle_ms) +
                         "; SET synchronous_commit TO on";
  if (!with_authors_sql) settings += and_plans_by_index();  // else its transactions set them for our statements alone
  return settings;
}

}  // namespace

void WorkQueue::push(Work work) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(work));
  changed_.notify_one();
}

std::optional<Work> WorkQueue::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  Work work = std::move(waiting_.front());
  waiting_.pop_front();
  return work;
}

void WorkQueue::take_batches(std::size_t max, std::vector<BatchPtr>& into) {
  const std::lock_guard lock(mutex_);
  for (; max > 0 && !waiting_.empty() && waiting_.front().batch; --max) {
    into.push_back(std::move(waiting_.front().batch));
    waiting_.pop_front();
  }
}

void WorkQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool WorkQueue::closed_within(std::chrono::milliseconds at_most) {
  // Other committers are woken by pushes meanwhile, so this one must not eat their wake: it waits on the flag alone.
  const auto until = std::chrono::steady_clock::now() + at_most;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return true;
    }
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= std::chrono::milliseconds(0)) return false;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(20)));
  }
}

Committer::Committer(Task task, const StoreIdentity& identity, std::string conninfo, WorkQueue& queue, Answers& answers, Probe& probe,
                     std::string name)
    : task_(task),
      identity_(identity),
      conninfo_(std::move(conninfo)),
      name_(std::move(name)),
      queue_(queue),
      answers_(answers),
      probe_(probe),
      transaction_(identity),
      thread_([this] { run(); }) {}

Committer::~Committer() { thread_.join(); }

void Committer::run() {
  name_this_thread(identity_.plan->manifest().name, task_ == Task::kLoad ? "/load" : "/commit");
  ensure_connected();
  while (auto work = queue_.take()) {
    if (work->claim) answers_.post(claim(*work->claim));
    else if (task_ == Task::kLoad) load(std::move(work->batch));
    else answers_.post(commit(std::move(work->batch)));
  }
}

std::optional<std::string> Committer::ensure_connected() {
  if (connection_) return std::nullopt;
  if (pause_.count() > 0 && queue_.closed_within(pause_)) return "the store is closing";
  auto opened = connect();
  if (opened) {
    connection_.emplace(std::move(*opened));
    if (pause_.count() > 0) probe_.log(Probe::Level::kInfo, name_ + ": connected to Postgres again", nullptr);
    pause_ = {};
    return std::nullopt;
  }
  if (pause_.count() == 0) probe_.log(Probe::Level::kError, name_ + ": " + opened.error().message(), nullptr);
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  return opened.error().message();
}

Result<PgConnection> Committer::connect() {
  auto opened = PgConnection::open(conninfo_, name_);
  if (!opened) return opened;
  const bool with_authors_sql = identity_.inside != nullptr && task_ == Task::kCommit;
  if (const PgResult set = opened->run(session_settings(identity_, with_authors_sql)); !set.ok()) return set.failure().error();
  if (auto prepared = transaction_.prepare(*opened); !prepared)
    return Error(prepared.error().message() + "; run `gofuture migrate` when its tables are missing");
  return opened;
}

void Committer::disconnect(const std::string& why) {
  connection_.reset();
  pause_ = kFirstPause;
  probe_.log(Probe::Level::kWarn, name_ + ": leaving its connection to Postgres: " + why, nullptr);
}

void Committer::load(BatchPtr first) {
  std::vector<BatchPtr> batches;
  batches.push_back(std::move(first));
  queue_.take_batches(kLoadsTogether - 1, batches);
  std::optional<std::string> unavailable = ensure_connected();
  if (!unavailable) unavailable = ask(batches);
  for (BatchPtr& batch : batches) answers_.post(Loaded{std::move(batch), unavailable});
}

std::optional<std::string> Committer::ask(const std::vector<BatchPtr>& batches) {
  const bool keys = queue_load(identity_, batches, keys_, *connection_);
  const bool inbox = inbox_.queue(identity_, batches, *connection_);
  if (!keys && !inbox) return std::nullopt;
  connection_->flush();
  std::optional<PgResult> loaded, seen;
  if (keys) loaded.emplace(connection_->next());
  if (inbox) seen.emplace(connection_->next());
  connection_->finish();
  for (const auto* result : {&loaded, &seen}) {
    if (!*result || (*result)->ok()) continue;
    std::string why = (*result)->failure().sentence();
    if (!connection_->alive() || trouble_of((*result)->failure()) == Trouble::kUnknown) disconnect(why);
    return why;
  }
  if (loaded) take_loaded(*loaded, batches);
  if (seen) inbox_.rule(*seen);
  return std::nullopt;
}

void Committer::queue_breakers(const std::vector<BreakerState>& states) {
  ArrayOf dependencies(PgType::kText), open_for(PgType::kInt8), reasons(PgType::kText);
  for (const BreakerState& state : states) {
    dependencies.add(as_text(state.dependency));
    open_for.add_int8(state.open_for_ms);
    reasons.add(as_text(state.reason));
  }
  Parameters parameters;
  parameters.add_int4(identity_.function_id).add_text(identity_.instance).add(dependencies).add(open_for).add(reasons);
  connection_->queue(statement::kBreakers, parameters);
}

Claimed Committer::claim(const ClaimRequest& request) {
  Claimed answer;
  answer.unavailable = ensure_connected();
  if (answer.unavailable) return answer;
  // One flush, statement by statement on its own: each stands without the others.
  const bool timers = identity_.plan->uses_timers;
  if (request.caught_up) queue_caught_up(identity_, *request.caught_up, *connection_);
  if (request.breakers) queue_breakers(*request.breakers);
  queue_claim(identity_, request, *connection_);
  Parameters function, none, slot;
  function.add_int4(identity_.function_id);
  connection_->queue(statement::kDelayedMove, none);
  connection_->queue(statement::kParkedTotals, function);
  if (timers) {
    queue_timer_claim(identity_, request, *connection_);
    slot.add_text(identity_.relay_slot).add_int8(mark_ ? mark_->position : 0);
    connection_->queue(statement::kSentMark, slot);
  }
  connection_->flush();
  const std::size_t first = (request.caught_up ? 1U : 0U) + (request.breakers ? 1U : 0U);
  std::vector<PgResult> results;
  for (std::size_t left = first + 3 + (timers ? 2 : 0); left > 0; --left) results.push_back(connection_->next());
  connection_->finish();
  for (const PgResult& result : results) {
    if (result.ok()) continue;
    answer.unavailable = result.failure().sentence();
    if (!connection_->alive() || trouble_of(result.failure()) == Trouble::kUnknown) disconnect(*answer.unavailable);
    return answer;
  }
  if (request.caught_up) GOFUTURE_FAULT_POINT("timers.caught_up_written");
  if (results[first + 1].affected() > 0) GOFUTURE_FAULT_POINT("delayed.moved");
  const PgResult &rows = results[first], &totals = results[first + 2];
  if (timers) {
    take_claimed_timers(identity_, results[first + 3], answer);
    const PgResult& sent = results[first + 4];
    if (mark_ && sent.int4(0, 2) != 0) answer.sent_until_us = std::exchange(mark_, std::nullopt)->time_us;
    if (!mark_) mark_ = Mark{sent.int8(0, 0), sent.int8(0, 1)};
  }
  std::vector<std::string> strange;
  take_claimed(identity_, rows, answer, strange);
  for (const std::string& sentence : strange) probe_.log(Probe::Level::kError, sentence, nullptr);
  answer.parked_events = totals.int8(0, 0);
  answer.parked_bytes = totals.int8(0, 1);
  if (!totals.is_null(0, 2)) answer.next_ms = std::max<std::int64_t>(0, totals.int8(0, 2));
  return answer;
}

Committed Committer::commit(BatchPtr batch) {
  Committed answer;
  answer.batch = std::move(batch);
  if (auto why = ensure_connected()) {
    answer.status = CommitStatus::kUnavailable;
    answer.message = std::move(*why);
    return answer;
  }
  CommitTransaction::Reply reply = transaction_.commit(*connection_, *answer.batch);
  if (reply.reconnect) disconnect(reply.message);
  answer.status = reply.status;
  answer.message = std::move(reply.message);
  return answer;
}

}  // namespace gofuture
