#include "support/fake_database.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "support/fake_work.hpp"
#include "support/utf8_text.hpp"

namespace gofuture::test {
namespace {

constexpr std::int64_t kAheadUs = 60'000'000;
constexpr std::int64_t kDayMs = 86'400'000;

bool has_outcome(const Event& event) { return event.outcome != Outcome::kPending; }

// The rolled-back SQL of a fake transaction: it takes every statement and knows nothing.
class NoSql : public SqlSession {
 public:
  Result<SqlRows> execute(std::string_view, const std::vector<std::optional<std::string_view>>&) override { return SqlRows{}; }
};

}  // namespace

KeyRow FakeDatabase::row_of(const StoredKey& stored_key) {
  return {stored_key.version, stored_key.epoch, stored_key.newest_us.value_or(kNeverSeen), stored_key.parked, stored_key.state};
}

KeyRow FakeDatabase::row(const std::string& function, const std::string& key) const {
  const auto found = keys.find({function, key});
  return found == keys.end() ? KeyRow{} : row_of(found->second);
}

void FakeDatabase::load(Batch& batch, const std::string& function) const {
  for (Slot& slot : batch.slots) {
    if (slot.loaded) continue;
    slot.row = row(function, slot.key);
    slot.loaded = true;
  }
  if (!batch.asks_inbox) return;
  for (const EventPtr& event : batch.events) {
    const auto known = inbox.find({function, event->event_id});
    if (event->decided || is_due(*event) || known == inbox.end()) continue;
    event->verdict = known->second.digest == event->digest ? Verdict::kRepeat : Verdict::kOtherContent;
  }
}

Journal::Found FakeDatabase::open_call(const std::string& function, const JournaledCall& call) {
  const auto [row, fresh] = calls.try_emplace({function, call.scope, call.name, call.effect}, StoredCall{call.digest, std::nullopt, false});
  StoredCall& stored_call = row->second;
  Journal::Found found{false, stored_call.digest, std::nullopt};
  const bool not_sent = stored_call.answer && stored_call.answer->result == CallAnswer::Result::kUnreachable;
  if (fresh || (stored_call.digest == call.digest && (stored_call.again || not_sent))) {
    stored_call = {call.digest, std::nullopt, false};
    found.ours = true;
  } else if (stored_call.answer && stored_call.answer->result == CallAnswer::Result::kAnswered) {
    found.answer = stored_call.answer;
  }
  return found;
}

void FakeDatabase::write_calls(const std::string& function, const Event& event) {
  for (const JournaledCall& call : event.calls) {
    const auto row = calls.find({function, call.scope, call.name, call.effect});
    if (call.replayed || row == calls.end()) continue;
    StoredCall& stored_call = row->second;
    const bool stands = stored_call.answer && stored_call.answer->result == CallAnswer::Result::kAnswered && !stored_call.again;
    if (!stands) stored_call = {stored_call.digest, call.answer, call.again};
  }
}

FakeDatabase::Reply FakeDatabase::attempt(Batch& batch, const Request& request) {
  Work work{batch, request, request.plan.manifest().name, request.plan.manifest().fence.has_value(), ++transactions, false};
  const auto floor = floors.find(work.function);
  if (floor != floors.end() && fenced_out(work, floor->second))
    return {CommitStatus::kFenced, "a newer deployment (epoch " + std::to_string(floor->second) + ") owns this function"};

  if (batch.stale && request.inside == nullptr) return {CommitStatus::kRerun, "some events were ruled out before"};
  if (insert_inbox(work)) return {CommitStatus::kRerun, "the inbox knows some of these events"};
  if (find_taken_timers(work)) return {CommitStatus::kRerun, "some timers have been set anew, canceled or fired"};
  if (find_taken(work)) return {CommitStatus::kRerun, "others have brought some of these events on"};
  if (auto reply = compare_keys(work)) return *reply;
  if (request.inside != nullptr) {
    NoSql session;
    request.inside->run(batch, session);
    const bool all_ended = std::all_of(batch.events.begin(), batch.events.end(), [&](const EventPtr& event) {
      return event->decided || event->outcome == Outcome::kOk || event->outcome == Outcome::kSkip;
    });
    if (!all_ended) return {CommitStatus::kRerun, "some events did not end well, so the transaction was rolled back"};
  }
  for (const EventPtr& event : batch.events)
    GOFUTURE_ASSERT(has_outcome(*event), "only events with an outcome are committed");
  if (work.by_newest && judge_newest(work)) return {CommitStatus::kRerun, "some events are outdated or ahead"};
  if (request.decides)
    std::erase_if(batch.emissions, [&](const Emission& emission) { return batch.events[emission.event]->outcome != Outcome::kOk; });
  if (auto reply = find_refusal(work)) {
    if (request.plant == Plant::kAbortedVisible) write_outbox(work);
    return *reply;
  }
  write(work);
  return {};
}

bool FakeDatabase::fenced_out(const Work& work, std::int64_t epoch) const {
  const auto parks = [](const EventPtr& event) { return stays(event->outcome); };
  if (work.request.plant == Plant::kEpochBack && std::any_of(work.batch.events.begin(), work.batch.events.end(), parks)) return false;
  return epoch > work.request.epoch;
}

void FakeDatabase::rule(Work& work, Event& event, Verdict verdict) {
  event.verdict = verdict;
  if (!work.request.decides) {
    work.rerun = true;
    return;
  }
  const bool skip = verdict == Verdict::kRepeat || verdict == Verdict::kOutdated;
  if (event.decided && !stays(event.outcome) && !skip) return;  // dead already, for a better reason
  const bool entangled = work.request.plan.stateful || work.by_newest;  // later events of its key have seen what it did
  if (!event.decided && event.outcome == Outcome::kOk) {
    if (entangled) work.batch.stale = true;  // also for the next attempt, should this one fail
    work.rerun = work.batch.stale;
  }
  event.decided = true;
  event.outcome = skip ? Outcome::kSkip : Outcome::kReject;
  event.failure = skip ? FailureClass::kNone : verdict == Verdict::kAhead ? FailureClass::kCorrupted : FailureClass::kIdempotency;
  event.message = skip ? "" : "ruled by the store";
}

// True when some event may not go on: its verdict says why, and nothing may be written.
bool FakeDatabase::insert_inbox(Work& work) const {
  if (work.by_newest || work.request.plant == Plant::kNoFence) return false;
  std::map<Uuid, Digest> of_this_batch;
  for (const EventPtr& event : work.batch.events) {
    if (is_due(*event) || event->failure == FailureClass::kIdempotency) continue;  // its row is there; or its id belongs to another event
    if (event->verdict == Verdict::kRepeat || event->verdict == Verdict::kOtherContent || event->verdict == Verdict::kExpired) continue;
    const auto day = event->event_id.unix_ms();
    if (day && dropped_days.contains(*day / kDayMs) && !event->decided) {
      rule(work, *event, Verdict::kExpired);
      continue;
    }
    const Digest* seen = nullptr;
    if (const auto row = inbox.find({work.function, event->event_id}); row != inbox.end()) seen = &row->second.digest;
    else if (const auto here = of_this_batch.find(event->event_id); here != of_this_batch.end()) seen = &here->second;
    if (seen == nullptr) {
      of_this_batch.emplace(event->event_id, event->digest);
      continue;
    }
    const Verdict verdict = *seen == event->digest ? Verdict::kRepeat : Verdict::kOtherContent;
    if (work.request.inside != nullptr && verdict == Verdict::kRepeat) {
      event->verdict = verdict;
      event->decided = true;  // the handlers run in this very transaction, without it
      event->outcome = Outcome::kSkip;
      continue;
    }
    rule(work, *event, verdict);
  }
  return work.rerun;
}

std::optional<FakeDatabase::Reply> FakeDatabase::compare_keys(Work& work) const {
  bool moved = false;
  for (Slot& slot : work.batch.slots) {
    if (!is_utf8_text(slot.key)) return Reply{CommitStatus::kRefused, "the state key is no text"};
    const KeyRow fresh = row(work.function, slot.key);
    if (fenced_out(work, fresh.epoch))
      return Reply{CommitStatus::kFenced, "key " + slot.key + " has been written by epoch " + std::to_string(fresh.epoch)};
    const bool passes = work.request.plant == Plant::kOvertakes || (work.request.plant == Plant::kTimerOvertakes && work.has_timer(slot));
    const bool barrier = fresh.parked > 0 && !work.by_newest && !work.has_due(slot) && !passes;
    if (work.request.inside != nullptr) {
      slot.row = fresh;
      slot.loaded = true;
      slot.state = fresh.state;
      slot.newest_us = fresh.newest_us;
      slot.dirty = false;
      if (barrier) hold_slot(work, work.index_of(slot), fresh);
    } else if (barrier) {
      hold_slot(work, work.index_of(slot), fresh);
    } else if ((work.request.plan.stateful || work.by_newest) && fresh.version != slot.row.version) {
      slot.row = fresh;
      slot.loaded = true;
      moved = true;
    }
  }
  if (!moved && settle_behind_parked(work)) moved = true;
  if (moved) {
    if (work.by_newest) judge_newest(work);
    return Reply{CommitStatus::kRerun, "the rows of some keys have moved"};
  }
  return std::nullopt;
}

// Strictly greater applies; far ahead of this clock is not believed.
bool FakeDatabase::judge_newest(Work& work) const {
  std::vector<std::int64_t> newest;
  for (const Slot& slot : work.batch.slots) newest.push_back(slot.row.newest_us);
  for (const EventPtr& event : work.batch.events) {
    const bool parks = stays(event->outcome) && !is_due(*event);  // it must not take the place of one that is to be believed
    if (!parks && (event->decided || event->outcome != Outcome::kOk)) continue;
    if (event->newest_us > now_us + kAheadUs) {
      rule(work, *event, Verdict::kAhead);
    } else if (parks) {
      continue;
    } else if (event->newest_us <= newest[event->slot]) {
      rule(work, *event, Verdict::kOutdated);
    } else {
      newest[event->slot] = event->newest_us;
    }
  }
  return work.rerun;
}

std::optional<FakeDatabase::Reply> FakeDatabase::find_refusal(const Work& work) const {
  const auto refused = [](std::string why) { return Reply{CommitStatus::kRefused, std::move(why)}; };
  for (const Emission& emission : work.batch.emissions) {
    if (emission.key.empty() || !is_utf8_text(emission.key)) return refused("events_outbox: aggregateid must be text and not empty");
    if (work.request.plan.catalogue().topic(emission.topic) == nullptr)
      return refused("events_outbox: topic \"" + std::string(emission.topic) + "\" is not in the catalogue");
    const EmissionEnvelope out(work.batch, emission, work.request.plan.source());
    for (const std::string_view text : {out.subject, out.correlationid, out.traceparent, out.tracestate})
      if (!is_utf8_text(text)) return refused("events_outbox: a header column must be text");
  }
  if (!work.request.refuses) return std::nullopt;
  for (const EventPtr& event : work.batch.events)
    if (event->outcome == Outcome::kOk)
      if (auto why = work.request.refuses(*event)) return refused(std::move(*why));
  return std::nullopt;
}

void FakeDatabase::write_outbox(const Work& work) {
  for (const Emission& emission : work.batch.emissions) {
    const EmissionEnvelope out(work.batch, emission, work.request.plan.source());
    OutboxRow row;
    row.id = emission.id;
    row.source = out.source;
    row.key = emission.key;
    row.type = std::string(emission.type);
    row.topic = std::string(emission.topic);
    row.payload = emission.data;
    row.subject = out.subject;
    row.time = out.time;
    row.correlationid = out.correlationid;
    row.causationid = out.causationid;
    row.traceparent = out.traceparent;
    row.hops = out.hops;
    row.transaction = work.number;
    if (emission.delay_ms > 0) delayed.emplace_back(now_us + emission.delay_ms * 1000, std::move(row));
    else outbox.push_back(std::move(row));
  }
}

void FakeDatabase::write_dead(const Work& work, const Event& event_) {
  const Event* event = &event_;
  DeadLetter dead;
  dead.topic = work.topic_of(*event).name;
  dead.partition = event->record.partition;
  dead.offset = event->record.offset;
  dead.redrive = event->redrive;
  dead.event_id = event->event_id;
  dead.type = std::string(event->type);
  if (is_utf8_text(event->state_key)) dead.state_key = event->state_key;
  dead.failure = name_of(event->failure);
  dead.message = as_utf8_text(event->message);
  dead.attempts = static_cast<int>(event->attempt);
  dead.epoch = work.request.epoch;
  if (event->record.key) dead.key = std::string(*event->record.key);
  if (event->record.value) dead.value = std::string(*event->record.value);
  for (const Header& header : event->record.headers())
    dead.headers.emplace_back(as_utf8_text(header.name), header.value ? std::optional(std::string(*header.value)) : std::nullopt);
  dead.timestamp_ms = event->record.timestamp_ms;
  dead.correlationid = as_utf8_text(event->envelope.correlationid);
  DeadKey place{work.function, dead.topic, dead.partition, dead.offset, dead.redrive};
  dead_letters.emplace(std::move(place), std::move(dead));  // a redelivery makes no second one
}

void FakeDatabase::write(Work& work) {
  const Plant plant = work.request.plant;
  for (const EventPtr& event : work.batch.events) {
    write_calls(work.function, *event);
    const bool torn = plant == Plant::kTear || (plant == Plant::kTearParked && stays(event->outcome));
    if (!is_due(*event) && !work.by_newest && !work.repeated(*event) && event->failure != FailureClass::kIdempotency && !torn)
      inbox[{work.function, event->event_id}] =
          InboxRow{event->digest, stored(event->outcome), static_cast<int>(event->attempt), work.request.epoch};
    if (event->outcome == Outcome::kReject) write_dead(work, *event);
  }
  write_outbox(work);
  for (Slot& slot : work.batch.slots) {
    if (!slot.dirty || plant == Plant::kTearState) continue;
    StoredKey& stored_key = keys[{work.function, slot.key}];
    ++stored_key.version;
    stored_key.epoch = work.request.epoch;
    if (slot.newest_us != kNeverSeen) stored_key.newest_us = slot.newest_us;
    stored_key.state = slot.state;
    slot.row = row_of(stored_key);
    slot.dirty = false;
  }
  write_parked(work);
  write_timers(work);
  committed.insert(work.number);
}

}  // namespace gofuture::test
