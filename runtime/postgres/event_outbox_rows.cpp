#include "postgres/event_outbox_rows.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "postgres/inbox_bucket.hpp"

namespace gofuture {
namespace {

constexpr const char *kFence = "ingress_fence", *kSeen = "ingress_seen", *kOutbox = "ingress_outbox";

// Function 0 is nobody's: identities begin with 1. Outcome 0: ok.
constexpr const char* kFenceSql =
    "INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, epoch)"
    " SELECT u.bucket, 0, u.event_id, u.digest, 0, 1, 0 FROM unnest($1::int[], $2::uuid[], $3::uuid[]) AS u(bucket, event_id, digest)"
    " ON CONFLICT DO NOTHING RETURNING event_id";
// Each row by its whole key, as commit_statements.cpp does.
constexpr const char* kSeenSql =
    "SELECT i.event_id, i.digest FROM (SELECT g.* FROM unnest($1::int[], $2::uuid[]) AS g(bucket, event_id) OFFSET 0) AS u"
    " JOIN gofuture.inbox i ON i.bucket = ANY (ARRAY[u.bucket]) AND i.function_id = 0 AND i.event_id = u.event_id";
constexpr const char* kOutboxSql =
    "INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid,"
    " causationid, traceparent, tracestate, hops)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::text[],"
    " $10::text[], $11::text[], $12::text[], $13::text[])";

template <class Sixteen>
Sixteen sixteen(std::string_view bytes) {
  Sixteen value;
  std::memcpy(value.bytes.data(), bytes.data(), value.bytes.size());
  return value;
}

}  // namespace

void EventOutboxRows::declare(PgConnection& connection) {
  for (const auto& [name, sql] : {std::pair{kFence, kFenceSql}, std::pair{kSeen, kSeenSql}, std::pair{kOutbox, kOutboxSql}})
    connection.declare(name, sql);
}

EventOutboxRows::EventOutboxRows(const std::vector<const Submission*>& submissions) {
  for (const Submission* submission : submissions)
    for (const IncomingEvent& event : submission->events) rows_.push_back({inbox_bucket(event.id), event.id, event.digest});
  const auto place = [](const Row& row) { return std::pair(row.bucket, row.id); };
  std::stable_sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) { return place(a) < place(b); });
  rows_.erase(std::unique(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.id == b.id; }), rows_.end());
}

void EventOutboxRows::queue_fence(PgConnection& connection) {
  ArrayOf buckets(PgType::kInt4), ids(PgType::kUuid), digests(PgType::kUuid);
  for (const Row& row : rows_) {
    buckets.add_int4(row.bucket);
    ids.add(row.id.bytes);
    digests.add(row.digest.bytes);
  }
  Parameters parameters;
  parameters.add(buckets).add(ids).add(digests);
  connection.queue(kFence, parameters);
}

void EventOutboxRows::take_fresh(const PgResult& fenced) {
  for (const Row& row : rows_) seen_.emplace(row.id, row.digest);
  for (int i = 0; i < fenced.rows(); ++i) {
    const auto found = seen_.find(sixteen<Uuid>(fenced.text(i, 0)));
    fresh_.insert(*found);
    seen_.erase(found);
  }
}

void EventOutboxRows::queue_seen(PgConnection& connection) {
  ArrayOf buckets(PgType::kInt4), ids(PgType::kUuid);
  for (const Row& row : rows_) {
    if (!seen_.contains(row.id)) continue;
    buckets.add_int4(row.bucket);
    ids.add(row.id.bytes);
  }
  seen_.clear();
  Parameters parameters;
  parameters.add(buckets).add(ids);
  connection.queue(kSeen, parameters);
}

void EventOutboxRows::take_seen(const PgResult& seen) {
  for (int i = 0; i < seen.rows(); ++i) seen_.emplace(sixteen<Uuid>(seen.text(i, 0)), sixteen<Digest>(seen.text(i, 1)));
}

std::vector<Written> EventOutboxRows::judge(const std::vector<const Submission*>& submissions) const {
  std::vector<Written> all;
  std::unordered_map<Uuid, Digest> taken;  // by submissions before, of those that are fresh
  for (const Submission* submission : submissions) {
    Written written;
    written.number = submission->number;
    for (std::size_t i = 0; i < submission->events.size(); ++i) {
      const IncomingEvent& event = submission->events[i];
      const auto& stands = seen_.contains(event.id) ? seen_ : taken;
      const auto found = stands.find(event.id);
      if (found == stands.end()) continue;
      if (found->second == event.digest) ++written.repeats;
      else written.events.push_back(i);
    }
    if (!written.events.empty()) written.status = Written::Status::kOtherContent;
    else
      for (const IncomingEvent& event : submission->events)
        if (!seen_.contains(event.id)) taken.try_emplace(event.id, event.digest);
    all.push_back(std::move(written));
  }
  return all;
}

bool EventOutboxRows::queue_outbox(const std::vector<const Submission*>& submissions, PgConnection& connection) {
  ArrayOf ids(PgType::kUuid), sources(PgType::kText), keys(PgType::kText), types(PgType::kText), topics(PgType::kText),
      payloads(PgType::kBytea), subjects(PgType::kText), times(PgType::kText), correlations(PgType::kText), causations(PgType::kText),
      parents(PgType::kText), states(PgType::kText), hops(PgType::kText);
  std::unordered_set<Uuid> written;
  for (const Submission* submission : submissions)
    for (const IncomingEvent& event : submission->events) {
      if (!fresh_.contains(event.id) || !written.insert(event.id).second) continue;
      ids.add(event.id.bytes);
      sources.add(event.source);
      keys.add(event.key);
      types.add(event.type);
      topics.add(event.topic);
      payloads.add(event.data);
      subjects.add_unless_empty(event.subject);
      times.add_unless_empty(event.time);
      correlations.add_unless_empty(event.correlationid);
      causations.add_unless_empty(event.causationid);
      parents.add_unless_empty(event.traceparent);
      states.add_unless_empty(event.tracestate);
      hops.add(std::to_string(event.hops));
    }
  if (ids.empty()) return false;
  Parameters parameters;
  for (ArrayOf* array : {&ids, &sources, &keys, &types, &topics, &payloads, &subjects, &times, &correlations, &causations, &parents, &states, &hops})
    parameters.add(*array);
  connection.queue(kOutbox, parameters);
  return true;
}

}  // namespace gofuture
