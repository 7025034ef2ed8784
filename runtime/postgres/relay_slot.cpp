#include "postgres/relay_slot.hpp"

#include <span>

#include "postgres/connection.hpp"
#include "postgres/relay_dead_row.hpp"
#include "postgres/relay_row.hpp"
#include "postgres/text.hpp"

namespace gofuture {
namespace {

std::string mark_name(const std::string& slot) { return slot + " re-emit"; }  // no slot can be called so

}  // namespace

Result<SlotHealth> look_at_slot(PgConnection& connection, const std::string& slot) {
  const PgResult seen = connection.run(
      "SELECT coalesce(s.database = current_database() AND s.plugin = 'pgoutput', false), coalesce(s.active, false),"
      " coalesce(s.active_pid, 0), coalesce(s.wal_status, 'lost'), s.safe_wal_size, coalesce(s.confirmed_flush_lsn, '0/0'),"
      " pg_current_wal_lsn(), s.slot_name IS NOT NULL"
      " FROM (SELECT 1) one LEFT JOIN pg_replication_slots s ON s.slot_name = $1",
      {{slot}});
  if (!seen.ok()) return seen.failure().error().within("looking at replication slot " + slot);
  SlotHealth health;
  const auto now = pgoutput::parse_lsn(seen.text(0, 6));
  const auto confirmed = pgoutput::parse_lsn(seen.text(0, 5));
  if (!now || !confirmed) return (now ? confirmed : now).error();
  health.wal_now = *now;
  health.there = seen.text(0, 7) == "t";
  if (!health.there) return health;
  health.ours = seen.text(0, 0) == "t";
  health.active = seen.text(0, 1) == "t";
  health.active_pid = seen.number(0, 2);
  health.wal_status = seen.text(0, 3);
  if (!seen.is_null(0, 4)) health.safe_wal_size = seen.number(0, 4);
  health.confirmed = *confirmed;
  return health;
}

Result<Done> drop_slot(PgConnection& connection, const std::string& slot) {
  const PgResult dropped = connection.run("SELECT pg_drop_replication_slot($1)", {{slot}});
  if (!dropped.ok() && dropped.failure().state != "42704") return dropped.failure().error().within("dropping replication slot " + slot);
  return ok();
}

Result<bool> try_lock_slot(PgConnection& connection, const std::string& slot) {
  const PgResult locked = connection.run("SELECT pg_try_advisory_lock(hashtextextended('gofuture relay ' || $1, 0))", {{slot}});
  if (!locked.ok()) return locked.failure().error();
  return locked.text(0, 0) == "t";
}

void unlock_slot(PgConnection& connection, const std::string& slot) {
  connection.run("SELECT pg_advisory_unlock(hashtextextended('gofuture relay ' || $1, 0))", {{slot}});
}

Result<Done> write_relay_position(PgConnection& connection, const std::string& slot, pgoutput::Lsn confirmed, std::int64_t seq,
                                  std::int64_t committed_us) {
  const std::string lsn = pgoutput::lsn_text(confirmed), sequence = std::to_string(seq), time = std::to_string(committed_us);
  const PgResult written = connection.run(
      "INSERT INTO gofuture.relay_position AS p (slot, confirmed, seq, committed_at)"
      " VALUES ($1, $2, $3, CASE WHEN $4::bigint > 0 THEN timestamptz 'epoch' + $4::bigint * interval '1 microsecond' END)"
      " ON CONFLICT (slot) DO UPDATE SET confirmed = greatest(p.confirmed, excluded.confirmed), seq = greatest(p.seq, excluded.seq),"
      " committed_at = greatest(p.committed_at, excluded.committed_at), updated_at = now()",
      {{slot}, {lsn}, {sequence}, {time}});
  if (!written.ok()) return written.failure().error().within("writing the relay's position");
  return ok();
}

Result<Done> mark_for_reemission(PgConnection& connection, const std::string& slot) {
  const PgResult marked = connection.run(
      "INSERT INTO gofuture.relay_position (slot, confirmed, seq, committed_at)"
      " SELECT $2, coalesce(p.confirmed, '0/0'), coalesce(p.seq, 0), p.committed_at"
      " FROM (SELECT 1) one LEFT JOIN gofuture.relay_position p ON p.slot = $1 ON CONFLICT (slot) DO NOTHING",
      {{slot}, {mark_name(slot)}});
  if (!marked.ok()) return marked.failure().error().within("marking the outbox for being sent again");
  return ok();
}

Result<Done> remove_needless_mark(PgConnection& connection, const std::string& slot) {
  const PgResult removed = connection.run(
      "DELETE FROM gofuture.relay_position WHERE slot = $1 AND NOT EXISTS (SELECT 1 FROM gofuture.events_outbox)"
      " AND NOT EXISTS (SELECT 1 FROM gofuture.dead_letters WHERE seq > 0)", {{mark_name(slot)}});
  if (!removed.ok()) return removed.failure().error();
  return ok();
}

// The order of seq is not the order of commits: a transaction that took a low seq may have committed after everything that
// was confirmed, and was lost with the slot. It began before the last confirmed commit, and its rows carry the time at which
// it began; so whoever ran for less than ten minutes lies within ten minutes before that commit. Rows that the margin holds
// without need are sent twice, and the inbox skips them. Within a key the order is right: its writers wait for each other.
Result<std::optional<std::string>> reemission_query(PgConnection& connection, const std::string& slot, Carried table) {
  const PgResult mark = connection.run("SELECT seq, (committed_at AT TIME ZONE 'utc')::text FROM gofuture.relay_position WHERE slot = $1",
                                       {{mark_name(slot)}});
  if (!mark.ok()) return mark.failure().error();
  if (mark.rows() == 0) return std::optional<std::string>();
  const bool outbox = table == Carried::kOutbox;
  const auto columns = outbox ? std::span<const char* const>(OutboxRowReader::columns()) : std::span<const char* const>(DeadRowReader::columns());
  std::string query = "SELECT ";
  for (const char* column : columns) query += (query.size() > 7 ? ", " : "") + connection.quoted_name(column);
  query += outbox ? " FROM gofuture.events_outbox WHERE true" : " FROM gofuture.dead_letters WHERE seq > 0";
  if (!mark.is_null(0, 1))
    query += " AND (seq > " + std::string(mark.text(0, 0)) + " OR " + (outbox ? "created_at" : "dead_at AT TIME ZONE 'utc'") +
             " >= " + connection.quoted_text(mark.text(0, 1)) + "::timestamp - interval '10 minutes')";
  return std::optional<std::string>(query + " ORDER BY seq");
}

Result<Done> remove_reemission_mark(PgConnection& connection, const std::string& slot) {
  const PgResult removed = connection.run("DELETE FROM gofuture.relay_position WHERE slot = $1", {{mark_name(slot)}});
  if (!removed.ok()) return removed.failure().error();
  return ok();
}

Result<Done> note_refused(PgConnection& connection, std::int64_t dead_seq, const std::string& reason) {
  const std::string seq = std::to_string(dead_seq), text = as_text(reason);
  const PgResult noted =
      connection.run("UPDATE gofuture.dead_letters SET refused = $2, refused_at = now() WHERE seq = $1", {{seq}, {text}});
  if (!noted.ok()) return noted.failure().error().within("noting that a dead letter was refused");
  return ok();
}

// Written anew with all its columns, whatever they are, but for the two that are of this attempt.
Result<std::int64_t> offer_refused_again(PgConnection& connection, std::int64_t after_ms) {
  const std::string after = std::to_string(after_ms);
  const PgResult offered = connection.run(
      "WITH gone AS (DELETE FROM gofuture.dead_letters d WHERE d.ctid = ANY (ARRAY(SELECT ctid FROM gofuture.dead_letters"
      "   WHERE refused IS NOT NULL AND refused_at < now() - $1::bigint * interval '1 millisecond' ORDER BY seq LIMIT 500 FOR UPDATE SKIP LOCKED))"
      "  RETURNING d AS letter)"
      " INSERT INTO gofuture.dead_letters SELECT (again.letter).* FROM (SELECT jsonb_populate_record(letter,"
      "   jsonb_build_object('refused', null, 'refused_at', null, 'seq', nextval('gofuture.events_outbox_seq'))) AS letter"
      "  FROM (SELECT letter FROM gone ORDER BY (letter).seq) ordered OFFSET 0) again",
      {{after}});
  if (!offered.ok()) return offered.failure().error().within("offering refused dead letters again");
  return offered.affected();
}

Result<std::string> missing_publications(PgConnection& connection, const std::vector<std::string>& names) {
  std::string missing;
  for (const std::string& name : names) {
    const PgResult found = connection.run("SELECT 1 FROM pg_publication WHERE pubname = $1", {{name}});
    if (!found.ok()) return found.failure().error();
    if (found.rows() == 0) missing += (missing.empty() ? "" : ", ") + name;
  }
  return missing;
}

}  // namespace gofuture
