#include "postgres/commit_statements.hpp"

#include <string>

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

// Sorted bytewise: the order in which rows are locked, whatever the database's collation is.
std::string keys_query(const char* more, const char* lock) {
  return std::string("SELECT u.at::int, k.version, k.epoch, k.newest_us, k.parked") + more +
         " FROM unnest($2::text[]) WITH ORDINALITY AS u(state_key, at)"
         " JOIN gofuture.keys k ON k.function_id = $1::int AND k.state_key = u.state_key"
         " ORDER BY k.state_key COLLATE \"C\"" + lock;
}

}  // namespace

Result<Done> prepare_commit_statements(PgConnection& connection) {
  namespace s = statement;
  const std::pair<const char*, std::string> all[] = {
      {s::kBegin, "BEGIN ISOLATION LEVEL READ COMMITTED"},
      {s::kCommit, "COMMIT"},
      {s::kRollback, "ROLLBACK"},
      {s::kInboxInsert,
       "INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, redrive, epoch)"
       " SELECT u.bucket, $1::int, u.event_id, u.digest, u.outcome, u.attempts, u.redrive, $2::bigint"
       " FROM unnest($3::int[], $4::uuid[], $5::uuid[], $6::smallint[], $7::smallint[], $8::int[])"
       " AS u(bucket, event_id, digest, outcome, attempts, redrive) ON CONFLICT DO NOTHING"},
      {s::kInboxSeen,
       "SELECT u.at::int, i.digest FROM unnest($2::int[], $3::uuid[]) WITH ORDINALITY AS u(bucket, event_id, at)"
       " JOIN gofuture.inbox i ON i.bucket = u.bucket AND i.function_id = $1::int AND i.event_id = u.event_id"
       " WHERE i.xmin <> pg_current_xact_id()::xid"},
      {s::kInboxSkip,
       "UPDATE gofuture.inbox i SET outcome = 1 FROM unnest($2::int[], $3::uuid[]) AS u(bucket, event_id)"
       " WHERE i.bucket = u.bucket AND i.function_id = $1::int AND i.event_id = u.event_id"},
      {s::kKeysLock, keys_query("", " FOR UPDATE OF k")},
      {s::kKeysLockLoad, keys_query(", k.state", " FOR UPDATE OF k")},
      {s::kKeysLoad, keys_query(", k.state", "")},
      {s::kKeysUpdate,
       "UPDATE gofuture.keys k SET version = k.version + 1, epoch = $2::bigint, newest_us = u.newest_us, state = u.state,"
       " updated_at = now() FROM unnest($3::text[], $4::bigint[], $5::bytea[]) AS u(state_key, newest_us, state)"
       " WHERE k.function_id = $1::int AND k.state_key = u.state_key"},
      {s::kKeysInsert,
       "INSERT INTO gofuture.keys (function_id, state_key, version, epoch, newest_us, state)"
       " SELECT $1::int, u.state_key, 1, $2::bigint, u.newest_us, u.state"
       " FROM unnest($3::text[], $4::bigint[], $5::bytea[]) AS u(state_key, newest_us, state)"},
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
      {s::kCallsAnswer,
       "UPDATE gofuture.http_journal j SET result = u.result, status = u.status, body = u.body, error = u.error, again = u.again = 1,"
       " answered_at = clock_timestamp()"
       " FROM unnest($2::text[], $3::text[], $4::text[], $5::smallint[], $6::int[], $7::bytea[], $8::text[], $9::smallint[])"
       " AS u(call, scope, effect, result, status, body, error, again)"
       " WHERE j.function_id = $1::int AND j.scope = u.scope AND j.call = u.call AND j.effect = u.effect"
       " AND (j.result IS DISTINCT FROM 0 OR j.again)"},
  };
  for (const auto& [name, sql] : all)
    if (const PgResult prepared = connection.prepare(name, sql); !prepared.ok())
      return prepared.failure().error().within(std::string("preparing ") + name);
  return ok();
}

}  // namespace gofuture
