#include "postgres/strikes.hpp"

#include "base/fault_point.hpp"
#include "postgres/connection.hpp"

namespace gofuture {
namespace {

constexpr const char* kName = "gofuture strikes";

Result<Done> record_all(PgConnection& connection, const Uuid& run, const std::vector<StrikeRow>& strikes) {
  for (const auto& [strike, topic] : strikes) {
    const std::string id = strike.event_id.text(), run_text = run.text(), partition = std::to_string(strike.partition),
                      offset = std::to_string(strike.offset);
    const PgResult written = connection.run(
        "INSERT INTO gofuture.strikes AS s (function_id, event_id, cause, run, topic, partition, \"offset\")"
        " SELECT f.id, $2::uuid, $3, $4::uuid, $5, $6::int, $7::bigint FROM gofuture.functions f WHERE f.name = $1"
        " ON CONFLICT (function_id, event_id) DO UPDATE SET count = s.count + 1, cause = excluded.cause, run = excluded.run,"
        " topic = excluded.topic, partition = excluded.partition, \"offset\" = excluded.\"offset\", at = now() WHERE s.run <> excluded.run",
        {{strike.function}, {id}, {strike.cause}, {run_text}, {topic}, {partition}, {offset}});
    if (!written.ok()) return written.failure().error();
  }
  return ok();
}

}  // namespace

Result<Done> record_strikes(const std::string& conninfo, const Uuid& run, const std::vector<StrikeRow>& strikes) {
  if (strikes.empty()) return ok();
  auto connection = PgConnection::open(conninfo, kName);
  if (!connection) return connection.error();
  const auto within = [](const Error& error) { return error.within("counting the strikes of the last run"); };
  if (const PgResult begun = connection->run("BEGIN"); !begun.ok()) return within(begun.failure().error());
  // The connection goes, and with it what it began.
  if (auto recorded = record_all(*connection, run, strikes); !recorded) return within(recorded.error());
  GOFUTURE_FAULT_POINT("strikes.before_recorded");
  if (const PgResult ended = connection->run("COMMIT"); !ended.ok()) return within(ended.failure().error());
  GOFUTURE_FAULT_POINT("strikes.recorded");
  return ok();
}

Result<StrikesByEvent> load_strikes(const std::string& conninfo, std::int32_t function_id, std::int64_t window_days) {
  auto connection = PgConnection::open(conninfo, kName);
  if (!connection) return connection.error();
  const std::string id = std::to_string(function_id), days = std::to_string(window_days);
  const PgResult purged = connection->run(
      "DELETE FROM gofuture.strikes WHERE function_id = $1 AND at < now() - make_interval(days => $2::int)", {{id}, {days}});
  if (!purged.ok()) return purged.failure().error().within("forgetting old strikes");
  const PgResult rows = connection->run("SELECT event_id, count, cause FROM gofuture.strikes WHERE function_id = $1", {{id}});
  if (!rows.ok()) return rows.failure().error().within("reading the strikes");
  StrikesByEvent of;
  for (int row = 0; row < rows.rows(); ++row)
    if (const auto event_id = Uuid::parse(rows.text(row, 0)))
      of[*event_id] = {static_cast<std::uint32_t>(rows.number(row, 1)), std::string(rows.text(row, 2))};
  return of;
}

}  // namespace gofuture
