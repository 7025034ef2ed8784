#include "postgres/outbox_days.hpp"

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

// What still runs and began before $1 and may write rows: neither walsenders, which show the time of their first command, nor
// vacuum. Sessions of others can be invisible (without pg_read_all_stats all their columns are null): one that is in a
// transaction is taken for old. A prepared transaction does not say when it began.
constexpr const char* kOldTransactions =
    "SELECT coalesce(min(a.pid), 0), coalesce(min(a.application_name), '') FROM pg_stat_activity a"
    " WHERE a.pid <> pg_backend_pid() AND (a.datname = current_database() OR a.datname IS NULL)"
    " AND coalesce(a.backend_type, '') NOT IN ('walsender', 'autovacuum worker')"
    " AND (a.xact_start < $1::timestamptz OR (a.backend_type IS NULL"
    "   AND EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'virtualxid')))"
    " HAVING count(*) > 0"
    " UNION ALL SELECT 0, 'a prepared transaction' FROM pg_prepared_xacts WHERE database = current_database() HAVING count(*) > 0";

struct Day {
  std::string date, name, end;  // "2026-11-22", "20261122", "2026-11-23 00:00:00+00"
  bool sealed = false, old = false;
};

Result<std::vector<Day>> days_that_are_over(PgConnection& connection, const OutboxDaysOptions& options) {
  const std::string ahead = std::to_string(options.ahead_ms), grace = std::to_string(options.grace_ms),
                    retention = std::to_string(options.retention_ms);
  const PgResult found = connection.run(
      "SELECT d.day::text, to_char(d.day, 'YYYYMMDD'), (d.day + 1)::text || ' 00:00:00+00', d.sealed_lsn IS NOT NULL,"
      " clock.now >= d.day + 1 + ($3::bigint + $2::bigint) * interval '1 millisecond'"
      " FROM gofuture.outbox_days d, LATERAL (SELECT (now() AT TIME ZONE 'utc') + $1::bigint * interval '1 millisecond' AS now) clock"
      " WHERE clock.now >= d.day + 1 + $2::bigint * interval '1 millisecond' ORDER BY d.day",
      {{ahead}, {grace}, {retention}});
  if (!found.ok()) return found.failure().error().within("reading the outbox's days");
  std::vector<Day> days;
  for (int row = 0; row < found.rows(); ++row)
    days.push_back({std::string(found.text(row, 0)), std::string(found.text(row, 1)), std::string(found.text(row, 2)),
                    found.text(row, 3) == "t", found.text(row, 4) == "t"});
  return days;
}

Result<Done> seal(PgConnection& connection, Day& day, OutboxDaysReport& report) {
  const PgResult old = connection.run(kOldTransactions, {{day.end}});
  if (!old.ok()) return old.failure().error();
  if (old.rows() != 0) {
    report.waiting.push_back("day " + day.date + " cannot be sealed: a transaction that began before its end still runs (pid " +
                             std::string(old.text(0, 0)) + ", " + std::string(old.text(0, 1)) + "); see pg_stat_activity");
    return ok();
  }
  // In a statement of its own, so behind the look. The insert position: a commit without synchronous_commit may be over and not
  // yet written.
  const PgResult sealed = connection.run("UPDATE gofuture.outbox_days SET sealed_lsn = pg_current_wal_insert_lsn()"
                                         " WHERE day = $1 AND sealed_lsn IS NULL", {{day.date}});
  if (!sealed.ok()) return sealed.failure().error();
  day.sealed = true;
  report.sealed.push_back(day.date);
  return ok();
}

// False: the table is in use. A lock that is waited for holds up every writer behind it, so nothing more is tried now.
Result<bool> drop(PgConnection& connection, const Day& day, const std::string& slot, OutboxDaysReport& report) {
  const auto abandon = [&](const PgResult& why) -> Result<bool> {
    const SqlFailure failure = why.failure();
    connection.run("ROLLBACK");
    if (failure.state != "55P03") return failure.error().within("dropping outbox day " + day.date);
    report.waiting.push_back("day " + day.date + " could not be locked within a second; it is dropped later");
    return false;
  };
  // The same lock as all that makes or drops partitions.
  const PgResult begun = connection.run(
      "BEGIN; SET LOCAL lock_timeout = '1s'; SELECT pg_advisory_xact_lock(hashtextextended('gofuture partitions', 0))");
  if (!begun.ok()) return abandon(begun);
  const PgResult passed = connection.run(
      "SELECT d.sealed_lsn <= s.confirmed_flush_lsn AND s.wal_status <> 'lost' AND s.database = current_database()"
      " FROM gofuture.outbox_days d LEFT JOIN pg_replication_slots s ON s.slot_name = $2"
      " WHERE d.day = $1 AND d.sealed_lsn IS NOT NULL"
      " AND NOT EXISTS (SELECT 1 FROM gofuture.relay_position p WHERE p.slot = $2 || ' re-emit')",
      {{day.date}, {slot}});
  if (!passed.ok()) return abandon(passed);
  if (passed.rows() == 0 || passed.text(0, 0) != "t") {
    connection.run("ROLLBACK");
    if (passed.rows() != 0) report.waiting.push_back("day " + day.date + " stays: the relay has not confirmed all of it");
    return true;
  }
  const PgResult dropped = connection.run("DROP TABLE IF EXISTS gofuture.events_outbox_" + day.name +
                                          "; DELETE FROM gofuture.outbox_days WHERE day = " + connection.quoted_text(day.date));
  if (!dropped.ok()) return abandon(dropped);
  if (const PgResult done = connection.run("COMMIT"); !done.ok()) return abandon(done);
  report.dropped.push_back(day.date);
  return true;
}

}  // namespace

Result<OutboxDaysReport> tend_outbox_days(PgConnection& connection, const OutboxDaysOptions& options) {
  OutboxDaysReport report;
  auto days = days_that_are_over(connection, options);
  if (!days) return days.error();
  for (Day& day : *days) {
    if (!day.sealed)
      if (auto done = seal(connection, day, report); !done) return done.error();
    if (!day.sealed || !day.old) continue;
    const auto dropped = drop(connection, day, options.slot, report);
    if (!dropped) return dropped.error();
    if (!*dropped) break;
  }
  const PgResult strays = connection.run("SELECT EXISTS (SELECT 1 FROM gofuture.events_outbox_default)");
  if (!strays.ok()) return strays.failure().error();
  report.strays = strays.text(0, 0) == "t";
  return report;
}

}  // namespace gofuture
