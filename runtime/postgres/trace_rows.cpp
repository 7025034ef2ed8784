// read_trace: the rows of a trace, from one snapshot of the database.
#include <limits>
#include <set>

#include "event/envelope.hpp"
#include "postgres/connection.hpp"
#include "postgres/inbox_bucket.hpp"
#include "postgres/trace.hpp"

namespace gofuture {
namespace {

constexpr int kEventsMax = 10'000;  // a ride has dozens; who correlates a whole day gets its beginning

constexpr const char* kOutbox =
    "SELECT id, type, topic, aggregatetype, aggregateid, coalesce(subject, ''), coalesce(causationid, ''), coalesce(time, ''),"
    " (extract(epoch FROM created_at) * 1000000)::bigint, seq"
    " FROM gofuture.events_outbox WHERE correlationid = $1 ORDER BY seq LIMIT 10001";

// By the primary key: partition, function, id. Functions are few.
constexpr const char* kInbox =
    "SELECT i.event_id, f.name, i.epoch, i.outcome, i.attempts, i.redrive, (extract(epoch FROM i.done_at) * 1000000)::bigint"
    " FROM unnest($1::int[], $2::uuid[]) AS u(bucket, event_id) CROSS JOIN gofuture.functions f"
    " JOIN gofuture.inbox i ON i.bucket = u.bucket AND i.function_id = f.id AND i.event_id = u.event_id";

constexpr const char* kDead =
    "SELECT d.event_id, f.name, d.type, d.topic, d.class, d.message, d.attempts, d.epoch, (extract(epoch FROM d.dead_at) * 1000000)::bigint"
    " FROM gofuture.dead_letters d JOIN gofuture.functions f ON f.id = d.function_id WHERE d.correlationid = $1"
    " ORDER BY d.dead_at LIMIT 10001";

constexpr const char* kCalls =
    "SELECT j.event_id, f.name, j.call, j.method, j.url, coalesce(j.error, ''), j.status,"
    " (extract(epoch FROM j.requested_at) * 1000000)::bigint, coalesce((extract(epoch FROM j.answered_at) * 1000000)::bigint, 0)"
    " FROM gofuture.http_journal j JOIN gofuture.functions f ON f.id = j.function_id WHERE j.correlationid = $1"
    " ORDER BY j.requested_at LIMIT 10001";

constexpr const char* kDelayed =
    "SELECT id, type, topic, aggregatetype, aggregateid, coalesce(subject, ''), coalesce(causationid, ''),"
    " (extract(epoch FROM due_at) * 1000000)::bigint"
    " FROM gofuture.delayed_events WHERE correlationid = $1 ORDER BY due_at, id LIMIT 10001";

constexpr const char* kParked =
    "SELECT p.event_id, f.name, p.type, p.topic, CASE p.class WHEN 'none' THEN '' ELSE p.class END, p.message, p.attempts,"
    " coalesce((extract(epoch FROM p.due_at) * 1000000)::bigint, 0), (extract(epoch FROM p.parked_at) * 1000000)::bigint, p.held::int"
    " FROM gofuture.parked p JOIN gofuture.functions f ON f.id = p.function_id WHERE p.correlationid = $1"
    " ORDER BY p.function_id, p.state_key, p.number LIMIT 10001";

constexpr const char* kTimers =
    "SELECT coalesce(t.causationid, ''), f.name, t.state_key, t.name, (extract(epoch FROM t.due_at) * 1000000)::bigint,"
    " (extract(epoch FROM t.set_at) * 1000000)::bigint"
    " FROM gofuture.timers t JOIN gofuture.functions f ON f.id = t.function_id WHERE t.correlationid = $1"
    " ORDER BY t.due_at, t.number LIMIT 10001";

std::int64_t time_of(std::string_view time, std::int64_t created_us) {
  if (time.empty()) return created_us;
  const auto parsed = parse_time_us(time);
  return parsed ? *parsed : created_us;
}

Result<Done> read_inbox(PgConnection& connection, const std::set<std::string>& ids, TraceRows& rows) {
  std::string buckets = "{", uuids = "{";
  for (const std::string& id : ids) {
    const auto uuid = Uuid::parse(id);
    if (!uuid) continue;  // a cause that is no id of ours: no inbox can know it
    if (buckets.size() > 1) {
      buckets += ',';
      uuids += ',';
    }
    buckets += std::to_string(inbox_bucket(*uuid));
    uuids += uuid->text();
  }
  buckets += '}';
  uuids += '}';
  const PgResult found = connection.run(kInbox, {{buckets}, {uuids}});
  if (!found.ok()) return found.failure().error().within("reading the inbox");
  for (int i = 0; i < found.rows(); ++i)
    rows.inbox.push_back({std::string(found.text(i, 0)), std::string(found.text(i, 1)), found.number(i, 2),
                          static_cast<std::int32_t>(found.number(i, 3)), static_cast<std::int32_t>(found.number(i, 4)),
                          static_cast<std::int32_t>(found.number(i, 5)), found.number(i, 6)});
  return ok();
}

}  // namespace

Result<Trace> read_trace(const std::string& conninfo, const std::string& correlation_id) {
  if (correlation_id.find('\0') != std::string::npos) return Error("a correlation id cannot contain a NUL");
  auto opened = PgConnection::open(conninfo, "gofuture trace");
  if (!opened) return opened.error();
  PgConnection& connection = *opened;
  const PgResult begun = connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!begun.ok()) return begun.failure().error();

  TraceRows rows;
  std::set<std::string> ids;
  const PgResult outbox = connection.run(kOutbox, {{correlation_id}});
  if (!outbox.ok()) return outbox.failure().error().within("reading the outbox");
  for (int i = 0; i < outbox.rows() && i < kEventsMax; ++i) {
    TraceRows::Outbox row;
    row.id = outbox.text(i, 0);
    row.type = outbox.text(i, 1);
    row.topic = outbox.text(i, 2);
    row.source = outbox.text(i, 3);
    row.key = outbox.text(i, 4);
    row.subject = outbox.text(i, 5);
    row.causation = outbox.text(i, 6);
    row.created_us = outbox.number(i, 8);
    row.time_us = time_of(outbox.text(i, 7), row.created_us);
    row.seq = outbox.number(i, 9);
    ids.insert(row.id);
    if (!row.causation.empty()) ids.insert(row.causation);
    rows.outbox.push_back(std::move(row));
  }
  const PgResult dead = connection.run(kDead, {{correlation_id}});
  if (!dead.ok()) return dead.failure().error().within("reading the dead letters");
  for (int i = 0; i < dead.rows() && i < kEventsMax; ++i) {
    rows.dead.push_back({std::string(dead.text(i, 0)), std::string(dead.text(i, 1)), std::string(dead.text(i, 2)),
                         std::string(dead.text(i, 3)), std::string(dead.text(i, 4)), std::string(dead.text(i, 5)),
                         static_cast<std::int32_t>(dead.number(i, 6)), dead.number(i, 7), dead.number(i, 8)});
    ids.insert(rows.dead.back().event_id);
  }
  const PgResult calls = connection.run(kCalls, {{correlation_id}});
  if (!calls.ok()) return calls.failure().error().within("reading the journal of HTTP calls");
  for (int i = 0; i < calls.rows() && i < kEventsMax; ++i) {
    TraceRows::Call row;
    row.event_id = calls.text(i, 0);
    row.function = calls.text(i, 1);
    row.call = calls.text(i, 2);
    row.method = calls.text(i, 3);
    row.url = calls.text(i, 4);
    row.error = calls.text(i, 5);
    if (!calls.is_null(i, 6)) row.status = static_cast<std::int32_t>(calls.number(i, 6));
    row.requested_us = calls.number(i, 7);
    row.answered_us = calls.number(i, 8);
    ids.insert(row.event_id);
    rows.calls.push_back(std::move(row));
  }
  const PgResult delayed = connection.run(kDelayed, {{correlation_id}});
  if (!delayed.ok()) return delayed.failure().error().within("reading the events that leave later");
  for (int i = 0; i < delayed.rows() && i < kEventsMax; ++i) {
    TraceRows::Outbox row;
    row.id = delayed.text(i, 0);
    row.type = delayed.text(i, 1);
    row.topic = delayed.text(i, 2);
    row.source = delayed.text(i, 3);
    row.key = delayed.text(i, 4);
    row.subject = delayed.text(i, 5);
    row.causation = delayed.text(i, 6);
    row.time_us = row.created_us = row.due_us = delayed.number(i, 7);
    row.seq = std::numeric_limits<std::int64_t>::max();  // behind all that has left
    if (!row.causation.empty()) ids.insert(row.causation);
    rows.outbox.push_back(std::move(row));
  }
  const PgResult parked = connection.run(kParked, {{correlation_id}});
  if (!parked.ok()) return parked.failure().error().within("reading the parked events");
  for (int i = 0; i < parked.rows() && i < kEventsMax; ++i) {
    rows.parked.push_back({std::string(parked.text(i, 0)), std::string(parked.text(i, 1)), std::string(parked.text(i, 2)),
                           std::string(parked.text(i, 3)), std::string(parked.text(i, 4)), std::string(parked.text(i, 5)),
                           static_cast<std::int32_t>(parked.number(i, 6)), parked.number(i, 7), parked.number(i, 8), parked.number(i, 9) != 0});
    ids.insert(rows.parked.back().event_id);
  }
  const PgResult timers = connection.run(kTimers, {{correlation_id}});
  if (!timers.ok()) return timers.failure().error().within("reading the timers");
  for (int i = 0; i < timers.rows() && i < kEventsMax; ++i) {
    rows.timers.push_back({std::string(timers.text(i, 0)), std::string(timers.text(i, 1)), std::string(timers.text(i, 2)),
                           std::string(timers.text(i, 3)), timers.number(i, 4), timers.number(i, 5)});
    if (!rows.timers.back().causation.empty()) ids.insert(rows.timers.back().causation);
  }
  if (auto read = read_inbox(connection, ids, rows); !read) return read.error();

  Trace trace = build_trace(correlation_id, rows);
  for (const PgResult* found : {&outbox, &dead, &calls, &delayed, &parked, &timers}) trace.cut_short |= found->rows() > kEventsMax;
  return trace;
}

}  // namespace gofuture
