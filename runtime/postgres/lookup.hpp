// PostgresLookup: rows of tables that a function may read beside its own state, as JSON, at most `stale_ms` old.
//
// Any thread. Answers that are young enough come from memory; each other call borrows a connection (there are never more than
// callers at one time). Connections are read-only and give up on a statement after five seconds.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "manifest/manifest.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

class PgConnection;

class PostgresLookup : public Lookup {
 public:
  PostgresLookup(std::string conninfo, std::vector<LookupTable> tables);
  ~PostgresLookup() override;

  Result<std::optional<std::string>> get(std::string_view table, std::string_view key) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Answer {
    std::optional<std::string> row;
    Time asked;
  };

  const LookupTable* table(std::string_view name) const;
  std::optional<Answer> remembered(const LookupTable& table, const std::string& place);
  void remember(const std::string& place, Answer answer);
  Result<std::optional<std::string>> ask(const LookupTable& table, std::string_view key);

  const std::string conninfo_;
  const std::vector<LookupTable> tables_;
  std::mutex mutex_;
  std::unordered_map<std::string, Answer> answers_;
  std::vector<std::unique_ptr<PgConnection>> idle_;
};

}  // namespace gofuture
