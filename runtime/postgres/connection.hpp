// PgConnection and PgResult: thin owners around libpq, nothing more. The only file of this folder, beside its .cpp, that
// names libpq's types; nothing outside the folder includes it.
//
// One thread at a time. Errors are values: a PgResult says ok() or carries the SqlFailure. After a lost connection every
// call fails with `lost`; the owner opens a new one.
//
//   auto opened = PgConnection::open(conninfo, "gofuture store");
//   PgResult rows = opened->run("SELECT name FROM gofuture.functions WHERE id = $1", {{"7"}});
//   if (!rows.ok()) return rows.failure().error();
//   rows.text(0, 0);
//
// Pipelined, prepared, binary (the hot path): declare() statements once, queue() several, flush(), then next() one result per statement.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "postgres/parameters.hpp"
#include "postgres/sql_failure.hpp"

namespace gofuture {

class PgResult {
 public:
  PgResult() = default;
  PgResult(PGresult* result, PGconn* connection);

  bool ok() const { return ok_; }
  const SqlFailure& failure() const { return failure_; }
  int rows() const { return PQntuples(result_.get()); }
  int columns() const { return PQnfields(result_.get()); }
  const char* column_name(int column) const { return PQfname(result_.get(), column); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::string_view text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
  std::optional<std::string> maybe(int row, int column) const {
    if (is_null(row, column)) return std::nullopt;
    return std::string(text(row, column));
  }
  std::int64_t number(int row, int column) const;  // of a text-format column
  // Of a binary-format column.
  std::int32_t int4(int row, int column) const;
  std::int64_t int8(int row, int column) const;
  std::int64_t affected() const;
  std::string_view command() const { return PQcmdStatus(result_.get()); }  // "COMMIT", "INSERT 0 5", …

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
  SqlFailure failure_;
  bool ok_ = false;
};

class PgConnection {
 public:
  // `name` is shown as application_name. Waits at most the conninfo's connect_timeout (10 s when it names none).
  static Result<PgConnection> open(const std::string& conninfo, std::string_view name);

  // Any number of statements without parameters, or one with text parameters.
  PgResult run(const std::string& sql);
  PgResult run(const std::string& sql, const std::vector<std::optional<std::string_view>>& parameters);
  PgResult prepare(const char* name, const std::string& sql);
  PgResult run_prepared(const char* name, const std::vector<std::optional<std::string_view>>& parameters);

  // What queue(name) stands for. Postgres hears of it with its first use: a connection uses few of those that are declared.
  void declare(std::string name, std::string sql);

  // Pipeline mode: between queue() and the last next() nothing else may be called. After a failure the statements behind it
  // fail too, with the failure's `skipped` set. A statement that cannot be prepared fails as if it had been run.
  void queue(const char* declared, const Parameters& parameters);
  void flush();
  PgResult next();
  void finish();  // takes the results that were not asked for and leaves pipeline mode

  bool alive() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  bool idle() const { return PQtransactionStatus(connection_.get()) == PQTRANS_IDLE; }
  bool in_transaction() const { return PQtransactionStatus(connection_.get()) == PQTRANS_INTRANS; }
  std::string host() const { return PQhost(connection_.get()); }
  std::string port() const { return PQport(connection_.get()); }
  int backend_pid() const { return PQbackendPID(connection_.get()); }
  // An identifier in double quotes, or a literal in single ones.
  std::string quoted_name(std::string_view name) const;
  std::string quoted_text(std::string_view text) const;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Declared {
    std::string sql;
    bool told = false;  // Postgres has it, or is about to
  };
  explicit PgConnection(PGconn* connection) : connection_(connection) {}
  PGresult* take();                            // the next result, whatever it is of; null: the connection is lost
  bool note_prepared(const PGresult* result);  // of the statement that was expected to be prepared

  std::unique_ptr<PGconn, Finish> connection_;
  std::map<std::string, Declared, std::less<>> declared_;
  std::deque<Declared*> expected_;  // what is being prepared, or null for a statement that runs: in the order of their results
  bool piped_ = false, send_failed_ = false;
};

// "schema.table" as two quoted identifiers; a name without a dot as one.
std::string quoted_table(const PgConnection& connection, std::string_view name);

}  // namespace gofuture
