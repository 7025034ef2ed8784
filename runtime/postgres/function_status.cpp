#include "postgres/function_status.hpp"

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

// A held row is a dead letter already; it is counted by its key.
constexpr const char* kStatus =
    "SELECT f.name, coalesce(p.parked, 0), p.oldest_ms, coalesce(p.held_keys, 0), coalesce(d.dead, 0), coalesce(t.timers, 0), coalesce(b.open, ''),"
    " coalesce(p.parked_keys, 0), f.epoch"
    " FROM gofuture.functions f"
    " LEFT JOIN (SELECT function_id, count(*) FILTER (WHERE NOT held) AS parked, count(DISTINCT state_key) FILTER (WHERE held) AS held_keys,"
    "  count(DISTINCT state_key) FILTER (WHERE NOT held) AS parked_keys,"
    "  (extract(epoch FROM now() - min(parked_at) FILTER (WHERE NOT held)) * 1000)::bigint AS oldest_ms"
    "  FROM gofuture.parked GROUP BY function_id) p ON p.function_id = f.id"
    " LEFT JOIN (SELECT function_id, count(*) AS dead FROM gofuture.dead_letters WHERE dead_at > now() - interval '1 day'"
    "  GROUP BY function_id) d ON d.function_id = f.id"
    " LEFT JOIN (SELECT function_id, count(*) AS timers FROM gofuture.timers GROUP BY function_id) t ON t.function_id = f.id"
    " LEFT JOIN (SELECT function_id, string_agg(DISTINCT dependency, ', ' ORDER BY dependency) AS open FROM gofuture.breakers"
    "  GROUP BY function_id) b ON b.function_id = f.id";

}  // namespace

Result<std::map<std::string, FunctionStatus>> read_function_status(const std::string& conninfo) {
  auto opened = PgConnection::open(conninfo, "gofuture list");
  if (!opened) return opened.error();
  const PgResult rows = opened->run(kStatus);
  if (!rows.ok()) return rows.failure().error().within("reading what waits");
  std::map<std::string, FunctionStatus> by_function;
  for (int i = 0; i < rows.rows(); ++i) {
    FunctionStatus& status = by_function[std::string(rows.text(i, 0))];
    status.parked = rows.number(i, 1);
    if (!rows.is_null(i, 2)) status.oldest_parked_ms = rows.number(i, 2);
    status.held_keys = rows.number(i, 3);
    status.dead_letters = rows.number(i, 4);
    status.timers = rows.number(i, 5);
    status.open_breakers = std::string(rows.text(i, 6));
    status.parked_keys = rows.number(i, 7);
    status.epoch = rows.number(i, 8);
  }
  return by_function;
}

}  // namespace gofuture
