#include "postgres/key_rows.hpp"

#include <algorithm>

#include "pipeline/holding.hpp"
#include "postgres/commit_statements.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kAheadUs = 60'000'000;
enum Column { kAt, kVersion, kEpoch, kNewest, kParked, kState };

KeyRow row_in(const PgResult& rows, int row, bool with_state) {
  KeyRow key;
  key.version = rows.int8(row, kVersion);
  key.epoch = rows.int8(row, kEpoch);
  if (!rows.is_null(row, kNewest)) key.newest_us = rows.int8(row, kNewest);
  key.parked = rows.int4(row, kParked);
  if (with_state) key.state = rows.maybe(row, kState);
  return key;
}

std::size_t ordinal(const PgResult& rows, int row) { return static_cast<std::size_t>(rows.int4(row, kAt)) - 1; }

}  // namespace

void KeyRows::collect(const StoreIdentity& identity, const Batch& batch) {
  entries_.clear();
  parked_.assign(batch.slots.size(), 0);
  moved_ = false;
  std::vector<bool> matters(batch.slots.size(), false);
  for (const EventPtr& event : batch.events)
    if (!event->decided || is_due(*event) || stays(event->outcome) || holds_dead(*event, identity.plan->manifest())) matters[event->slot] = true;
  for (std::uint32_t slot = 0; slot < batch.slots.size(); ++slot)
    if (matters[slot] || batch.slots[slot].dirty) entries_.push_back({slot});
  std::sort(entries_.begin(), entries_.end(),
            [&](const Entry& a, const Entry& b) { return batch.slots[a.slot].key < batch.slots[b.slot].key; });
  keys_.clear();
  for (const Entry& entry : entries_) keys_.add(batch.slots[entry.slot].key);
}

void KeyRows::queue_lock(const StoreIdentity& identity, PgConnection& connection, bool with_state) {
  Parameters parameters;
  parameters.add_int4(identity.function_id).add(keys_);
  connection.queue(with_state ? statement::kKeysLockLoad : statement::kKeysLock, parameters);
}

void KeyRows::take_locked(const PgResult& locked, Batch& batch) {
  for (const Entry& entry : entries_) batch.slots[entry.slot].row = KeyRow{};
  for (int row = 0; row < locked.rows(); ++row) {
    Entry& entry = entries_[ordinal(locked, row)];
    entry.exists = true;
    batch.slots[entry.slot].row = row_in(locked, row, true);
    entry.epoch = batch.slots[entry.slot].row.epoch;
    parked_[entry.slot] = batch.slots[entry.slot].row.parked;
  }
  for (const Entry& entry : entries_) {
    Slot& slot = batch.slots[entry.slot];
    slot.loaded = true;
    slot.state = slot.row.state;
    slot.newest_us = slot.row.newest_us;
    slot.dirty = false;
  }
}

void KeyRows::compare(const StoreIdentity& identity, const PgResult& locked, const Batch& batch) {
  std::vector<bool> due(batch.slots.size(), false);
  for (const EventPtr& event : batch.events)
    if (is_due(*event)) due[event->slot] = true;
  if (identity.keeps_rows())
    for (Entry& entry : entries_) entry.moved = batch.slots[entry.slot].row.version != 0;  // until its row is seen
  for (int row = 0; row < locked.rows(); ++row) {
    Entry& entry = entries_[ordinal(locked, row)];
    const KeyRow now = row_in(locked, row, false);
    entry.exists = true;
    entry.epoch = now.epoch;
    parked_[entry.slot] = now.parked;
    // Events of a parked key go behind what is parked; what was made of them does not matter.
    const bool behind = now.parked > 0 && !due[entry.slot] && !identity.by_newest();
    entry.moved = identity.keeps_rows() && !behind && now.version != batch.slots[entry.slot].row.version;
  }
  moved_ = std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.moved; });
}

std::optional<std::string> KeyRows::fenced_by(std::int64_t epoch, const Batch& batch) const {
  for (const Entry& entry : entries_)
    if (entry.epoch > epoch)
      return "key \"" + batch.slots[entry.slot].key + "\" has been written by epoch " + std::to_string(entry.epoch) + ", this is epoch " +
             std::to_string(epoch) + ": a newer deployment owns it";
  return std::nullopt;
}

void KeyRows::queue_load_moved(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  std::erase_if(entries_, [](const Entry& entry) { return !entry.moved; });
  keys_.clear();
  for (const Entry& entry : entries_) keys_.add(batch.slots[entry.slot].key);
  Parameters parameters;
  parameters.add_int4(identity.function_id).add(keys_);
  connection.queue(statement::kKeysLoad, parameters);
}

void KeyRows::take_moved(const PgResult& loaded, Batch& batch) {
  for (const Entry& entry : entries_) {
    batch.slots[entry.slot].row = KeyRow{};
    batch.slots[entry.slot].loaded = true;
  }
  for (int row = 0; row < loaded.rows(); ++row)
    batch.slots[entries_[ordinal(loaded, row)].slot].row = row_in(loaded, row, true);
}

void KeyRows::judge_newest(const StoreIdentity& identity, std::int64_t now_us, Batch& batch, Rulings& rulings) {
  if (!identity.by_newest()) return;
  std::vector<std::int64_t> newest;
  newest.reserve(batch.slots.size());
  for (const Slot& slot : batch.slots) newest.push_back(slot.row.newest_us);
  for (const EventPtr& event : batch.events) {
    const bool parks = stays(event->outcome) && !is_due(*event);  // it must not take the place of one that is to be believed
    if (!parks && (event->decided || event->outcome != Outcome::kOk)) continue;
    if (event->newest_us > now_us + kAheadUs)
      rulings.rule(*event, Verdict::kAhead, "its time (" + identity.plan->manifest().fence->newest_pointer + ") is " +
                                                std::to_string((event->newest_us - now_us) / 1'000'000) +
                                                " s ahead of the database's clock; 60 s are allowed");
    else if (parks) continue;
    else if (event->newest_us <= newest[event->slot]) rulings.rule(*event, Verdict::kOutdated);
    else newest[event->slot] = event->newest_us;
  }
  if (rulings.must_rerun()) return;
  // Whatever the handlers noted: what has been applied must be the fence of what comes.
  for (std::size_t i = 0; i < batch.slots.size(); ++i) {
    Slot& slot = batch.slots[i];
    if (newest[i] > slot.row.newest_us && (newest[i] != slot.newest_us || !slot.dirty)) {
      slot.newest_us = std::max(slot.newest_us, newest[i]);
      slot.dirty = true;
    }
  }
}

int KeyRows::queue_write(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  int statements = 0;
  queue_write(statement::kKeysUpdate, true, identity, batch, connection, statements);
  queue_write(statement::kKeysInsert, false, identity, batch, connection, statements);
  return statements;
}

void KeyRows::queue_write(const char* prepared, bool existing, const StoreIdentity& identity, const Batch& batch, PgConnection& connection,
                          int& statements) {
  for (ArrayOf* array : {&keys_, &newest_, &states_}) array->clear();
  for (const Entry& entry : entries_) {
    const Slot& slot = batch.slots[entry.slot];
    if (entry.exists != existing || !slot.dirty) continue;
    keys_.add(slot.key);
    slot.newest_us == kNeverSeen ? newest_.add_null() : newest_.add_int8(slot.newest_us);
    slot.state ? states_.add(*slot.state) : states_.add_null();
  }
  if (keys_.empty()) return;
  Parameters parameters;
  parameters.add_int4(identity.function_id).add_int8(identity.epoch).add(keys_).add(newest_).add(states_);
  connection.queue(prepared, parameters);  // copies what it is given
  ++statements;
}

void KeyRows::settle(const StoreIdentity& identity, Batch& batch) const {
  for (const Entry& entry : entries_) {
    Slot& slot = batch.slots[entry.slot];
    if (!slot.dirty) continue;
    slot.row = {slot.row.version + 1, identity.epoch, slot.newest_us, slot.row.parked, slot.state};
    slot.dirty = false;
  }
}

bool queue_load(const StoreIdentity& identity, const std::vector<BatchPtr>& batches, ArrayOf& keys, PgConnection& connection) {
  keys.clear();
  for (const BatchPtr& batch : batches)
    for (const Slot& slot : batch->slots)
      if (!slot.loaded) keys.add(slot.key);
  if (keys.empty()) return false;
  Parameters parameters;
  parameters.add_int4(identity.function_id).add(keys);
  connection.queue(statement::kKeysLoad, parameters);
  return true;
}

void take_loaded(const PgResult& loaded, const std::vector<BatchPtr>& batches) {
  std::vector<Slot*> asked;
  for (const BatchPtr& batch : batches)
    for (Slot& slot : batch->slots)
      if (!slot.loaded) asked.push_back(&slot);
  for (Slot* slot : asked) {
    slot->row = KeyRow{};
    slot->loaded = true;
  }
  for (int row = 0; row < loaded.rows(); ++row) asked[ordinal(loaded, row)]->row = row_in(loaded, row, true);
  for (Slot* slot : asked) {
    slot->state = slot->row.state;
    slot->newest_us = slot->row.newest_us;
    slot->dirty = false;
  }
}

}  // namespace gofuture
