#include "postgres/connection.hpp"

#include <charconv>
#include <utility>

#include "base/assert.hpp"

namespace gofuture {
namespace {

std::string on_one_line(const char* text) {
  std::string line = text == nullptr ? "" : text;
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  for (char& c : line)
    if (c == '\n') c = ' ';
  return line;
}

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

void quiet(void*, const PGresult*) {}  // notices are for people at a terminal

struct ParameterPointers {
  explicit ParameterPointers(const std::vector<std::optional<std::string_view>>& parameters) {
    owned.reserve(parameters.size());
    for (const auto& parameter : parameters) owned.emplace_back(parameter.value_or(""));
    for (std::size_t i = 0; i < parameters.size(); ++i) values.push_back(parameters[i] ? owned[i].c_str() : nullptr);
  }
  std::vector<std::string> owned;  // text parameters end with a NUL
  std::vector<const char*> values;
};

}  // namespace

PgResult::PgResult(PGresult* result, PGconn* connection) : result_(result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    ok_ = true;
    return;
  }
  if (status == PGRES_PIPELINE_ABORTED) {
    failure_.skipped = true;
    failure_.message = "an earlier statement of the pipeline failed";
    return;
  }
  if (result != nullptr) {
    failure_.state = field(result, PG_DIAG_SQLSTATE);
    failure_.message = on_one_line(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    failure_.schema = field(result, PG_DIAG_SCHEMA_NAME);
    failure_.table = field(result, PG_DIAG_TABLE_NAME);
    failure_.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    if (failure_.message.empty()) failure_.message = on_one_line(PQresultErrorMessage(result));
  }
  failure_.lost = PQstatus(connection) == CONNECTION_BAD || result == nullptr;
  if (failure_.message.empty()) failure_.message = on_one_line(PQerrorMessage(connection));
}

std::int64_t PgResult::number(int row, int column) const {
  const auto digits = text(row, column);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::int32_t PgResult::int4(int row, int column) const {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(big_endian(text(row, column))));
}

std::int64_t PgResult::int8(int row, int column) const { return static_cast<std::int64_t>(big_endian(text(row, column))); }

std::int64_t PgResult::affected() const {
  const std::string_view digits = PQcmdTuples(result_.get());
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

Result<PgConnection> PgConnection::open(const std::string& conninfo, std::string_view name) {
  // What comes first is a default that the caller's string may override; what comes last may not.
  const std::string application(name);
  const char* keys[] = {"connect_timeout", "keepalives_idle", "tcp_user_timeout", "dbname", "application_name",
                        "client_encoding", nullptr};
  const char* values[] = {"10", "10", "30000", conninfo.c_str(), application.c_str(), "UTF8", nullptr};
  PGconn* raw = PQconnectdbParams(keys, values, 1);
  if (raw == nullptr) return Error("Postgres: out of memory while connecting");
  PgConnection connection(raw);
  if (PQstatus(raw) != CONNECTION_OK)
    return Error("Postgres cannot be reached: " + on_one_line(PQerrorMessage(raw)) +
                 "; is it running, and is GOFUTURE_POSTGRES right?");
  PQsetNoticeReceiver(raw, quiet, nullptr);
  return connection;
}

PgResult PgConnection::run(const std::string& sql) {
  return {PQexec(connection_.get(), sql.c_str()), connection_.get()};
}

PgResult PgConnection::run(const std::string& sql, const std::vector<std::optional<std::string_view>>& parameters) {
  const ParameterPointers pointers(parameters);
  return {PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(parameters.size()), nullptr,
                       pointers.values.data(), nullptr, nullptr, 0),
          connection_.get()};
}

PgResult PgConnection::prepare(const char* name, const std::string& sql) {
  return {PQprepare(connection_.get(), name, sql.c_str(), 0, nullptr), connection_.get()};
}

PgResult PgConnection::run_prepared(const char* name, const std::vector<std::optional<std::string_view>>& parameters) {
  const ParameterPointers pointers(parameters);
  return {PQexecPrepared(connection_.get(), name, static_cast<int>(parameters.size()), pointers.values.data(), nullptr,
                         nullptr, 0),
          connection_.get()};
}

void PgConnection::declare(std::string name, std::string sql) { declared_[std::move(name)].sql = std::move(sql); }

void PgConnection::queue(const char* declared, const Parameters& parameters) {
  if (!piped_) {
    piped_ = true;
    send_failed_ = PQenterPipelineMode(connection_.get()) == 0;
  }
  if (send_failed_) return;
  const auto known = declared_.find(std::string_view(declared));
  GOFUTURE_ASSERT(known != declared_.end(), "a statement that nobody declared");
  if (!known->second.told) {
    send_failed_ = PQsendPrepare(connection_.get(), declared, known->second.sql.c_str(), 0, nullptr) == 0;
    if (send_failed_) return;
    known->second.told = true;
    expected_.push_back(&known->second);
  }
  send_failed_ = PQsendQueryPrepared(connection_.get(), declared, parameters.count(), parameters.values(),
                                     parameters.lengths(), parameters.formats(), 1) == 0;
  expected_.push_back(nullptr);
}

void PgConnection::flush() {
  if (!send_failed_) send_failed_ = PQpipelineSync(connection_.get()) == 0;
}

PgResult PgConnection::next() {
  if (send_failed_) return {nullptr, connection_.get()};
  std::optional<PgResult> unprepared;
  for (;;) {
    PGresult* result = take();
    const bool preparing = !expected_.empty() && expected_.front() != nullptr;
    if (result == nullptr || !preparing) {
      if (!expected_.empty()) expected_.pop_front();
      PgResult answer(result, connection_.get());
      return unprepared ? std::move(*unprepared) : std::move(answer);
    }
    if (!note_prepared(result)) unprepared.emplace(result, connection_.get());
    else PQclear(result);
  }
}

// Each statement's results end with a null.
PGresult* PgConnection::take() {
  PGresult* result = PQgetResult(connection_.get());
  if (result != nullptr && alive() && PQresultStatus(result) != PGRES_PIPELINE_SYNC)
    while (PGresult* more = PQgetResult(connection_.get())) PQclear(more);
  return result;
}

// One that failed, or was skipped behind a failure, is prepared with its next use.
bool PgConnection::note_prepared(const PGresult* result) {
  const bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
  expected_.front()->told = done;
  expected_.pop_front();
  return done;
}

void PgConnection::finish() {
  if (!piped_) return;
  piped_ = false;
  while (!send_failed_ && alive()) {
    PGresult* result = take();
    const bool synced = result != nullptr && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    if (result != nullptr && !synced && !expected_.empty()) {
      if (expected_.front() != nullptr) note_prepared(result);
      else expected_.pop_front();
    }
    PQclear(result);
    if (synced) break;
  }
  expected_.clear();
  if (alive()) PQexitPipelineMode(connection_.get());
}

std::string PgConnection::quoted_name(std::string_view name) const {
  char* quoted = PQescapeIdentifier(connection_.get(), name.data(), name.size());
  GOFUTURE_ASSERT(quoted != nullptr, "an identifier that is not text");
  std::string text = quoted;
  PQfreemem(quoted);
  return text;
}

std::string PgConnection::quoted_text(std::string_view text) const {
  char* quoted = PQescapeLiteral(connection_.get(), text.data(), text.size());
  GOFUTURE_ASSERT(quoted != nullptr, "a literal that is not text");
  std::string literal = quoted;
  PQfreemem(quoted);
  return literal;
}

std::string quoted_table(const PgConnection& connection, std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return connection.quoted_name(name);
  return connection.quoted_name(name.substr(0, dot)) + "." + connection.quoted_name(name.substr(dot + 1));
}

}  // namespace gofuture
