// InsideSession: the author's SQL inside the transaction of a batch. One statement per call (the extended protocol takes
// no more). What touches transaction or session is kept away by runtime/plugin, which sees the statement first; that the
// transaction still stands is checked after the run.
//
// Lives as long as its connection (statements that come again are prepared), used by the committer's thread only.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "pipeline/io.hpp"
#include "postgres/connection.hpp"

namespace gofuture {

class InsideSession : public SqlSession {
 public:
  // Before each Inside::run.
  void begin(PgConnection& connection, const Batch& batch);
  Result<SqlRows> execute(std::string_view sql, const std::vector<std::optional<std::string_view>>& parameters) override;

  // The first failure since begin(), and which event was open then: the first that had no outcome.
  struct Failure {
    SqlFailure sql;
    std::uint32_t event = 0;
    bool after_others = false;  // others had ended before, so it was this event's SQL and not the batch's
  };
  const std::optional<Failure>& failure() const { return failure_; }
  void forget_statements() { names_.clear(); }  // the connection is a new one

 private:
  Result<SqlRows> failed(const SqlFailure& failure);
  PgResult run(std::string_view sql, const std::vector<std::optional<std::string_view>>& parameters);

  PgConnection* connection_ = nullptr;
  const Batch* batch_ = nullptr;
  std::optional<Failure> failure_;
  std::unordered_map<std::string, std::string> names_;  // prepared statements by their text
};

}  // namespace gofuture
