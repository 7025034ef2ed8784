#include "postgres/claims.hpp"

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

// By the indexes on (function_id, due_at): a claimed parked event is due when its lease ends, a claimed timer was due before.
constexpr const char* kParked =
    "WITH mine AS (SELECT p.function_id, p.state_key, p.number FROM gofuture.functions f JOIN gofuture.parked p ON p.function_id = f.id"
    "  WHERE p.due_at > now() AND p.claimed_by = $1::text FOR UPDATE OF p SKIP LOCKED)"
    " UPDATE gofuture.parked p SET due_at = now(), claimed_by = NULL FROM mine"
    " WHERE p.function_id = mine.function_id AND p.state_key = mine.state_key AND p.number = mine.number RETURNING 1";
constexpr const char* kTimers =
    "WITH mine AS (SELECT t.function_id, t.state_key, t.name FROM gofuture.functions f JOIN gofuture.timers t ON t.function_id = f.id"
    "  WHERE t.due_at <= now() AND t.claimed_until > now() AND t.claimed_by = $1::text FOR UPDATE OF t SKIP LOCKED)"
    " UPDATE gofuture.timers t SET claimed_until = NULL, claimed_by = NULL FROM mine"
    " WHERE t.function_id = mine.function_id AND t.state_key = mine.state_key AND t.name = mine.name RETURNING 1";

}  // namespace

Result<GivenBack> give_back_claims(const std::string& conninfo, const std::string& instance) {
  auto connection = PgConnection::open(conninfo, "gofuture claims");
  if (!connection) return connection.error();
  GivenBack given;
  for (const auto& [statement, count] : {std::pair{kParked, &given.parked}, std::pair{kTimers, &given.timers}}) {
    const PgResult rows = connection->run(statement, {{instance}});
    if (!rows.ok()) return rows.failure().error().within("giving back what " + instance + " has claimed");
    *count = rows.rows();
  }
  return given;
}

}  // namespace gofuture
