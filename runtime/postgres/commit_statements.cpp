#include "postgres/commit_statements.hpp"

#include <initializer_list>

namespace gofuture {
namespace {

// Rows that are given as arrays, as `u`, each with the id of the function; and which rows of a table are theirs, by all columns of one of
// its indexes, in the index's order.
//
// Postgres plans these statements when their tables may be empty, or had been when they were last analysed, and keeps the plans while they
// fill. Joined in the plain way it then reads all rows of the function and compares each with all that are given: there was one row at
// most, it believed. So nothing but a row of `u` tells the function (OFFSET 0: the planner does not look inside), and the first column of
// the index is compared by ANY, which no merge could use: what is left is to look each given row up by its whole key.
std::string given(const std::string& arrays, const std::string& columns, const std::string& more = "") {
  return "(SELECT $1::int AS function_id, g.* FROM unnest(" + arrays + ")" + more + " AS g(" + columns + ") OFFSET 0) AS u";
}
std::string numbered(const std::string& arrays, const std::string& columns) { return given(arrays, columns + ", at", " WITH ORDINALITY"); }
std::string of_given(const std::string& table, std::initializer_list<const char*> columns) {
  std::string all;
  for (const std::string column : columns)
    all += all.empty() ? table + "." + column + " = ANY (ARRAY[u." + column + "])" : " AND " + table + "." + column + " = u." + column;
  return all;
}

// OFFSET 0: asked for each row, not joined.
std::string key_is_parked(const std::string& row) {
  return "EXISTS (SELECT FROM gofuture.parked p WHERE p.function_id = " + row + ".function_id AND p.state_key = " + row + ".state_key OFFSET 0)";
}

// Sorted bytewise: the order in which rows are locked, whatever the database's collation is.
std::string keys_query(const char* more, const char* lock) {
  return std::string("SELECT u.at::int, k.version, k.epoch, k.newest_us, k.parked") + more + " FROM " + numbered("$2::text[]", "state_key") +
         " JOIN gofuture.keys k ON " + of_given("k", {"function_id", "state_key"}) + " ORDER BY k.state_key COLLATE \"C\"" + lock;
}

std::string keys_park(const char* parked) {
  return std::string("INSERT INTO gofuture.keys (function_id, state_key, version, epoch, parked)"
                     " SELECT $1::int, u.state_key, 1, $2::bigint, u.change FROM unnest($3::text[], $4::int[]) AS u(state_key, change)"
                     " ON CONFLICT (function_id, state_key) DO UPDATE SET parked = ") + parked +
         ", epoch = greatest(gofuture.keys.epoch, excluded.epoch)";
}

// In the order given: the numbers of a key's rows are its order.
std::string parked_insert(const std::string& where) {
  return std::string(
             "INSERT INTO gofuture.parked (function_id, state_key, due_at, held, attempts, class, message, event_id, digest, type, newest_us,"
             " topic, partition, \"offset\", redrive, key, value, header_names, header_values, timestamp_ms, bytes, correlationid)"
             " SELECT $1::int, u.state_key, clock_timestamp() + u.wait * interval '1 ms', u.held = 1, u.attempts, u.class, u.message, u.event_id,"
             " u.digest, u.type, u.newest_us, u.topic, u.partition, u.place, u.redrive, u.key, u.value, ($20::text[])[u.first:u.last],"
             " ($21::bytea[])[u.first:u.last], u.timestamp_ms, u.bytes, u.correlationid"
             " FROM ") +
         numbered("$2::text[], $3::bigint[], $4::smallint[], $5::int[], $6::text[], $7::text[], $8::uuid[], $9::uuid[], $10::text[],"
                  " $11::bigint[], $12::text[], $13::int[], $14::bigint[], $15::int[], $16::bytea[], $17::bytea[], $18::int[], $19::int[],"
                  " $22::bigint[], $23::int[], $24::text[]",
                  "state_key, wait, held, attempts, class, message, event_id, digest, type, newest_us, topic, partition, place, redrive, key,"
                  " value, first, last, timestamp_ms, bytes, correlationid") +
         where + " ORDER BY u.at";
}

}  // namespace

std::string and_plans_by_index() {
  std::string settings;
  for (const auto& [name, value] : kPlansByIndex) settings += std::string("; SET ") + name + " TO " + value;
  return settings;
}

std::vector<std::pair<const char*, std::string>> commit_statements() {
  namespace s = statement;
  const std::string inbox_row = of_given("i", {"bucket", "function_id", "event_id"}), key_row = of_given("k", {"function_id", "state_key"}),
                    parked_row = of_given("p", {"function_id", "state_key", "number"}),
                    timer_row = of_given("t", {"function_id", "state_key", "number"});
  return {
      {s::kBegin, "BEGIN ISOLATION LEVEL READ COMMITTED"},
      {s::kCommit, "COMMIT"},
      {s::kRollback, "ROLLBACK"},
      {s::kInboxInsert,
       "INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, redrive, epoch)"
       " SELECT u.bucket, $1::int, u.event_id, u.digest, u.outcome, u.attempts, u.redrive, $2::bigint"
       " FROM unnest($3::int[], $4::uuid[], $5::uuid[], $6::smallint[], $7::smallint[], $8::int[])"
       " AS u(bucket, event_id, digest, outcome, attempts, redrive) ON CONFLICT DO NOTHING"},
      {s::kInboxSeen,
       "SELECT u.at::int, i.digest FROM " + numbered("$2::int[], $3::uuid[]", "bucket, event_id") + " JOIN gofuture.inbox i ON " + inbox_row +
       " WHERE i.xmin <> pg_current_xact_id()::xid"},
      {s::kInboxCorrect,
       "UPDATE gofuture.inbox i SET outcome = u.outcome FROM " +
           given("$2::int[], $3::uuid[], $4::smallint[]", "bucket, event_id, outcome") + " WHERE " + inbox_row},
      {s::kInboxEnd,
       "UPDATE gofuture.inbox i SET outcome = u.outcome, attempts = u.attempts, epoch = $2::bigint, done_at = now() FROM " +
           given("$3::int[], $4::uuid[], $5::smallint[], $6::int[]", "bucket, event_id, outcome, attempts") + " WHERE " + inbox_row +
           " AND i.outcome = 3"},
      {s::kKeysLock, keys_query("", " FOR UPDATE OF k")},
      {s::kKeysLockLoad, keys_query(", k.state", " FOR UPDATE OF k")},
      {s::kKeysLoad, keys_query(", k.state", "")},
      {s::kKeysUpdate,
       "UPDATE gofuture.keys k SET version = k.version + 1, epoch = $2::bigint, newest_us = u.newest_us, state = u.state,"
       " updated_at = now() FROM " + given("$3::text[], $4::bigint[], $5::bytea[]", "state_key, newest_us, state") + " WHERE " + key_row},
      {s::kKeysInsert,
       "INSERT INTO gofuture.keys (function_id, state_key, version, epoch, newest_us, state)"
       " SELECT $1::int, u.state_key, 1, $2::bigint, u.newest_us, u.state"
       " FROM unnest($3::text[], $4::bigint[], $5::bytea[]) AS u(state_key, newest_us, state)"},
      {s::kKeysPark, keys_park("gofuture.keys.parked + excluded.parked")},
      {s::kKeysParkNewest, keys_park("CASE WHEN excluded.parked > 0 THEN 1 ELSE gofuture.keys.parked + excluded.parked END")},
      {s::kKeysDrop, "DELETE FROM gofuture.keys k USING " + given("$2::text[]", "state_key") + " WHERE " + key_row + " AND k.parked = 0 AND k.state IS NULL"},
      {s::kParkedCheck,
       "SELECT u.at::int, (SELECT min(q.number) FROM gofuture.parked q WHERE q.function_id = u.function_id AND q.state_key = u.state_key) FROM " +
           numbered("$2::text[], $3::bigint[], $4::int[]", "state_key, number, attempts") + " JOIN gofuture.parked p ON " + parked_row +
       " WHERE p.attempts = u.attempts AND NOT p.held"},
      {s::kParkedInsert, parked_insert("")},
      {s::kParkedInsertNewest,
       parked_insert(" WHERE NOT " + key_is_parked("u"))},
      {s::kParkedSupersede,
       "DELETE FROM gofuture.parked p USING " + given("$2::text[], $3::bigint[]", "state_key, newest_us") +
           " WHERE " + of_given("p", {"function_id", "state_key"}) + " AND p.newest_us < u.newest_us"},
      {s::kParkedKeep,
       "UPDATE gofuture.parked p SET due_at = clock_timestamp() + u.wait * interval '1 ms', claimed_by = NULL, held = u.held = 1,"
       " attempts = u.attempts, class = u.class, message = u.message FROM " +
           given("$2::text[], $3::bigint[], $4::bigint[], $5::smallint[], $6::int[], $7::text[], $8::text[]",
                 "state_key, number, wait, held, attempts, class, message") +
           " WHERE " + parked_row},
      {s::kParkedDelete,
       "DELETE FROM gofuture.parked p USING " + given("$2::text[], $3::bigint[]", "state_key, number") + " WHERE " + parked_row},
      {s::kParkedNext,
       "UPDATE gofuture.parked p SET due_at = clock_timestamp() FROM (SELECT k.*, (SELECT min(q.number) FROM gofuture.parked q"
       " WHERE q.function_id = k.function_id AND q.state_key = k.state_key) AS number"
       " FROM (SELECT $1::int AS function_id, unnest($2::text[]) AS state_key) k OFFSET 0) u WHERE " + parked_row +
           " AND p.due_at IS NULL AND NOT p.held"},
      {s::kParkedClaim,
       "WITH ready AS (SELECT function_id, state_key, number, bytes, due_at FROM gofuture.parked WHERE function_id = $1::int AND due_at <= now()"
       "  ORDER BY due_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED),"
       " few AS (SELECT function_id, state_key, number FROM (SELECT *, sum(bytes) OVER (ORDER BY due_at, number) - bytes AS before FROM ready) r"
       "  WHERE r.before < $3::bigint),"
       " heads AS (UPDATE gofuture.parked p SET due_at = clock_timestamp() + $4::bigint * interval '1 ms', claimed_by = $6::text FROM few AS u"
       "  WHERE " + parked_row + " RETURNING p.state_key),"
       " theirs AS (SELECT t.*, row_number() OVER (PARTITION BY t.state_key ORDER BY t.number) AS place FROM heads,"
       "  LATERAL (SELECT p.* FROM gofuture.parked p WHERE p.function_id = $1::int AND p.state_key = heads.state_key"
       "   ORDER BY p.number LIMIT $5::bigint) t),"
       " bounded AS (SELECT *, sum(bytes) OVER (ORDER BY place, number) - bytes AS before,"
       "  bool_or(held) OVER (PARTITION BY state_key ORDER BY number) AS behind FROM theirs)"
       " SELECT state_key, number, attempts, event_id, digest, topic, partition, \"offset\", redrive, key, value, header_names, header_values,"
       " timestamp_ms FROM bounded WHERE (place = 1 OR before < $3::bigint) AND NOT behind ORDER BY number"},
      {s::kParkedTotals,
       "SELECT count(*), coalesce(sum(bytes), 0)::bigint,"
       " (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::bigint FROM gofuture.parked WHERE function_id = $1::int"},
      {s::kTimersCheck,
       "SELECT u.at::int FROM " + numbered("$2::text[], $3::bigint[]", "state_key, number") + " JOIN gofuture.timers t ON " + timer_row +
           " FOR UPDATE OF t"},
      {s::kTimersDelete,
       "DELETE FROM gofuture.timers t USING " + given("$2::text[], $3::bigint[]", "state_key, number") + " WHERE " + timer_row},
      {s::kTimersCancel,
       "DELETE FROM gofuture.timers t USING " + given("$2::text[], $3::text[]", "state_key, name") +
           " WHERE " + of_given("t", {"function_id", "state_key", "name"})},
      {s::kTimersSet,
       "INSERT INTO gofuture.timers (function_id, state_key, name, due_at, topic, partition, correlationid, causationid, traceparent, tracestate,"
       " hops) SELECT $1::int, u.state_key, u.name, coalesce(to_timestamp(u.due / 1000.0), clock_timestamp() + u.after * interval '1 ms'), u.topic,"
       " u.partition, u.correlationid, u.causationid, u.traceparent, u.tracestate, u.hops FROM unnest($2::text[], $3::text[], $4::bigint[],"
       " $5::bigint[], $6::text[], $7::int[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int[]) WITH ORDINALITY"
       " AS u(state_key, name, due, after, topic, partition, correlationid, causationid, traceparent, tracestate, hops, at) ORDER BY u.at"
       " ON CONFLICT (function_id, state_key, name) DO UPDATE SET number = DEFAULT, due_at = excluded.due_at, claimed_until = NULL, claimed_by = NULL,"
       " topic = excluded.topic, partition = excluded.partition, correlationid = excluded.correlationid, causationid = excluded.causationid,"
       " traceparent = excluded.traceparent, tracestate = excluded.tracestate, hops = excluded.hops, set_at = now()"},
      {s::kTimersClaim,
       "WITH passed AS (SELECT min(at) AS until, count(*) AS partitions FROM gofuture.caught_up"
       "  WHERE function_id = $1::int AND topic = ANY ($4::text[])),"
       " ready AS (SELECT t.function_id, t.state_key, t.number FROM gofuture.timers t, passed WHERE t.function_id = $1::int AND t.due_at <= now()"
       "  AND passed.partitions >= $5::bigint AND t.due_at <= passed.until AND (t.claimed_until IS NULL OR t.claimed_until <= now())"
       "  AND NOT " + key_is_parked("t") + " ORDER BY t.due_at LIMIT $2::bigint FOR UPDATE OF t SKIP LOCKED)"
       " UPDATE gofuture.timers t SET claimed_until = clock_timestamp() + $3::bigint * interval '1 ms', claimed_by = $6::text FROM ready AS u"
       " WHERE " + timer_row +
       " RETURNING t.state_key, t.name, t.number, (extract(epoch FROM t.due_at) * 1000)::bigint, t.topic, t.partition, t.correlationid,"
       " t.causationid, t.traceparent, t.tracestate, t.hops"},
      {s::kCaughtUp,
       "INSERT INTO gofuture.caught_up (function_id, topic, partition, at) SELECT $1::int, u.topic, u.partition, to_timestamp($2::bigint / 1000000.0)"
       " FROM unnest($3::text[], $4::int[]) AS u(topic, partition) ORDER BY u.topic, u.partition"
       " ON CONFLICT (function_id, topic, partition) DO UPDATE SET at = greatest(gofuture.caught_up.at, excluded.at)"},
      {s::kDelayedInsert,
       "INSERT INTO gofuture.delayed_events (id, due_at, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid,"
       " causationid, traceparent, tracestate, hops)"
       " SELECT u.id, clock_timestamp() + u.delay * interval '1 ms', $1::text, u.aggregateid, u.type, u.topic, u.payload, u.subject, u.time,"
       " u.correlationid, u.causationid, u.traceparent, u.tracestate, u.hops"
       " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::text[],"
       " $10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[])"
       " AS u(id, aggregateid, type, topic, payload, subject, time, correlationid, causationid, traceparent, tracestate, hops, delay)"},
      {s::kDelayedMove,
       "WITH due AS (DELETE FROM gofuture.delayed_events d WHERE d.id = ANY (ARRAY(SELECT id FROM gofuture.delayed_events WHERE due_at <= now()"
       " ORDER BY due_at LIMIT 500 FOR UPDATE SKIP LOCKED)) RETURNING d.*)"
       " INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid, causationid,"
       " traceparent, tracestate, hops) SELECT id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid, causationid,"
       " traceparent, tracestate, hops FROM due ORDER BY due_at, id"},
      {s::kBreakers,
       "WITH closed AS (DELETE FROM gofuture.breakers WHERE function_id = $1::int AND instance = $2::text AND dependency <> ALL ($3::text[]))"
       " INSERT INTO gofuture.breakers (function_id, instance, dependency, open_since, reason)"
       " SELECT $1::int, $2::text, u.dependency, now() - u.open_for * interval '1 ms', u.reason"
       " FROM unnest($3::text[], $4::bigint[], $5::text[]) AS u(dependency, open_for, reason)"
       " ON CONFLICT (function_id, instance, dependency) DO UPDATE SET open_since = excluded.open_since, reason = excluded.reason"},
      {s::kSentMark,
       "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint,"
       " coalesce((SELECT (r.confirmed_flush_lsn - '0/0'::pg_lsn)::bigint >= $2::bigint FROM pg_replication_slots r WHERE r.slot_name = $1::text),"
       " false)::int"},
      {s::kFloor,
       "SELECT epoch, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM gofuture.functions WHERE id = $1::int"},
      {s::kOutboxInsert,
       "INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid,"
       " causationid, traceparent, tracestate, hops)"
       " SELECT u.id, $1::text, u.aggregateid, u.type, u.topic, u.payload, u.subject, u.time, u.correlationid, u.causationid,"
       " u.traceparent, u.tracestate, u.hops"
       " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::text[],"
       " $10::text[], $11::text[], $12::text[], $13::text[])"
       " AS u(id, aggregateid, type, topic, payload, subject, time, correlationid, causationid, traceparent, tracestate, hops)"},
      {s::kDeadInsert,
       "INSERT INTO gofuture.dead_letters (function_id, epoch, topic, partition, \"offset\", redrive, event_id, type, state_key,"
       " class, message, attempts, key, value, header_names, header_values, timestamp_ms, correlationid, function, consumer_group)"
       " SELECT $1::int, $2::bigint, u.topic, u.partition, u.at, u.redrive, u.event_id, u.type, u.state_key, u.class, u.message,"
       " u.attempts, u.key, u.value, ($17::text[])[u.first:u.last], ($18::bytea[])[u.first:u.last], u.timestamp_ms, u.correlationid,"
       " $21::text, $22::text"
       " FROM unnest($3::text[], $4::int[], $5::bigint[], $6::int[], $7::uuid[], $8::text[], $9::text[], $10::text[],"
       " $11::text[], $12::int[], $13::bytea[], $14::bytea[], $15::int[], $16::int[], $19::bigint[], $20::text[])"
       " AS u(topic, partition, at, redrive, event_id, type, state_key, class, message, attempts, key, value, first, last,"
       " timestamp_ms, correlationid) ON CONFLICT DO NOTHING"},
      {s::kStrikesDelete, "DELETE FROM gofuture.strikes s USING " + given("$2::uuid[]", "event_id") +
                              " WHERE " + of_given("s", {"function_id", "event_id"})},
      {s::kCallsAnswer,
       "UPDATE gofuture.http_journal j SET result = u.result, status = u.status, body = u.body, error = u.error, again = u.again = 1,"
       " answered_at = clock_timestamp() FROM " +
           given("$2::text[], $3::text[], $4::text[], $5::smallint[], $6::int[], $7::bytea[], $8::text[], $9::smallint[]",
                 "call, scope, effect, result, status, body, error, again") +
           " WHERE " + of_given("j", {"function_id", "scope", "call", "effect"}) + " AND (j.result IS DISTINCT FROM 0 OR j.again)"},
  };
}

}  // namespace gofuture
