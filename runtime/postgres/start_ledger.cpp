#include "postgres/start_ledger.hpp"

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

constexpr const char* kName = "gofuture start offsets";

}  // namespace

Result<std::map<std::pair<std::string, std::int32_t>, StartLedger::Entry>> PostgresStartLedger::recorded() {
  auto connection = PgConnection::open(conninfo_, kName);
  if (!connection) return connection.error();
  const PgResult rows = connection->run("SELECT topic, partition, \"offset\", started FROM gofuture.start_offsets WHERE function_id = $1",
                                        {{std::to_string(function_id_)}});
  if (!rows.ok()) return rows.failure().error().within("reading the start offsets");
  std::map<std::pair<std::string, std::int32_t>, Entry> entries;
  for (int row = 0; row < rows.rows(); ++row)
    entries[{std::string(rows.text(row, 0)), static_cast<std::int32_t>(rows.number(row, 1))}] = {rows.number(row, 2),
                                                                                                rows.text(row, 3) == "t"};
  return entries;
}

Result<Done> PostgresStartLedger::record(const std::map<std::pair<std::string, std::int32_t>, Entry>& entries) {
  if (entries.empty()) return ok();
  auto connection = PgConnection::open(conninfo_, kName);
  if (!connection) return connection.error();
  const auto give_up = [](const PgResult& failed) { return failed.failure().error().within("recording the start offsets"); };

  ArrayOf topics(PgType::kText), partitions(PgType::kInt4), offsets(PgType::kInt8), started(PgType::kInt4);
  for (const auto& [place, entry] : entries) {
    topics.add(place.first);
    partitions.add_int4(place.second);
    offsets.add_int8(entry.offset);
    started.add_int4(entry.started ? 1 : 0);
  }
  connection->declare(
      "record",
      "INSERT INTO gofuture.start_offsets AS s (function_id, topic, partition, \"offset\", started)"
      " SELECT $1::int, u.topic, u.partition, u.at, u.started = 1"
      " FROM unnest($2::text[], $3::int[], $4::bigint[], $5::int[]) AS u(topic, partition, at, started)"
      " ON CONFLICT (function_id, topic, partition) DO UPDATE SET started = s.started OR excluded.started");
  Parameters parameters;
  parameters.add_int4(function_id_).add(topics).add(partitions).add(offsets).add(started);
  connection->queue("record", parameters);
  connection->flush();
  const PgResult written = connection->next();
  connection->finish();
  if (!written.ok()) return give_up(written);
  return ok();
}

}  // namespace gofuture
