#include "postgres/journal.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>

#include "base/fault_point.hpp"
#include "base/thread_name.hpp"
#include "postgres/commit_statements.hpp"
#include "postgres/connection.hpp"
#include "postgres/parameters.hpp"
#include "postgres/text.hpp"

namespace gofuture {
namespace {

constexpr const char* kOpen = "journal_open";
constexpr const char* kRead = "journal_read";
constexpr std::size_t kTogether = 500;

// Rows that may be sent anew are opened anew; every other row stays, and is read afterwards.
constexpr const char* kOpenSql =
    "INSERT INTO gofuture.http_journal AS j (function_id, call, scope, effect, digest, event_id, correlationid, method, url)"
    " SELECT (SELECT id FROM gofuture.functions WHERE name = $1::text), u.call, u.scope, u.effect, u.digest, u.event_id, u.correlationid,"
    " u.method, u.url FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[])"
    " AS u(call, scope, effect, digest, event_id, correlationid, method, url)"
    " ON CONFLICT (function_id, scope, call, effect) DO UPDATE SET again = false, result = NULL, status = NULL, body = NULL, error = NULL,"
    " answered_at = NULL, requested_at = now() WHERE (j.again OR j.result = 1) AND j.digest = excluded.digest"
    " RETURNING call, scope, effect";
constexpr const char* kReadSql =
    "SELECT u.at::int, j.digest, j.result::int, j.status, j.body, j.error"
    " FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS u(call, scope, effect, at)"
    " JOIN gofuture.http_journal j ON j.function_id = (SELECT id FROM gofuture.functions WHERE name = $1::text)"
    " AND j.scope = u.scope AND j.call = u.call AND j.effect = u.effect";

auto place_of(const JournaledCall& call) { return std::tie(call.scope, call.name, call.effect); }

}  // namespace

PostgresJournal::PostgresJournal(std::string conninfo, std::string function)
    : conninfo_(std::move(conninfo)), function_(std::move(function)), thread_([this] { run(); }) {}

PostgresJournal::~PostgresJournal() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_all();
  thread_.join();
}

Result<Journal::Found> PostgresJournal::open(const JournaledCall& call, const Event& event) {
  Request request{call, event, std::nullopt};
  std::unique_lock lock(mutex_);
  if (stopping_) return Error("the journal is being closed");
  waiting_.push_back(&request);
  asked_.notify_one();
  answered_.wait(lock, [&] { return request.answer.has_value(); });
  return std::move(*request.answer);
}

void PostgresJournal::run() {
  name_this_thread(function_, "/journal");
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    // In the order of the rows, so that journals of two replicas wait for each other and never in a circle. Of two requests for
    // one place the second comes in the next round, and finds the first.
    std::stable_sort(waiting_.begin(), waiting_.end(), [](const auto* a, const auto* b) { return place_of(a->call) < place_of(b->call); });
    Requests now, later;
    for (Request* one : waiting_) {
      const bool taken = !now.empty() && place_of(now.back()->call) == place_of(one->call);
      (taken || now.size() == kTogether ? later : now).push_back(one);
    }
    waiting_ = std::move(later);
    lock.unlock();
    Answers answers = serve(now);
    lock.lock();
    for (std::size_t i = 0; i < now.size(); ++i) now[i]->answer = std::move(answers[i]);
    answered_.notify_all();
  }
}

PostgresJournal::Answers PostgresJournal::serve(const Requests& requests) {
  Answers answers(requests.size());
  std::optional<Error> trouble;
  for (int tries = 0; tries < 2; ++tries) {  // a connection may have gone while it lay idle
    trouble = connect();
    if (!trouble) trouble = write(requests, answers);
    if (!trouble) trouble = read(requests, answers);
    if (!trouble || (connection_ && connection_->alive())) break;
  }
  for (auto& answer : answers)
    if (!answer) answer = Result<Found>(trouble ? *trouble : Error("its row in the journal has gone while it was looked at"));
  return answers;
}

std::optional<Error> PostgresJournal::connect() {
  if (connection_ && connection_->alive()) return std::nullopt;
  connection_.reset();
  auto opened = PgConnection::open(conninfo_, "gofuture journal " + function_);
  if (!opened) return opened.error();
  auto made = std::make_unique<PgConnection>(std::move(*opened));
  const PgResult set = made->run("SET statement_timeout TO '5s'; SET lock_timeout TO '5s'" + and_plans_by_index());
  if (!set.ok()) return set.failure().error();
  for (const auto& [name, sql] : {std::pair{kOpen, kOpenSql}, std::pair{kRead, kReadSql}})
    made->declare(name, sql);
  connection_ = std::move(made);
  return std::nullopt;
}

std::optional<Error> PostgresJournal::write(const Requests& requests, Answers& answers) {
  ArrayOf calls(PgType::kText), scopes(PgType::kText), effects(PgType::kText), digests(PgType::kUuid), ids(PgType::kUuid),
      correlations(PgType::kText), methods(PgType::kText), urls(PgType::kText);
  for (const Request* one : requests) {
    calls.add(one->call.name);
    scopes.add(one->call.scope);
    effects.add(one->call.effect);
    digests.add(one->call.digest.bytes);
    ids.add(one->event.event_id.bytes);
    correlations.add_unless_empty(as_text(one->event.envelope.correlationid));
    methods.add(one->call.method);
    urls.add(as_text(one->call.url));
  }
  Parameters parameters;
  parameters.add_text(function_);
  for (ArrayOf* array : {&calls, &scopes, &effects, &digests, &ids, &correlations, &methods, &urls}) parameters.add(*array);
  connection_->queue(kOpen, parameters);
  GOFUTURE_FAULT_POINT("journal.before_written");
  connection_->flush();
  const PgResult opened = connection_->next();
  connection_->finish();
  if (!opened.ok()) return opened.failure().error().within("writing the journal of HTTP calls");
  GOFUTURE_FAULT_POINT("journal.written");
  for (int row = 0; row < opened.rows(); ++row)
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const JournaledCall& call = requests[i]->call;
      if (opened.text(row, 0) == call.name && opened.text(row, 1) == call.scope && opened.text(row, 2) == call.effect)
        answers[i] = Result<Found>(Found{.ours = true, .digest = call.digest, .answer = std::nullopt});
    }
  return std::nullopt;
}

// What stood there before.
std::optional<Error> PostgresJournal::read(const Requests& requests, Answers& answers) {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < requests.size(); ++i)
    if (!answers[i]) left.push_back(i);
  if (left.empty()) return std::nullopt;
  ArrayOf calls(PgType::kText), scopes(PgType::kText), effects(PgType::kText);
  for (const std::size_t i : left) {
    const JournaledCall& call = requests[i]->call;
    calls.add(call.name);
    scopes.add(call.scope);
    effects.add(call.effect);
  }
  Parameters parameters;
  parameters.add_text(function_).add(calls).add(scopes).add(effects);
  connection_->queue(kRead, parameters);
  connection_->flush();
  const PgResult found = connection_->next();
  connection_->finish();
  if (!found.ok()) return found.failure().error().within("reading the journal of HTTP calls");
  for (int row = 0; row < found.rows(); ++row) {
    Found one;
    std::memcpy(one.digest.bytes.data(), found.text(row, 1).data(), one.digest.bytes.size());
    if (!found.is_null(row, 2) && found.int4(row, 2) == static_cast<int>(CallAnswer::Result::kAnswered)) {
      CallAnswer& answer = one.answer.emplace();
      answer.result = CallAnswer::Result::kAnswered;
      answer.status = found.is_null(row, 3) ? 0 : found.int4(row, 3);
      answer.body = found.text(row, 4);
    }
    answers[left[static_cast<std::size_t>(found.int4(row, 0)) - 1]] = Result<Found>(std::move(one));
  }
  return std::nullopt;
}

}  // namespace gofuture
