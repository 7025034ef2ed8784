#include "postgres/lookup.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kAnswersMax = 20'000;

}  // namespace

PostgresLookup::PostgresLookup(std::string conninfo, std::vector<LookupTable> tables)
    : conninfo_(std::move(conninfo)), tables_(std::move(tables)) {}
PostgresLookup::~PostgresLookup() = default;

const LookupTable* PostgresLookup::table(std::string_view name) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const LookupTable& table) { return table.name == name; });
  return found == tables_.end() ? nullptr : &*found;
}

Result<std::optional<std::string>> PostgresLookup::get(std::string_view name, std::string_view key) {
  const LookupTable* found = table(name);
  if (found == nullptr) return Error("no [[lookup]] of the manifest is called \"" + std::string(name) + "\"");
  if (key.find('\0') != std::string_view::npos) return Error("lookup " + found->name + ": the key holds a NUL byte, which text cannot");
  const std::string place = found->name + '\0' + std::string(key);
  if (auto answer = remembered(*found, place)) return std::move(answer->row);
  const Time asked = std::chrono::steady_clock::now();  // before the read: the answer is at least as young
  auto row = ask(*found, key);
  if (!row) return row.error().within("lookup " + found->name);
  remember(place, {*row, asked});
  return row;
}

std::optional<PostgresLookup::Answer> PostgresLookup::remembered(const LookupTable& table, const std::string& place) {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(place);
  if (found == answers_.end()) return std::nullopt;
  if (std::chrono::steady_clock::now() - found->second.asked <= std::chrono::milliseconds(table.stale_ms)) return found->second;
  answers_.erase(found);
  return std::nullopt;
}

void PostgresLookup::remember(const std::string& place, Answer answer) {
  const std::lock_guard lock(mutex_);
  // Full of keys that nobody asks for again: begin anew. Costs one read per key, and no bookkeeping per hit.
  if (answers_.size() >= kAnswersMax) answers_.clear();
  answers_.insert_or_assign(place, std::move(answer));
}

Result<std::optional<std::string>> PostgresLookup::ask(const LookupTable& table, std::string_view key) {
  std::unique_ptr<PgConnection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  for (bool fresh = connection == nullptr;; fresh = true) {
    if (fresh) {
      auto opened = PgConnection::open(conninfo_, "gofuture lookup");
      if (!opened) return opened.error();
      connection = std::make_unique<PgConnection>(std::move(*opened));
      const PgResult set = connection->run("SET default_transaction_read_only TO on; SET statement_timeout TO '5s'");
      if (!set.ok()) return set.failure().error();
    }
    const PgResult rows = connection->run("SELECT row_to_json(t)::text FROM " + quoted_table(*connection, table.table) + " t WHERE t." +
                                              connection->quoted_name(table.key) + " = $1 LIMIT 1",
                                          {{key}});
    if (!rows.ok() && !connection->alive() && !fresh) continue;  // it went while it lay idle
    if (!rows.ok()) return rows.failure().error();
    auto row = rows.rows() == 0 ? std::nullopt : rows.maybe(0, 0);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
    return row;
  }
}

}  // namespace gofuture
