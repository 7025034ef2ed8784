// RelayStream: a connection that is read while it is waited for: the replication stream, or a long COPY. Beside PgConnection
// the only place that holds a PGconn, because PgConnection waits for each answer and a relay must not.
//
// One thread. Every call returns at once, except open() (at most connect_timeout). A command is sent with send(); next() then
// says what has come: kStarted when the server begins to copy, a message, nothing yet (poll fd() for reading), the end, or
// what went wrong.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "postgres/pgoutput.hpp"
#include "postgres/sql_failure.hpp"

namespace gofuture {

class RelayStream {
 public:
  enum class Kind { kSql, kReplication };
  enum class Next { kNothing, kStarted, kMessage, kEnd, kFailed };

  static Result<RelayStream> open(const std::string& conninfo, std::string_view name, Kind kind);
  ~RelayStream();
  RelayStream(RelayStream&&) = default;
  RelayStream& operator=(RelayStream&&) = default;

  bool send(const std::string& command);  // false: failure() says why
  Next next();
  std::string_view message() const { return message_; }  // after kMessage, until the next call
  const SqlFailure& failure() const { return failure_; }  // after kFailed

  bool confirm(pgoutput::Lsn received, pgoutput::Lsn confirmed);  // a standby status update

  int fd() const { return PQsocket(connection_.get()); }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Free {
    void operator()(char* memory) const { PQfreemem(memory); }
  };
  explicit RelayStream(PGconn* connection) : connection_(connection) {}
  Next fail();
  Next take_result();

  std::unique_ptr<PGconn, Finish> connection_;
  std::unique_ptr<char, Free> buffer_;
  std::string_view message_;
  SqlFailure failure_;
  bool copying_ = false, running_ = false;
};

}  // namespace gofuture
