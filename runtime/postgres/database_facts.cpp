#include "postgres/database_facts.hpp"

#include "postgres/connection.hpp"
#include "postgres/relay_slot.hpp"

namespace gofuture {
namespace {

constexpr const char* kServer =
    "SELECT current_setting('server_version_num')::bigint, current_setting('server_version'), current_setting('wal_level'), current_user,"
    " pg_is_in_recovery(), current_setting('fsync') = 'on', current_setting('synchronous_commit') NOT IN ('off', 'local'),"
    " (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user), has_database_privilege(current_database(), 'CREATE'),"
    " (SELECT count(*) FROM pg_replication_slots), current_setting('max_replication_slots')::bigint,"
    " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'), current_setting('max_connections')::bigint,"
    " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

constexpr const char* kSlots =
    "SELECT slot_name, coalesce(database = current_database() AND plugin = 'pgoutput', false), active, coalesce(wal_status, 'lost'),"
    " coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn), 0)::bigint,"
    " safe_wal_size FROM pg_replication_slots WHERE slot_name = ANY (string_to_array($1, ','))";

constexpr const char* kDays =
    "SELECT (SELECT count(*) FROM gofuture.outbox_days), coalesce((SELECT (now() AT TIME ZONE 'utc')::date - min(day) FROM gofuture.outbox_days), 0),"
    " (SELECT count(*) FROM (SELECT 1 FROM gofuture.events_outbox_default LIMIT 1000) strays),"
    " (SELECT count(*) FROM gofuture.inbox_days WHERE bucket >= 0 AND dropped_at IS NULL),"
    " (SELECT count(*) FROM gofuture.inbox_days WHERE bucket >= 0 AND dropped_at IS NULL"
    "   AND bucket < (extract(epoch FROM now())::bigint / 86400) - $1::bigint - 1)";

// A partitioned table holds nothing itself: its partitions are added up under its name.
constexpr const char* kTables =
    "SELECT n.nspname || '.' || root.relname, sum(pg_total_relation_size(c.oid))::bigint, greatest(sum(greatest(c.reltuples, 0)), sum(s.n_live_tup))::bigint,"
    " bool_and(s.last_analyze IS NULL AND s.last_autoanalyze IS NULL)"
    " FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid"
    " LEFT JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class root ON root.oid = coalesce(i.inhparent, c.oid)"
    " JOIN pg_namespace n ON n.oid = root.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname = ANY (string_to_array($1, ',')) GROUP BY 1 ORDER BY 2 DESC";

std::string with_commas(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ",") + name;
  return all;
}

bool truth(const PgResult& rows, int column) { return rows.text(0, column) == "t"; }

class Reader {
 public:
  Reader(PgConnection& connection, const DatabaseQuestion& question) : connection_(connection), question_(question) {}

  DatabaseFacts read(std::int64_t (*now_us)()) {
    read_server(now_us);
    read_slots();
    read_publications();
    read_days();
    read_tables();
    return std::move(facts_);
  }

 private:
  bool fine(const PgResult& rows, const char* what) {
    if (rows.ok()) return true;
    facts_.unread.push_back(rows.failure().error().within(what).message());
    return false;
  }

  void read_server(std::int64_t (*now_us)()) {
    const std::int64_t asked = now_us();
    const PgResult rows = connection_.run(kServer);
    const std::int64_t answered = now_us();
    if (!fine(rows, "reading the server's settings")) return;
    ServerFacts server;
    server.version = rows.number(0, 0);
    server.version_text = rows.text(0, 1);
    server.wal_level = rows.text(0, 2);
    server.user = rows.text(0, 3);
    server.standby = truth(rows, 4);
    server.fsync = truth(rows, 5);
    server.synchronous_commit = truth(rows, 6);
    server.may_replicate = truth(rows, 7);
    server.may_create = truth(rows, 8);
    server.slots = rows.number(0, 9);
    server.slots_max = rows.number(0, 10);
    server.connections = rows.number(0, 11);
    server.connections_max = rows.number(0, 12);
    server.clock_ahead_us = rows.number(0, 13) - (asked + (answered - asked) / 2);
    facts_.server = std::move(server);
  }

  void read_slots() {
    const std::string names = with_commas(question_.slots);
    const PgResult rows = connection_.run(kSlots, {{names}});
    if (!fine(rows, "reading the replication slots")) return;
    for (int i = 0; i < rows.rows(); ++i) {
      SlotFacts& slot = facts_.slots[std::string(rows.text(i, 0))];
      slot.ours = rows.text(i, 1) == "t";
      slot.active = rows.text(i, 2) == "t";
      slot.wal_status = rows.text(i, 3);
      slot.kept_bytes = rows.number(i, 4);
      if (!rows.is_null(i, 5)) slot.safe_bytes = rows.number(i, 5);
    }
  }

  void read_publications() {
    auto missing = missing_publications(connection_, question_.publications);
    if (missing) facts_.missing_publications = std::move(*missing);
    else facts_.unread.push_back(missing.error().within("reading the publications").message());
  }

  void read_days() {
    const PgResult there = connection_.run("SELECT to_regclass('gofuture.inbox_days') IS NOT NULL");
    if (!fine(there, "looking for the tables") || !truth(there, 0)) return;
    const std::string window = std::to_string(question_.inbox_window_days);
    const PgResult rows = connection_.run(kDays, {{window}});
    if (fine(rows, "reading the days of inbox and outbox"))
      facts_.days = DayFacts{rows.number(0, 0), rows.number(0, 1), rows.number(0, 2), rows.number(0, 3), rows.number(0, 4)};
  }

  void read_tables() {
    const std::string schemas = with_commas(question_.schemas);
    const PgResult rows = connection_.run(kTables, {{schemas}});
    if (!fine(rows, "reading the tables' sizes")) return;
    for (int i = 0; i < rows.rows(); ++i)
      facts_.tables.push_back({std::string(rows.text(i, 0)), rows.number(i, 1), rows.number(i, 2), rows.text(i, 3) == "t"});
  }

  PgConnection& connection_;
  const DatabaseQuestion& question_;
  DatabaseFacts facts_;
};

}  // namespace

Result<DatabaseFacts> read_database_facts(const std::string& conninfo, const DatabaseQuestion& question, std::int64_t (*now_us)()) {
  auto opened = PgConnection::open(conninfo, "gofuture doctor");
  if (!opened) return opened.error();
  if (const PgResult set = opened->run("SET statement_timeout TO '3s'; SET default_transaction_read_only TO on"); !set.ok())
    return set.failure().error();
  return Reader(*opened, question).read(now_us);
}

}  // namespace gofuture
