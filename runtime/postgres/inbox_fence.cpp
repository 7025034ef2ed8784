#include "postgres/inbox_fence.hpp"

#include <algorithm>
#include <limits>

#include "postgres/commit_statements.hpp"
#include "postgres/inbox_bucket.hpp"

namespace gofuture {
namespace {

enum InboxOutcome : std::int16_t { kRowOk = 0, kRowSkip = 1, kRowDead = 2, kRowParked = 3 };

std::int16_t row_outcome(Outcome outcome) {
  if (outcome == Outcome::kReject) return kRowDead;
  if (stays(outcome)) return kRowParked;
  return outcome == Outcome::kSkip ? kRowSkip : kRowOk;
}

// Its id has a row of its own already, or can have none.
bool has_no_row(const Event& event) {
  return is_due(event) || event.verdict == Verdict::kRepeat || event.verdict == Verdict::kOtherContent || event.verdict == Verdict::kExpired ||
         event.failure == FailureClass::kIdempotency;
}

bool to_be_written(const Event& event, bool inside) {
  if (has_no_row(event)) return false;
  if (inside && !event.decided) return true;  // before it is handled
  return event.outcome != Outcome::kPending;
}

std::string other_content(const Event& event) {
  return "event " + event.event_id.text() + " has been seen with other content; a new fact needs a new id";
}

void rule_by_digest(Event& event, bool same, Rulings& rulings) {
  if (same) rulings.rule(event, Verdict::kRepeat);
  else rulings.rule(event, Verdict::kOtherContent, other_content(event));
}

void queue_seen_in(const StoreIdentity& identity, ArrayOf& buckets, ArrayOf& ids, PgConnection& connection) {
  Parameters parameters;
  parameters.add_int4(identity.function_id).add(buckets).add(ids);
  connection.queue(statement::kInboxSeen, parameters);
}

std::size_t ordinal(const PgResult& seen, int row) { return static_cast<std::size_t>(seen.int4(row, 0)) - 1; }

void rule_row(const PgResult& seen, int row, Event& event, Rulings& rulings) {
  const std::string_view digest = seen.text(row, 1);
  rule_by_digest(event, std::equal(digest.begin(), digest.end(), event.digest.bytes.begin(), event.digest.bytes.end(),
                                   [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }), rulings);
}

}  // namespace

void InboxFence::collect(const StoreIdentity& identity, Batch& batch, Rulings& rulings) {
  rows_.clear();
  if (identity.by_newest()) return;
  for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
    const Event& event = *batch.events[i];
    if (to_be_written(event, identity.inside != nullptr)) rows_.push_back({inbox_bucket(event.event_id), event.event_id, i});
  }
  std::sort(rows_.begin(), rows_.end());
  const auto kept = std::unique(rows_.begin(), rows_.end(), [&](const Row& first, const Row& second) {
    if (first.id != second.id) return false;
    rule_by_digest(*batch.events[second.event], batch.events[first.event]->digest == batch.events[second.event]->digest, rulings);
    return true;
  });
  rows_.erase(kept, rows_.end());
  fill(batch);
}

void InboxFence::fill(const Batch& batch) {
  for (ArrayOf* array : {&buckets_, &ids_, &digests_, &outcomes_, &attempts_, &redrives_}) array->clear();
  for (Row& row : rows_) {
    const Event& event = *batch.events[row.event];
    buckets_.add_int4(row.bucket);
    ids_.add(row.id.bytes);
    digests_.add(event.digest.bytes);
    row.written = row_outcome(event.outcome);
    outcomes_.add_int2(row.written);
    attempts_.add_int2(static_cast<std::int16_t>(std::min<std::uint32_t>(event.attempt, std::numeric_limits<std::int16_t>::max())));
    redrives_.add_int4(event.redrive);
  }
}

void InboxFence::queue_insert(const StoreIdentity& identity, PgConnection& connection) {
  Parameters parameters;
  parameters.add_int4(identity.function_id).add_int8(identity.epoch).add(buckets_).add(ids_).add(digests_);
  parameters.add(outcomes_).add(attempts_).add(redrives_);
  connection.queue(statement::kInboxInsert, parameters);
}

void InboxFence::queue_seen(const StoreIdentity& identity, PgConnection& connection) { queue_seen_in(identity, buckets_, ids_, connection); }

bool InboxFence::rule_seen(const PgResult& seen, Batch& batch, Rulings& rulings) const {
  for (int row = 0; row < seen.rows(); ++row) rule_row(seen, row, *batch.events[rows_[ordinal(seen, row)].event], rulings);
  return seen.rows() > 0;
}

bool InboxFence::queue_corrections(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  for (ArrayOf* array : {&buckets_, &ids_, &outcomes_}) array->clear();
  for (const Row& row : rows_) {
    const Event& event = *batch.events[row.event];
    if (has_no_row(event) || row_outcome(event.outcome) == row.written) continue;
    buckets_.add_int4(row.bucket);
    ids_.add(row.id.bytes);
    outcomes_.add_int2(row_outcome(event.outcome));
  }
  if (buckets_.empty()) return false;
  Parameters parameters;
  parameters.add_int4(identity.function_id).add(buckets_).add(ids_).add(outcomes_);
  connection.queue(statement::kInboxCorrect, parameters);
  return true;
}

std::vector<std::int32_t> InboxFence::days() const {
  std::vector<std::int32_t> days;
  for (const Row& row : rows_)
    if (row.bucket >= 0 && (days.empty() || days.back() != row.bucket)) days.push_back(row.bucket);
  return days;
}

void InboxFence::rule_expired(std::int32_t day, Batch& batch, Rulings& rulings) const {
  for (const Row& row : rows_)
    if (row.bucket == day)
      rulings.rule(*batch.events[row.event], Verdict::kExpired,
                   "the inbox of this event's day has been dropped, so nobody can tell whether it is a repeat");
}

bool InboxQuestion::queue(const StoreIdentity& identity, const std::vector<BatchPtr>& batches, PgConnection& connection) {
  asked_.clear();
  buckets_.clear();
  ids_.clear();
  if (identity.by_newest()) return false;
  for (const BatchPtr& batch : batches) {
    if (!batch->asks_inbox) continue;
    for (const EventPtr& event : batch->events) {
      if (event->decided || is_due(*event)) continue;
      asked_.push_back({batch.get(), event.get()});
      buckets_.add_int4(inbox_bucket(event->event_id));
      ids_.add(event->event_id.bytes);
    }
  }
  if (asked_.empty()) return false;
  queue_seen_in(identity, buckets_, ids_, connection);
  return true;
}

void InboxQuestion::rule(const PgResult& seen) const {
  for (int row = 0; row < seen.rows(); ++row) {
    const Asked& asked = asked_[ordinal(seen, row)];
    Rulings rulings(*asked.batch, false);
    rule_row(seen, row, *asked.event, rulings);
  }
}

}  // namespace gofuture
