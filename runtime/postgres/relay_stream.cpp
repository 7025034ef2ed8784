#include "postgres/relay_stream.hpp"

#include <chrono>

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

std::string last_words(PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

void quiet(void*, const PGresult*) {}

}  // namespace

Result<RelayStream> RelayStream::open(const std::string& conninfo, std::string_view name, Kind kind) {
  const std::string application(name);
  const char* keys[] = {"connect_timeout", "keepalives_idle", "tcp_user_timeout", "dbname", "application_name", "client_encoding",
                        kind == Kind::kReplication ? "replication" : nullptr, nullptr};
  const char* values[] = {"10", "10", "30000", conninfo.c_str(), application.c_str(), "UTF8", "database", nullptr};
  PGconn* raw = PQconnectdbParams(keys, values, 1);
  if (raw == nullptr) return Error("Postgres: out of memory while connecting");
  RelayStream stream(raw);
  if (PQstatus(raw) != CONNECTION_OK)
    return Error("Postgres cannot be reached for replication: " + last_words(raw) +
                 "; the role needs REPLICATION, and pg_hba.conf a line for it");
  PQsetNoticeReceiver(raw, quiet, nullptr);
  return stream;
}

RelayStream::~RelayStream() {
  // A command that still runs (the making of a slot waits for old transactions) would go on for nobody.
  if (connection_ && running_ && !copying_) {
    if (PGcancel* cancel = PQgetCancel(connection_.get())) {
      char trouble[256];
      PQcancel(cancel, trouble, sizeof trouble);
      PQfreeCancel(cancel);
    }
  }
}

RelayStream::Next RelayStream::fail() {
  copying_ = running_ = false;
  if (failure_.message.empty()) {
    failure_.message = last_words(connection_.get());
    failure_.lost = true;
  }
  return Next::kFailed;
}

bool RelayStream::send(const std::string& command) {
  failure_ = {};
  copying_ = false;
  running_ = PQsendQuery(connection_.get(), command.c_str()) == 1;
  if (!running_) fail();
  return running_;
}

RelayStream::Next RelayStream::take_result() {
  PGresult* result = PQgetResult(connection_.get());
  if (result == nullptr) {
    running_ = copying_ = false;
    return Next::kEnd;
  }
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT) {
    PQclear(result);
    copying_ = true;
    return Next::kStarted;
  }
  const PgResult told(result, connection_.get());  // clears it
  if (told.ok()) return Next::kNothing;
  failure_ = told.failure();
  return fail();
}

RelayStream::Next RelayStream::next() {
  buffer_.reset();
  message_ = {};
  for (bool fresh = false; running_;) {
    if (copying_) {
      char* bytes = nullptr;
      const int size = PQgetCopyData(connection_.get(), &bytes, 1);
      if (size > 0) {
        buffer_.reset(bytes);
        message_ = {bytes, static_cast<std::size_t>(size)};
        return Next::kMessage;
      }
      if (size == -2) return fail();
      if (size == -1) copying_ = false;  // the results behind the copy say how it ended
    }
    if (!copying_ && PQisBusy(connection_.get()) == 0) {
      if (const Next told = take_result(); told != Next::kNothing) return told;
      continue;
    }
    if (fresh) return Next::kNothing;
    if (PQconsumeInput(connection_.get()) == 0) return fail();
    fresh = true;
  }
  return Next::kEnd;
}

bool RelayStream::confirm(pgoutput::Lsn received, pgoutput::Lsn confirmed) {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  const std::string update = pgoutput::status_update(received, confirmed, now.count());
  if (PQputCopyData(connection_.get(), update.data(), static_cast<int>(update.size())) == 1 && PQflush(connection_.get()) == 0) return true;
  fail();
  return false;
}

}  // namespace gofuture
