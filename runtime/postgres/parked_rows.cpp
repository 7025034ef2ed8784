#include "postgres/parked_rows.hpp"

#include <algorithm>
#include <set>

#include "base/fault_point.hpp"
#include "pipeline/holding.hpp"
#include "postgres/array_values.hpp"
#include "postgres/commit_statements.hpp"
#include "postgres/inbox_bucket.hpp"
#include "postgres/text.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kMessageMax = 8192;
constexpr std::int64_t kFollowersMax = 100;  // of one key at once

void add_bytes(ArrayOf& array, const std::optional<std::string_view>& bytes) { bytes ? array.add(*bytes) : array.add_null(); }

// Its id belongs to another row, or its outcome stands.
bool is_ruled(const Event& event) { return event.verdict == Verdict::kRepeat || event.failure == FailureClass::kIdempotency; }

}  // namespace

void ParkedRows::collect(const Batch& batch) {
  due_.clear();
  for (std::uint32_t i = 0; i < batch.events.size(); ++i)
    if (batch.events[i]->parked > 0) due_.push_back(i);
}

void ParkedRows::queue_check(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  for (ArrayOf* array : {&state_keys_, &numbers_, &attempts_}) array->clear();
  for (const std::uint32_t index : due_) {
    const Event& event = *batch.events[index];
    state_keys_.add(event.state_key);
    numbers_.add_int8(event.parked);
    attempts_.add_int4(static_cast<std::int32_t>(event.parked_attempts));
  }
  Parameters parameters;
  parameters.add_int4(identity.function_id).add(state_keys_).add(numbers_).add(attempts_);
  connection.queue(statement::kParkedCheck, parameters);
}

bool ParkedRows::rule_taken(const PgResult& found, Batch& batch) const {
  std::vector<bool> there(due_.size(), false), oldest(due_.size(), false);
  for (int row = 0; row < found.rows(); ++row) {
    const auto at = static_cast<std::size_t>(found.int4(row, 0)) - 1;
    there[at] = true;
    oldest[at] = found.int8(row, 1) == batch.events[due_[at]]->parked;
  }
  bool taken = false;
  std::vector<bool> headed(batch.slots.size(), false);  // the oldest of the key is in this batch: what follows it may be, too
  for (std::size_t i = 0; i < due_.size(); ++i) {
    Event& event = *batch.events[due_[i]];
    if (there[i] && (headed[event.slot] || oldest[i])) {
      headed[event.slot] = true;
      continue;
    }
    event.verdict = Verdict::kTaken;
    taken = true;
  }
  return taken;
}

bool ParkedRows::hold_behind(const StoreIdentity& identity, const KeyRows& keys, Batch& batch) {
  const FunctionManifest& manifest = identity.plan->manifest();
  if (manifest.fence) return false;
  std::vector<bool> blocked(batch.slots.size(), false);
  bool free = false;
  for (const EventPtr& event : batch.events) {
    if (is_due(*event) || is_ruled(*event)) continue;
    Slot& slot = batch.slots[event->slot];
    if (keys.parked(event->slot) > 0) {
      if (event->decided && !stays(event->outcome)) continue;  // dead already, of its own
      event->outcome = Outcome::kHeld;
      event->decided = true;
      slot.state = slot.row.state;
      slot.newest_us = slot.row.newest_us;
      slot.dirty = false;
      continue;
    }
    if (holds_its_key(*event, manifest)) blocked[event->slot] = true;
    else if (event->outcome == Outcome::kHeld && !blocked[event->slot]) free = true;
  }
  return free;
}

// What becomes of which event, and by how much the counts of the keys change.
void ParkedRows::sort_out(const StoreIdentity& identity, const Batch& batch) {
  added_.clear();
  kept_.clear();
  ended_.clear();
  change_.assign(batch.slots.size(), 0);
  const FunctionManifest& manifest = identity.plan->manifest();
  std::vector<std::int64_t> youngest(batch.slots.size(), -1);  // by newest: one slot per key, the youngest's
  for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
    const Event& event = *batch.events[i];
    if (event.parked > 0) {
      if (event.outcome == Outcome::kHeld) continue;
      if (stays(event.outcome) || holds_dead(event, manifest)) {
        kept_.push_back(i);
      } else {
        ended_.push_back(i);
        --change_[event.slot];
      }
      continue;
    }
    if (event.timer == 0 && is_ruled(event)) continue;
    if (!stays(event.outcome) && !holds_dead(event, manifest)) continue;
    if (identity.by_newest()) {
      std::int64_t& other = youngest[event.slot];
      if (other >= 0 && batch.events[static_cast<std::size_t>(other)]->newest_us >= event.newest_us) continue;
      if (other >= 0) std::erase(added_, static_cast<std::uint32_t>(other));
      other = i;
    }
    added_.push_back(i);
    ++change_[event.slot];
  }
}

int ParkedRows::queue_write(const StoreIdentity& identity, const KeyRows& keys, const Batch& batch, PgConnection& connection) {
  sort_out(identity, batch);
  if (added_.empty() && kept_.empty() && ended_.empty()) return 0;
  // The counts first: where a key has no row yet, making it is what others wait for.
  int statements = queue_counts(identity, batch, connection);
  statements += queue_keep(identity, batch, connection);
  statements += queue_end(identity, keys, batch, connection);
  statements += queue_insert(identity, batch, connection);
  return statements;
}

int ParkedRows::queue_counts(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  state_keys_.clear();
  changes_.clear();
  std::vector<std::uint32_t> slots;
  for (std::uint32_t slot = 0; slot < batch.slots.size(); ++slot)
    if (change_[slot] != 0) slots.push_back(slot);
  std::sort(slots.begin(), slots.end(), [&](std::uint32_t a, std::uint32_t b) { return batch.slots[a].key < batch.slots[b].key; });
  for (const std::uint32_t slot : slots) {
    state_keys_.add(batch.slots[slot].key);
    changes_.add_int4(change_[slot]);
  }
  if (state_keys_.empty()) return 0;
  Parameters parameters;
  parameters.add_int4(identity.function_id).add_int8(identity.epoch).add(state_keys_).add(changes_);
  connection.queue(identity.by_newest() ? statement::kKeysParkNewest : statement::kKeysPark, parameters);
  return 1;
}

void ParkedRows::add(const StoreIdentity& identity, const Event& event) {
  const bool held = event.outcome == Outcome::kReject;
  state_keys_.add(event.state_key);
  const bool comes_again = event.outcome == Outcome::kRetry || event.outcome == Outcome::kLater;
  comes_again ? waits_.add_int8(event.wait_ms) : waits_.add_null();
  held_.add_int2(held ? 1 : 0);
  attempts_.add_int4(static_cast<std::int32_t>(event.attempt) - (event.outcome == Outcome::kRetry || held ? 0 : 1));
  classes_.add(name_of(event.failure));
  messages_.add(as_text(std::string_view(event.message).substr(0, kMessageMax)));
  ids_.add(event.event_id.bytes);
  digests_.add(event.digest.bytes);
  types_.add(as_text(event.type));
  identity.by_newest() ? newest_.add_int8(event.newest_us) : newest_.add_null();
  topics_.add(identity.plan->topics()[event.record.topic].topic->name);
  partitions_.add_int4(event.record.partition);
  offsets_.add_int8(event.record.offset);
  redrives_.add_int4(event.redrive);
  add_bytes(keys_, event.record.key);
  add_bytes(values_, event.record.value);
  first_.add_int4(static_cast<std::int32_t>(header_names_.size()) + 1);
  std::size_t size = event.record.bytes();
  for (const Header& header : event.record.headers()) {
    header_names_.add(as_text(header.name));
    add_bytes(header_values_, header.value);
    size += header.name.size() + (header.value ? header.value->size() : 0);
  }
  last_.add_int4(static_cast<std::int32_t>(header_names_.size()));
  timestamps_.add_int8(event.record.timestamp_ms);
  sizes_.add_int4(static_cast<std::int32_t>(size));
  correlations_.add_unless_empty(as_text(event.envelope.correlationid));
}

int ParkedRows::queue_insert(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  if (added_.empty()) return 0;
  ArrayOf* const all[] = {&state_keys_, &waits_,   &held_,       &attempts_, &classes_,  &messages_, &ids_,    &digests_,
                          &types_,      &newest_,  &topics_,     &partitions_, &offsets_, &redrives_, &keys_,   &values_,
                          &first_,      &last_,    &header_names_, &header_values_, &timestamps_, &sizes_, &correlations_};
  for (ArrayOf* array : all) array->clear();
  for (const std::uint32_t index : added_) add(identity, *batch.events[index]);
  int statements = 0;
  if (identity.by_newest()) {
    Parameters older;
    older.add_int4(identity.function_id).add(state_keys_).add(newest_);
    connection.queue(statement::kParkedSupersede, older);
    ++statements;
  }
  Parameters parameters;
  parameters.add_int4(identity.function_id);
  for (ArrayOf* array : all) parameters.add(*array);
  GOFUTURE_FAULT_POINT("parking.before_parked");
  connection.queue(identity.by_newest() ? statement::kParkedInsertNewest : statement::kParkedInsert, parameters);
  return statements + 1;
}

int ParkedRows::queue_keep(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  if (kept_.empty()) return 0;
  ArrayOf* const all[] = {&state_keys_, &numbers_, &waits_, &held_, &attempts_, &classes_, &messages_};
  for (ArrayOf* array : all) array->clear();
  for (const std::uint32_t index : kept_) {
    const Event& event = *batch.events[index];
    const bool held = event.outcome == Outcome::kReject;
    state_keys_.add(event.state_key);
    numbers_.add_int8(event.parked);
    held ? waits_.add_null() : waits_.add_int8(event.wait_ms);
    held_.add_int2(held ? 1 : 0);
    attempts_.add_int4(static_cast<std::int32_t>(event.attempt) - (event.outcome == Outcome::kLater ? 1 : 0));
    classes_.add(name_of(event.failure));
    messages_.add(as_text(std::string_view(event.message).substr(0, kMessageMax)));
  }
  Parameters parameters;
  parameters.add_int4(identity.function_id);
  for (ArrayOf* array : all) parameters.add(*array);
  connection.queue(statement::kParkedKeep, parameters);
  return 1;
}

// Their rows go, the next of their keys are due, and the inbox has their outcome.
int ParkedRows::queue_end(const StoreIdentity& identity, const KeyRows& keys, const Batch& batch, PgConnection& connection) {
  for (ArrayOf* array : {&state_keys_, &numbers_, &buckets_, &ids_, &outcomes_, &attempts_}) array->clear();
  int statements = 0;
  for (const std::uint32_t index : ended_) {
    const Event& event = *batch.events[index];
    state_keys_.add(event.state_key);
    numbers_.add_int8(event.parked);
  }
  if (!ended_.empty()) {
    GOFUTURE_FAULT_POINT("parking.before_ended");
    Parameters rows;
    rows.add_int4(identity.function_id).add(state_keys_).add(numbers_);
    connection.queue(statement::kParkedDelete, rows);
    Parameters next;
    next.add_int4(identity.function_id).add(state_keys_);
    connection.queue(statement::kParkedNext, next);
    statements += 2;
    ArrayOf& gone = state_keys_;
    gone.clear();
    if (!identity.keeps_rows())  // a stateless key has a row only while it is parked
      for (std::uint32_t slot = 0; slot < batch.slots.size(); ++slot)
        if (change_[slot] < 0 && keys.parked(slot) + change_[slot] == 0) gone.add(batch.slots[slot].key);
    if (!gone.empty()) {
      Parameters dropped;
      dropped.add_int4(identity.function_id).add(gone);
      connection.queue(statement::kKeysDrop, dropped);
      ++statements;
    }
  }
  if (identity.by_newest()) return statements;
  for (const auto* group : {&ended_, &kept_})
    for (const std::uint32_t index : *group) {
      const Event& event = *batch.events[index];
      if (stays(event.outcome) || event.type == kTimerType) continue;
      buckets_.add_int4(inbox_bucket(event.event_id));
      ids_.add(event.event_id.bytes);
      outcomes_.add_int2(static_cast<std::int16_t>(event.outcome == Outcome::kOk ? 0 : event.outcome == Outcome::kSkip ? 1 : 2));
      attempts_.add_int4(static_cast<std::int32_t>(event.attempt));
    }
  if (buckets_.empty()) return statements;
  Parameters inbox;
  inbox.add_int4(identity.function_id).add_int8(identity.epoch).add(buckets_).add(ids_).add(outcomes_).add(attempts_);
  connection.queue(statement::kInboxEnd, inbox);
  return statements + 1;
}

void ParkedRows::settle(const StoreIdentity& identity, const KeyRows& keys, Batch& batch) const {
  if (!added_.empty()) GOFUTURE_FAULT_POINT("parking.parked");
  if (!kept_.empty()) GOFUTURE_FAULT_POINT("parking.kept");
  if (!ended_.empty()) GOFUTURE_FAULT_POINT("parking.ended");
  for (std::uint32_t slot = 0; slot < batch.slots.size() && slot < change_.size(); ++slot) {
    KeyRow& row = batch.slots[slot].row;
    row.parked = std::max(0, keys.parked(slot) + change_[slot]);
    if (change_[slot] <= 0 || row.version != 0) continue;
    row.version = 1;  // parking has made the row
    row.epoch = identity.epoch;
  }
}

// --- claiming ---------------------------------------------------------------------------------------------------------------

void queue_claim(const StoreIdentity& identity, const ClaimRequest& limits, PgConnection& connection) {
  Parameters parameters;
  parameters.add_int4(identity.function_id).add_int8(static_cast<std::int64_t>(limits.keys)).add_int8(static_cast<std::int64_t>(limits.bytes));
  parameters.add_int8(limits.lease_ms).add_int8(kFollowersMax).add_text(identity.instance);
  connection.queue(statement::kParkedClaim, parameters);
}

void take_claimed(const StoreIdentity& identity, const PgResult& rows, Claimed& claimed, std::vector<std::string>& strange) {
  enum Column { kKey, kNumber, kAttempts, kId, kDigest, kTopic, kPartition, kOffset, kRedrive, kRecordKey, kValue, kNames, kValues, kTimestamp };
  const auto& topics = identity.plan->topics();
  std::set<std::string, std::less<>> left;  // keys of which a row has no place here: what follows it stays, too
  for (int row = 0; row < rows.rows(); ++row) {
    if (left.contains(rows.text(row, kKey))) continue;
    const auto topic = std::find_if(topics.begin(), topics.end(), [&](const PlannedTopic& one) { return one.topic->name == rows.text(row, kTopic); });
    if (topic == topics.end()) {
      left.emplace(rows.text(row, kKey));
      strange.push_back("an event of " + std::string(rows.text(row, kTopic)) + " is parked for key \"" + std::string(rows.text(row, kKey)) +
                        "\", but the manifest does not subscribe to that topic any more; add it again until its parked events have ended");
      continue;
    }
    OwnedRecord content;
    content.key = rows.maybe(row, kRecordKey);
    content.value = rows.maybe(row, kValue);
    const auto names = array_values(rows.text(row, kNames)), values = array_values(rows.text(row, kValues));
    for (std::size_t i = 0; i < names.size() && i < values.size(); ++i)
      content.headers.emplace_back(std::string(names[i].value_or("")), values[i] ? std::optional(std::string(*values[i])) : std::nullopt);
    Due due;
    due.record = make_record(static_cast<std::uint16_t>(topic - topics.begin()), rows.int4(row, kPartition), rows.int8(row, kOffset),
                             rows.int8(row, kTimestamp), content);
    due.state_key = std::string(rows.text(row, kKey));
    std::copy_n(rows.text(row, kId).begin(), due.event_id.bytes.size(), due.event_id.bytes.begin());
    std::copy_n(rows.text(row, kDigest).begin(), due.digest.bytes.size(), due.digest.bytes.begin());
    due.attempts = static_cast<std::uint32_t>(rows.int4(row, kAttempts));
    due.redrive = rows.int4(row, kRedrive);
    due.parked = rows.int8(row, kNumber);
    claimed.events.push_back(std::move(due));
  }
}

}  // namespace gofuture
