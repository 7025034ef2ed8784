// The parked rows of the fake database: what a commit adds, brings on and takes away, and what is given out when it is due.
#include <algorithm>
#include <map>
#include <set>

#include "base/assert.hpp"
#include "pipeline/holding.hpp"
#include "support/fake_database.hpp"
#include "support/fake_work.hpp"
#include "support/utf8_text.hpp"

namespace gofuture::test {
namespace {

constexpr std::size_t kFollowersMax = 100;

bool is_live(const Event& event) { return event.parked == 0 && event.verdict != Verdict::kRepeat && event.failure != FailureClass::kIdempotency; }

}  // namespace

// A due event is this batch's only while its row says what it said when it was claimed.
bool FakeDatabase::find_taken(Work& work) const {
  if (work.request.plant == Plant::kTakenAnyway) return false;
  bool taken = false;
  std::set<std::string> headed;  // keys whose oldest parked event is in this batch: what follows it may be, too
  for (const EventPtr& event : work.batch.events) {
    if (event->parked == 0) continue;
    const auto row = parked.find({work.function, event->parked});
    const bool there = row != parked.end() && row->second.attempts == event->parked_attempts && !row->second.held;
    if (there && (headed.contains(event->state_key) || oldest(work.function, event->state_key) == event->parked)) {
      headed.insert(event->state_key);
      continue;
    }
    event->verdict = Verdict::kTaken;
    taken = true;
  }
  return taken;
}

// The key's events stand behind its parked ones: whatever the handler did about them goes, and they are parked, too.
void FakeDatabase::hold_slot(Work& work, std::uint32_t index, const KeyRow& fresh) {
  Slot& slot = work.batch.slots[index];
  const auto held = [&](const Event& event) {
    return event.slot == index && is_live(event) && (!event.decided || stays(event.outcome));
  };
  for (const EventPtr& event : work.batch.events) {
    if (!held(*event)) continue;
    event->outcome = Outcome::kHeld;
    event->decided = true;
  }
  std::erase_if(work.batch.emissions, [&](const Emission& emission) { return held(*work.batch.events[emission.event]); });
  std::erase_if(work.batch.timers, [&](const TimerChange& timer) { return held(*work.batch.events[timer.event]); });
  slot.row = fresh;
  slot.loaded = true;
  slot.state = fresh.state;
  slot.newest_us = fresh.newest_us;
  slot.dirty = false;
}

// True: an event was held behind parked ones that have ended meanwhile; it has to be handled.
bool FakeDatabase::settle_behind_parked(Work& work) const {
  std::vector<bool> blocked(work.batch.slots.size(), false);
  bool free = false;
  for (const EventPtr& event : work.batch.events) {
    if (event->parked > 0) continue;
    Slot& slot = work.batch.slots[event->slot];
    if (holds_its_key(*event, work.request.plan.manifest())) blocked[event->slot] = true;
    if (event->outcome != Outcome::kHeld || blocked[event->slot] || row(work.function, slot.key).parked > 0) continue;
    slot.row = row(work.function, slot.key);
    slot.loaded = true;
    free = true;
  }
  return free;
}

void FakeDatabase::append_parked(const Work& work, const Event& event) {
  ParkedRow row;
  row.state_key = event.state_key;
  row.number = ++parked_numbers;
  row.held = event.outcome == Outcome::kReject;
  row.attempts = event.outcome == Outcome::kRetry || row.held ? event.attempt : event.attempt - 1;
  if (event.outcome == Outcome::kRetry && work.request.plant == Plant::kCountsTwice) ++row.attempts;
  if (event.outcome == Outcome::kRetry || event.outcome == Outcome::kLater) row.due_us = now_us + event.wait_ms * 1000;
  row.failure = name_of(event.failure);
  row.message = as_utf8_text(event.message);
  row.event_id = event.event_id;
  row.digest = event.digest;
  row.type = std::string(event.type);
  if (work.by_newest) row.newest_us = event.newest_us;
  row.topic = work.topic_of(event).name;
  row.partition = event.record.partition;
  row.offset = event.record.offset;
  row.redrive = event.redrive;
  if (event.record.key) row.key = std::string(*event.record.key);
  if (event.record.value) row.value = std::string(*event.record.value);
  for (const Header& header : event.record.headers())
    row.headers.emplace_back(as_utf8_text(header.name), header.value ? std::optional(std::string(*header.value)) : std::nullopt);
  if (work.request.plant == Plant::kLosesHeader)
    std::erase_if(row.headers, [](const auto& header) { return header.first == "content-type"; });
  row.timestamp_ms = event.record.timestamp_ms;
  StoredKey& key = keys[{work.function, event.state_key}];
  if (key.version == 0) key.version = 1;
  key.epoch = work.request.plant == Plant::kEpochBack ? work.request.epoch : std::max(key.epoch, work.request.epoch);
  ++key.parked;
  parked.emplace(ParkedKey{work.function, row.number}, std::move(row));
}

std::int64_t FakeDatabase::oldest(const std::string& function, const std::string& key) const {
  for (const auto& [place, row] : parked)
    if (place.first == function && row.state_key == key) return row.number;
  return 0;
}

ParkedRow* FakeDatabase::head_of(const std::string& function, const std::string& key) {
  for (auto& [place, row] : parked)
    if (place.first == function && row.state_key == key) return &row;
  return nullptr;
}

void FakeDatabase::write_parked(const Work& work) {
  const FunctionManifest& manifest = work.request.plan.manifest();
  const Plant plant = work.request.plant;
  const auto holds = [&](const Event& event) { return holds_dead(event, manifest) && plant != Plant::kDoesNotHold; };
  std::set<std::string> touched;
  for (const EventPtr& event : work.batch.events) {
    if (event->parked > 0) {
      const auto row = parked.find({work.function, event->parked});
      if (row == parked.end() && plant != Plant::kNone) continue;
      touched.insert(event->state_key);
      if (event->outcome == Outcome::kHeld) continue;
      if (event->outcome == Outcome::kRetry || event->outcome == Outcome::kLater) {
        row->second.attempts = event->outcome == Outcome::kRetry && plant != Plant::kForgetsAttempt ? event->attempt : event->attempt - 1;
        row->second.due_us = now_us + event->wait_ms * 1000;
        row->second.failure = name_of(event->failure);
        row->second.message = as_utf8_text(event->message);
        continue;
      }
      const auto ended = inbox.find({work.function, event->event_id});
      if (ended != inbox.end()) {  // none: fenced by its newest, or torn by a planted bug
        GOFUTURE_ASSERT(ended->second.outcome == InboxOutcome::kParked || plant != Plant::kNone, "a parked event has one end");
        ended->second.outcome = stored(event->outcome);
        ended->second.attempts = static_cast<int>(event->attempt);
        ended->second.epoch = work.request.epoch;
      }
      if (holds(*event)) {
        row->second.held = true;
        row->second.attempts = event->attempt;
        row->second.due_us.reset();
      } else {
        parked.erase(row);
        StoredKey& key = keys.at({work.function, event->state_key});
        if (plant != Plant::kMiscounts) --key.parked;
        if (plant == Plant::kLosesFollowers && event->outcome == Outcome::kReject)
          key.parked -= static_cast<int>(std::erase_if(parked, [&](const auto& one) {
            return one.first.first == work.function && one.second.state_key == event->state_key;
          }));
      }
      continue;
    }
    if (!is_live(*event)) continue;
    if (!stays(event->outcome) && !holds(*event)) continue;
    touched.insert(event->state_key);
    if (work.by_newest) {  // one slot per key, the newer one's
      ParkedRow* other = head_of(work.function, event->state_key);
      if (other != nullptr && *other->newest_us >= event->newest_us) continue;
      if (other != nullptr) {
        --keys.at({work.function, event->state_key}).parked;
        parked.erase({work.function, other->number});
      }
    }
    append_parked(work, *event);
  }
  for (const std::string& name : touched) {
    if (ParkedRow* head = head_of(work.function, name); head != nullptr && !head->held && !head->due_us) head->due_us = now_us;
    StoredKey& key = keys.at({work.function, name});
    if (key.parked == 0 && !work.request.plan.stateful && !work.by_newest) keys.erase({work.function, name});
  }
  for (Slot& slot : work.batch.slots)
    if (touched.contains(slot.key)) slot.row = row(work.function, slot.key);
}

int FakeDatabase::release_key(const std::string& function, const std::string& key) {
  const auto gone = static_cast<int>(std::erase_if(parked, [&](const auto& one) {
    return one.first.first == function && one.second.state_key == key && one.second.held;
  }));
  if (const auto row = keys.find({function, key}); row != keys.end()) row->second.parked -= gone;
  if (ParkedRow* head = head_of(function, key); head != nullptr && !head->due_us) head->due_us = now_us;
  return gone;
}

Claimed FakeDatabase::claim(const Plan& plan, const ClaimRequest& request, Plant plant) {
  const std::string& function = plan.manifest().name;
  const auto size_of = [](const ParkedRow& row) {
    return static_cast<std::int64_t>((row.key ? row.key->size() : 0) + (row.value ? row.value->size() : 0) + 256);
  };
  Claimed claimed;
  const auto room = static_cast<std::int64_t>(request.bytes);
  std::int64_t given = 0;
  std::set<std::string> seen;
  std::map<std::string, std::size_t> taken;  // keys, with how many of their rows are given out
  for (auto& [place, row] : parked) {        // first the oldest of each key
    if (place.first != function) continue;
    ++claimed.parked_events;
    claimed.parked_bytes += size_of(row);
    if (!seen.insert(row.state_key).second || !row.due_us) continue;
    if (*row.due_us <= now_us && taken.size() < request.keys && given < room) {
      taken[row.state_key] = 0;
      given += size_of(row);
      row.due_us = now_us + request.lease_ms * 1000;
    } else {
      const std::int64_t wait = std::max<std::int64_t>(0, (*row.due_us - now_us + 999) / 1000);
      claimed.next_ms = claimed.next_ms ? std::min(*claimed.next_ms, wait) : wait;
    }
  }
  move_delayed();
  if (plan.uses_timers) claim_timers(plan, request, plant, claimed);
  std::set<std::string> full;
  for (const auto& [place, row] : parked) {
    const auto key = taken.find(row.state_key);
    if (place.first != function || key == taken.end() || full.contains(row.state_key)) continue;
    const bool first = key->second == 0;
    if (row.held || key->second >= kFollowersMax || (!first && given >= room)) {
      full.insert(row.state_key);
      continue;
    }
    ++key->second;
    if (!first) given += size_of(row);
    Due due;
    const OwnedRecord content{row.key, row.value, row.headers};
    std::uint16_t topic = 0;
    while (plan.topics()[topic].topic->name != row.topic) ++topic;
    due.record = make_record(topic, row.partition, row.offset, row.timestamp_ms, content);
    due.state_key = row.state_key;
    due.event_id = row.event_id;
    due.digest = row.digest;
    due.attempts = row.attempts;
    due.redrive = row.redrive;
    due.parked = row.number;
    claimed.events.push_back(std::move(due));
  }
  return claimed;
}

}  // namespace gofuture::test
