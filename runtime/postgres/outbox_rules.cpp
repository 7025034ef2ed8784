#include "postgres/outbox_rules.hpp"

#include <map>

#include "postgres/connection.hpp"
#include "postgres/relay_slot.hpp"

namespace gofuture {

std::string outbox_check(const PgConnection& connection, const Catalogue& catalogue) {
  std::map<std::int64_t, std::string> topics_by_size;
  for (const Topic& topic : catalogue.topics) {
    std::string& list = topics_by_size[topic.max_bytes];
    list += (list.empty() ? "" : ", ") + connection.quoted_text(topic.name);
  }
  std::string check;
  for (const auto& [size, list] : topics_by_size)
    check += (check.empty() ? "" : " OR ") + ("(topic IN (" + list + ") AND octet_length(payload) <= " + std::to_string(size) + ")");
  return check.empty() ? "false" : check;
}

Result<bool> apply_outbox_check(PgConnection& connection, const Catalogue& catalogue) {
  const std::string check = outbox_check(connection, catalogue);
  // The server prints a check in its own words, so ours stands beside it as a comment.
  const PgResult now = connection.run(
      "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint"
      " WHERE conrelid = 'gofuture.events_outbox'::regclass AND conname = 'events_outbox_topic'");
  if (!now.ok()) return now.failure().error();
  if (now.rows() == 1 && now.maybe(0, 0) == check) return false;
  const PgResult changed = connection.run(
      "BEGIN; SET LOCAL lock_timeout = '30s'; ALTER TABLE gofuture.events_outbox DROP CONSTRAINT IF EXISTS events_outbox_topic;"
      " ALTER TABLE gofuture.events_outbox ADD CONSTRAINT events_outbox_topic CHECK (" + check + ") NOT VALID;"
      " COMMENT ON CONSTRAINT events_outbox_topic ON gofuture.events_outbox IS " + connection.quoted_text(check) + "; COMMIT");
  if (!changed.ok()) {
    const Error error = changed.failure().error().within("the check of the outbox's topics");
    connection.run("ROLLBACK");
    return error;
  }
  return true;
}

Result<bool> ensure_slot(PgConnection& connection, const std::string& slot) {
  const PgResult there = connection.run(
      "SELECT coalesce(database, ''), coalesce(plugin, ''), current_database() FROM pg_replication_slots WHERE slot_name = $1", {{slot}});
  if (!there.ok()) return there.failure().error();
  if (there.rows() == 1) {
    if (there.text(0, 0) == there.text(0, 2) && there.text(0, 1) == "pgoutput") return false;
    return Error("the replication slot \"" + slot + "\" belongs to database \"" + std::string(there.text(0, 0)) + "\" with plugin \"" +
                 std::string(there.text(0, 1)) + "\", not to \"" + std::string(there.text(0, 2)) +
                 "\" with pgoutput; choose another name with relay_slot");
  }
  // A slot that is made knows nothing of the rows that stand already: the relay has to go through them.
  if (auto marked = mark_for_reemission(connection, slot); !marked) return marked.error();
  const PgResult made = connection.run("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", {{slot}});
  if (made.ok()) {
    if (auto removed = remove_needless_mark(connection, slot); !removed) return removed.error();
    return true;
  }
  if (made.failure().state == "42710") return false;  // another process was quicker
  return Error("the replication slot \"" + slot + "\" cannot be made: " + made.failure().sentence() +
               "; the server needs wal_level = logical and the role REPLICATION");
}

}  // namespace gofuture
