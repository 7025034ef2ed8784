#include "postgres/event_outbox.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/fault_point.hpp"
#include "base/thread_name.hpp"
#include "postgres/commit_statements.hpp"
#include "postgres/connection.hpp"
#include "postgres/days.hpp"
#include "postgres/event_outbox_rows.hpp"
#include "postgres/inbox_bucket.hpp"

namespace gofuture {
namespace {

constexpr int kTries = 3;  // of one batch, when the database is troubled

std::string session_settings() {
  return "SET statement_timeout TO '10s'; SET lock_timeout TO '5s'; SET idle_in_transaction_session_timeout TO '10s';"
         " SET synchronous_commit TO on" + and_plans_by_index();
}

SqlFailure told(const Error& error) {
  SqlFailure failure;
  failure.message = error.message();
  return failure;
}

}  // namespace

EventOutbox::EventOutbox(std::string conninfo, Log log)
    : conninfo_(std::move(conninfo)), log_(std::move(log)), thread_([this] { run(); }) {}

EventOutbox::~EventOutbox() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_all();
  thread_.join();
}

void EventOutbox::write(std::vector<Submission> together, Answers& answers) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back({std::move(together), &answers});
  asked_.notify_one();
}

void EventOutbox::run() {
  name_this_thread("ingress-outbox");
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work.answers->answered(serve(work.submissions));
    lock.lock();
  }
}

std::vector<Written> EventOutbox::serve(const std::vector<Submission>& submissions) {
  Open open;
  for (const Submission& submission : submissions) open.push_back(&submission);
  std::vector<Written> answers;
  serve(std::move(open), answers);
  return answers;
}

void EventOutbox::serve(Open open, std::vector<Written>& answers) {
  std::optional<SqlFailure> failure;
  for (int tries = 0; tries < kTries && !open.empty();) {
    const std::size_t before = open.size();
    failure = connect();
    if (!failure) failure = attempt(open, answers);
    if (!failure && open.size() < before) continue;
    ++tries;
    if (!failure) {  // the days that were missing have been made: once is enough, as a rule
      failure = told(Error("inbox days keep changing under these events"));
      continue;
    }
    const Trouble trouble = trouble_of(*failure);
    if (connection_ && trouble != Trouble::kTransient && trouble != Trouble::kData) connection_.reset();
    if (trouble != Trouble::kData || open.size() == 1) continue;
    for (const Submission* one : open) serve({one}, answers);  // each alone: only the offender is refused
    return;
  }
  if (open.empty()) {
    if (std::exchange(away_, false)) log_(Probe::Level::kInfo, "the outbox can be written again");
    return;
  }
  const bool refused = trouble_of(*failure) == Trouble::kData;
  if (!refused && !std::exchange(away_, true))
    log_(Probe::Level::kWarn, "the outbox cannot be written: " + failure->sentence() + "; senders are told to come again");
  for (const Submission* one : open)
    answers.push_back({one->number, refused ? Written::Status::kRefused : Written::Status::kUnavailable, 0, {}, failure->sentence()});
}

std::optional<SqlFailure> EventOutbox::connect() {
  if (connection_ && connection_->alive()) return std::nullopt;
  connection_.reset();
  auto opened = PgConnection::open(conninfo_, "gofuture ingress");
  if (!opened) return told(opened.error());
  auto made = std::make_unique<PgConnection>(std::move(*opened));
  if (const PgResult set = made->run(session_settings()); !set.ok()) return set.failure();
  for (const auto& [name, sql] : {std::pair{statement::kBegin, "BEGIN ISOLATION LEVEL READ COMMITTED"}, std::pair{statement::kCommit, "COMMIT"}})
    made->declare(name, sql);
  EventOutboxRows::declare(*made);
  connection_ = std::move(made);
  return std::nullopt;
}

std::optional<SqlFailure> EventOutbox::attempt(Open& open, std::vector<Written>& answers) {
  PgConnection& connection = *connection_;
  EventOutboxRows rows(open);
  connection.queue(statement::kBegin, {});
  rows.queue_fence(connection);
  connection.flush();
  const PgResult begun = connection.next(), fenced = begun.ok() ? connection.next() : PgResult();
  connection.finish();
  if (const PgResult& first = begun.ok() ? fenced : begun; !first.ok()) {
    const SqlFailure failure = first.failure();
    roll_back();
    if (is_missing_inbox_day(failure)) return make_days(open, answers);
    return failure;
  }
  rows.take_fresh(fenced);
  if (!rows.all_fresh()) {
    rows.queue_seen(connection);
    connection.flush();
    const PgResult seen = connection.next();
    connection.finish();
    if (!seen.ok()) {
      roll_back();
      return seen.failure();
    }
    rows.take_seen(seen);
  }

  std::vector<Written> judged = rows.judge(open);
  const auto is_left_out = [](const Written& one) { return one.status != Written::Status::kWritten; };
  if (std::any_of(judged.begin(), judged.end(), is_left_out)) {  // their fresh ids must not stay: the others begin again
    roll_back();
    Open rest;
    for (std::size_t i = 0; i < open.size(); ++i) is_left_out(judged[i]) ? answers.push_back(std::move(judged[i])) : rest.push_back(open[i]);
    open = std::move(rest);
    return std::nullopt;
  }
  const bool anything = rows.queue_outbox(open, connection);
  GOFUTURE_FAULT_POINT("ingress.before_commit");
  connection.queue(statement::kCommit, {});
  connection.flush();
  const PgResult inserted = anything ? connection.next() : PgResult(), committed = connection.next();
  connection.finish();
  if (anything && !inserted.ok()) {
    roll_back();
    return inserted.failure();
  }
  if (!committed.ok()) {
    roll_back();
    return committed.failure();
  }
  GOFUTURE_FAULT_POINT("ingress.committed");
  answers.insert(answers.end(), std::make_move_iterator(judged.begin()), std::make_move_iterator(judged.end()));
  open.clear();
  return std::nullopt;
}

std::optional<SqlFailure> EventOutbox::make_days(Open& open, std::vector<Written>& answers) {
  std::set<std::int32_t> days, dropped;
  for (const Submission* one : open)
    for (const IncomingEvent& event : one->events)
      if (const std::int32_t bucket = inbox_bucket(event.id); bucket >= 0) days.insert(bucket);
  for (const std::int32_t day : days) {
    const auto made = ensure_inbox_day(*connection_, day);
    if (!made) return told(made.error());
    if (*made == DayState::kDropped) dropped.insert(day);
  }
  Open rest;
  for (const Submission* one : open) {
    Written expired{one->number, Written::Status::kExpired, 0, {}, ""};
    for (std::size_t i = 0; i < one->events.size(); ++i)
      if (dropped.contains(inbox_bucket(one->events[i].id))) expired.events.push_back(i);
    expired.events.empty() ? rest.push_back(one) : answers.push_back(std::move(expired));
  }
  open = std::move(rest);
  return std::nullopt;
}

void EventOutbox::roll_back() {
  if (connection_->alive() && !connection_->idle()) connection_->run("ROLLBACK");
  if (!connection_->idle()) connection_.reset();
}

}  // namespace gofuture
