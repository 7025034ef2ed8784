// Batches out to the ports, answers back in: the half of the machine that gives every event its outcome.
#include "pipeline/machine.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/assert.hpp"
#include "base/fault_point.hpp"
#include "pipeline/holding.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kCacheBytes = 32 << 20;
constexpr std::int64_t kStoreBackoffFirstMs = 50, kStoreBackoffMaxMs = 5'000;

}  // namespace

Pipeline::Machine::Machine(const Plan& plan, Ports ports)
    : plan_(plan),
      ports_(ports),
      traits_(ports.store.traits()),
      loads_(traits_.keyed && !traits_.inside && (plan.stateful || plan.manifest().fence.has_value())),
      admission_(plan),
      cache_(kCacheBytes),
      to_dispatch_(traits_.gather_ms, traits_.behind_ms),
      to_commit_(traits_.gather_ms, traits_.behind_ms),
      progress_ms_(ports.clock.steady_ms()) {}

// --- out ------------------------------------------------------------------------------------------------------------------

void Pipeline::Machine::dispatch() {
  const std::int64_t now = ports_.clock.steady_ms();
  company_due_ms_.reset();
  for (std::size_t i = 0; i < postponed_.size();) {
    if (postponed_[i].due_ms > now) {
      ++i;
      continue;
    }
    Postponed due = std::move(postponed_[i]);
    postponed_.erase(postponed_.begin() + static_cast<std::ptrdiff_t>(i));
    if (due.load) {
      send_to_load(std::move(due.batch));
    } else if (traits_.owns_offsets) {  // a partition of it may have been lost meanwhile
      --committing_;
      handled_.push_front(std::move(due.batch));
    } else {
      --committing_;  // it kept its committer's place while it waited
      send_to_commit(std::move(due.batch));
    }
  }
  if (traits_.owns_offsets) commit_round();
  else commit_ready();
  if (stopped || halted) return;

  claim();
  lanes_.wake(now);
  if (traits_.owns_offsets) start_round(now);
  const auto& manifest = plan_.manifest();
  // A function that calls out blocks its thread: one event per call, so that slow answers do not queue behind each other.
  const std::size_t batch_max = manifest.http ? 1 : static_cast<std::size_t>(manifest.batch_max);
  const auto threads = static_cast<std::size_t>(manifest.concurrency);
  const std::size_t take_max = traits_.owns_offsets ? (round_events_ + threads - 1) / threads : batch_max;  // a round is shared out
  const auto committers = static_cast<std::size_t>(traits_.commits_in_flight);
  while (lanes_.any_ready() && may_dispatch(now)) {
    if (traits_.inside) {
      if (committing_ >= committers) break;
    } else {
      if (handling_ >= static_cast<std::size_t>(manifest.concurrency)) break;
      if (in_flight_ >= (committers + 1) * std::max(batch_max, static_cast<std::size_t>(manifest.concurrency))) break;
    }
    // Where an event is a call of its own, it gathers behind the handlers instead.
    if (!traits_.owns_offsets && !manifest.http &&
        waits_for_company(to_dispatch_.waits_until(lanes_.waiting() - lanes_.held(), traits_.inside && committing_ > 0, now)))
      break;
    const bool probe = breakers_.open() && !traits_.owns_offsets;
    BatchPtr batch = lanes_.take(probe ? 1 : take_max, traits_.owns_offsets);
    if (!batch || batch->events.empty()) break;
    if (probe) breakers_.probe_sent();
    batch->id = ++batches_;
    batch->started_ms = now;
    in_flight_ += batch->events.size();
    for (const EventPtr& event : batch->events)
      if (Partition* partition = current(*event)) ++partition->in_flight;
    hold_behind_failed(*batch);
    if (traits_.inside) {
      send_to_commit(std::move(batch));
      continue;
    }
    ++handling_;
    // A call to the world outside cannot be taken back by a commit that finds a repeat, or a row that another replica has
    // moved: there the inbox is asked before, and the rows are loaded fresh.
    batch->asks_inbox = traits_.keyed && manifest.http.has_value();
    bool complete = true;
    for (Slot& slot : batch->slots) {
      if (const KeyRow* row = batch->asks_inbox || traits_.owns_offsets ? nullptr : cache_.find(slot.key)) {
        slot.row = *row;
        slot.loaded = true;
      } else if (!loads_ && !batch->asks_inbox) {
        slot.loaded = true;
      } else {
        complete = false;
      }
    }
    if (complete) {
      batch->reset_effects();
      send_to_handlers(std::move(batch));
    } else {
      send_to_load(std::move(batch));
    }
  }
  if (!lanes_.any_ready()) to_dispatch_.left();  // else what is left has waited long enough already
  if (!traits_.owns_offsets) commit_ready();     // what needed no handler
}

bool Pipeline::Machine::waits_for_company(std::optional<std::int64_t> until_ms) {
  if (!until_ms) return false;
  company_due_ms_ = company_due_ms_ ? std::min(*company_due_ms_, *until_ms) : *until_ms;
  return true;
}

void Pipeline::Machine::send_to_load(BatchPtr batch) {
  GOFUTURE_FAULT_POINT("load.asked");
  ports_.store.load(std::move(batch));
}

void Pipeline::Machine::send_to_handlers(BatchPtr batch) {
  if (hold_behind_parked(*batch)) {
    --handling_;
    handled_.push_back(std::move(batch));
    return;
  }
  ports_.handlers.handle(std::move(batch));
}

void Pipeline::Machine::send_to_commit(BatchPtr batch) {
  ++committing_;
  batch->started_ms = ports_.clock.steady_ms();
  ports_.store.commit(std::move(batch));
}

// Several handled batches share one transaction: what became ready while the committers were busy goes together.
void Pipeline::Machine::commit_ready() {
  const auto events_max = static_cast<std::size_t>(plan_.manifest().batch_max);
  if (committing_ > 0 || handling_ > 0) {  // else no company is in sight
    std::size_t events = 0;
    for (const BatchPtr& batch : handled_) events += batch->events.size();
    if (events > 0 && waits_for_company(to_commit_.waits_until(events, committing_ > 0, ports_.clock.steady_ms()))) return;
  }
  while (!handled_.empty() && committing_ < static_cast<std::size_t>(traits_.commits_in_flight)) {
    BatchPtr group = std::move(handled_.front());
    handled_.pop_front();
    // An event that asked to stand with fewer decides for its group.
    auto room = [&](const Batch& batch) {
      std::size_t least = events_max;
      for (const EventPtr& event : batch.events) least = std::min<std::size_t>(least, event->batch_max);
      return least;
    };
    std::size_t limit = room(*group);
    while (!handled_.empty()) {
      const std::size_t together = group->events.size() + handled_.front()->events.size();
      const std::size_t both = std::min(limit, room(*handled_.front()));
      if (together > both) break;
      limit = both;
      group->absorb(std::move(*handled_.front()));
      handled_.pop_front();
    }
    send_to_commit(std::move(group));
  }
  if (handled_.empty()) to_commit_.left();
}

// --- back -----------------------------------------------------------------------------------------------------------------

void Pipeline::Machine::answer(Answer answer) {
  std::visit([this](auto&& told) { answered(std::forward<decltype(told)>(told)); }, std::move(answer));
}

void Pipeline::Machine::answered(Loaded loaded) {
  if (loaded.unavailable) {
    postpone(std::move(loaded.batch), true, *loaded.unavailable);
    return;
  }
  store_failures_ = 0;
  GOFUTURE_FAULT_POINT("load.answered");
  BatchPtr batch = std::move(loaded.batch);
  for (const EventPtr& event : batch->events) {
    const bool ruled = event->verdict == Verdict::kRepeat || (event->verdict != Verdict::kNew && !event->decided);
    if (!ruled) continue;
    --handling_;
    after_rerun(std::move(batch));  // what the inbox knows has ended, or is decided now; the rest is taken again
    return;
  }
  batch->reset_effects();
  send_to_handlers(std::move(batch));
}

void Pipeline::Machine::answered(Handled handled) {
  --handling_;
  BatchPtr batch = std::move(handled.batch);
#ifdef GOFUTURE_PLANT_DOUBLE  // a planted bug: now and then an effect happens twice
  if (batch->id % 50 == 7 && !batch->emissions.empty()) {
    batch->emissions.push_back(batch->emissions.back());
    batch->emissions.back().id.bytes[15] ^= 0x55;
  }
#endif
  ports_.probe.batch_handled(batch->events.size(),
                             static_cast<double>(ports_.clock.steady_ms() - batch->started_ms) / 1000.0);
  judge_failures(*batch);
  hold_behind_failed(*batch);
#ifdef GOFUTURE_PLANT_UNPARKED  // a planted bug: an event is done for its partition before it has been parked
  for (const EventPtr& event : batch->events)
    if (Partition* partition = current(*event); partition != nullptr && stays(event->outcome)) {
      partition->positions.finish(event->record.offset);
      --partition->in_flight;
      event->assignment = 0;
    }
#endif
  if (!traits_.parks)
    for (const EventPtr& event : batch->events)
      if (event->outcome == Outcome::kRetry || event->outcome == Outcome::kLater) hold(*event);
  // Events that neither ended nor can be parked leave the batch for the front of their lanes; the rest goes on to the commit.
  std::vector<EventPtr> leaving = batch->take_out([this](const Event& event) {
    switch (event.outcome) {
      case Outcome::kOk:
      case Outcome::kSkip:
      case Outcome::kReject:
        return false;
      case Outcome::kRetry:
      case Outcome::kLater:
        return !traits_.parks;
      case Outcome::kHeld:
        return !event.decided;  // decided: parked, or about to be, and it goes along
      case Outcome::kPending:
        return true;
    }
    return true;
  });
  std::set<std::string> keys;  // that have left with them
  for (const EventPtr& event : leaving) keys.insert(event->state_key);
  for (const Slot& slot : batch->slots) keys.erase(slot.key);
  put_back(returning(std::move(leaving)));
  for (const std::string& key : keys) lanes_.release(key);
  if (!batch->events.empty()) handled_.push_back(std::move(batch));
}

void Pipeline::Machine::answered(Committed committed) {
  const std::size_t events = committed.batch->events.size();
  const double seconds = static_cast<double>(ports_.clock.steady_ms() - committed.batch->started_ms) / 1000.0;
  ports_.probe.batch_committed(events, committed.status, seconds);
  if (committed.status == CommitStatus::kUnavailable) {
    if (traits_.inside) committed.batch->reset_effects();
    postpone(std::move(committed.batch), false, committed.message);
    return;
  }
  --committing_;
  store_failures_ = 0;
  switch (committed.status) {
    case CommitStatus::kCommitted:
      GOFUTURE_FAULT_POINT("commit.answered");
      after_commit(*committed.batch);
      break;
    case CommitStatus::kRerun:
      after_rerun(std::move(committed.batch));
      break;
    case CommitStatus::kRefused:
      after_refusal(std::move(committed.batch), committed.message);
      break;
    case CommitStatus::kFenced:
      halted = committed.message;
      ports_.probe.log(Probe::Level::kError, "this function stops here: " + committed.message, nullptr);
      give_back(*committed.batch);
      break;
    case CommitStatus::kUnavailable:
      break;
  }
}

void Pipeline::Machine::after_commit(Batch& batch) {
  if (traits_.owns_offsets) note_committed(batch.positions);
  for (Slot& slot : batch.slots) {
    if (traits_.owns_offsets) continue;  // it has the rows in memory itself
    if (loads_ || slot.row.parked > 0) cache_.put(slot.key, std::move(slot.row));
    else cache_.forget(slot.key);
  }
  for (EventPtr& event : batch.events) {
    if (event->verdict == Verdict::kRepeat) event->outcome = Outcome::kSkip;
    end(std::move(event));
  }
  for (const Slot& slot : batch.slots) lanes_.release(slot.key);
}

// Nothing was written. What the store found out is taken over, the rest is handled again on fresh rows.
void Pipeline::Machine::after_rerun(BatchPtr batch) {
  for (const Slot& slot : batch->slots) cache_.forget(slot.key);
  if (traits_.inside) judge_failures(*batch);
  for (EventPtr& event : batch->events) {
    auto decide = [&event](Outcome outcome, FailureClass failure, std::string why) {
      event->decided = true;
      event->outcome = outcome;
      event->failure = failure;
      event->message = std::move(why);
    };
    switch (event->verdict) {
      case Verdict::kRepeat:  // its outcome stands since before
        event->outcome = Outcome::kSkip;
#ifdef GOFUTURE_PLANT_DOUBLE  // a planted bug: a repeat is taken for a new event
        event->verdict = Verdict::kNew;
        event->event_id.bytes[15] ^= 0x55;
        break;
#else
        end(std::move(event));
        continue;
#endif
      case Verdict::kTaken:  // who has it now settles it, and what stands behind it
        for (const EventPtr& behind : lanes_.take_due(event->state_key)) {
          bytes_ -= behind->record.bytes();
          drop_due(*behind);
        }
        drop_due(*event);
        leave_flight(*event);
        bytes_ -= event->record.bytes();
        event.reset();
        continue;
      case Verdict::kOtherContent:
        decide(Outcome::kReject, FailureClass::kIdempotency,
               "event " + event->event_id.text() + " has been seen with other content; its producer reuses an id");
        break;
      case Verdict::kExpired:
        decide(Outcome::kReject, FailureClass::kIdempotency,
               "the inbox day of event " + event->event_id.text() + " has been dropped: nobody can tell whether it was handled");
        break;
      case Verdict::kAhead:
        decide(Outcome::kReject, FailureClass::kCorrupted,
               "its fence field is more than 60 s ahead of the database's clock; the producer's clock is wrong");
        break;
      case Verdict::kOutdated:
        if (event->newest_us > batch->slots[event->slot].row.newest_us) {
          event->decided = false;  // only a neighbour in the batch is newer, and that one may still be refused: ask again alone
          event->batch_max = 1;
        } else {
          decide(Outcome::kSkip, FailureClass::kNone, "");
        }
        break;
      case Verdict::kNew:
        if (event->outcome == Outcome::kRetry || event->outcome == Outcome::kLater) {
          if (!traits_.parks) hold(*event);
          else if (traits_.inside) event->decided = true;  // what it did is undone; now it is parked, and what is behind it held
        }
        // Inside, a reject undid the transaction and stands. Outside it may have been said on a row that has moved: ask again.
        if (traits_.inside && event->outcome == Outcome::kReject) event->decided = true;
        break;
    }
  }
  give_back(*batch);
}

void Pipeline::Machine::after_refusal(BatchPtr batch, const std::string& why) {
  for (const Slot& slot : batch->slots) cache_.forget(slot.key);
  if (batch->events.size() == 1) {
    Event& event = *batch->events.front();
    event.decided = true;
    event.outcome = Outcome::kReject;
    event.failure = FailureClass::kBusiness;
    event.message = "the database refuses its effects: " + why;
    ports_.probe.log(Probe::Level::kError, event.message, &event);
  } else {
    const auto half = static_cast<std::uint32_t>(batch->events.size() / 2);
    for (const EventPtr& event : batch->events) event->batch_max = std::max<std::uint32_t>(1, half);
  }
  give_back(*batch);
}

// Every event that is still in the batch goes back to the front of its lane, in order, as if it had never left.
void Pipeline::Machine::give_back(Batch& batch) {
  std::erase(batch.events, nullptr);
  put_back(returning(std::move(batch.events)));
  for (const Slot& slot : batch.slots) lanes_.release(slot.key);
  if (traits_.owns_offsets) gather_round();
}

// Of events that leave their batch undone: those that still have a place here, as if they had never been handled.
std::vector<EventPtr> Pipeline::Machine::returning(std::vector<EventPtr> events) {
  std::vector<EventPtr> back;
  for (EventPtr& event : events) {
    leave_flight(*event);
    if (gone(*event)) {
      bytes_ -= event->record.bytes();  // its next owner handles it
      continue;
    }
    if (event->outcome == Outcome::kHeld) event->decided = false;  // whether its key is parked is asked again
    if (!event->decided) {
      event->outcome = Outcome::kPending;
      event->failure = FailureClass::kNone;
      event->verdict = Verdict::kNew;
    }
    back.push_back(std::move(event));
  }
  return back;
}

void Pipeline::Machine::put_back(std::vector<EventPtr> events) {
  std::map<std::string_view, std::vector<EventPtr>> by_key;
  for (EventPtr& event : events) {
    const std::string_view key = event->state_key;
    by_key[key].push_back(std::move(event));
  }
  for (auto& [key, of_key] : by_key) lanes_.put_back(std::move(of_key));
}

void Pipeline::Machine::postpone(BatchPtr batch, bool load, const std::string& why) {
  const std::int64_t wait =
      std::min(kStoreBackoffMaxMs, kStoreBackoffFirstMs << std::min<std::uint32_t>(store_failures_, 10));
  ++store_failures_;
  ports_.probe.log(Probe::Level::kWarn,
                   std::string(load ? "keys cannot be loaded" : "a batch may not be committed") + ": " + why +
                       "; nothing is lost, the same batch is tried again in " + std::to_string(wait) + " ms",
                   nullptr);
  postponed_.push_back({std::move(batch), ports_.clock.steady_ms() + wait, load});
}

void Pipeline::Machine::end(EventPtr event) {
  leave_flight(*event);
  bytes_ -= event->record.bytes();
  progress_ms_ = ports_.clock.steady_ms();
#ifdef GOFUTURE_PLANT_LAG  // a planted bug: an event that was parked is not done for its partition
  if (!stays(event->outcome))
#endif
  if (Partition* partition = current(*event)) partition->positions.finish(event->record.offset);
  if (event->timer > 0) GOFUTURE_FAULT_POINT("timers.fired");
  drop_due(*event);
  // Its attempts are durable with its outcome, or with its parked row. A repeat says nothing: the event may be parked, strikes and all.
  if (ports_.strikes != nullptr && event->verdict != Verdict::kRepeat) ports_.strikes->ended(*event);
  if (!stays(event->outcome)) {
    ports_.probe.done(*event);
    return;
  }
  if (event->outcome != Outcome::kHeld) expect_due(event->wait_ms);
  if (is_due(*event))  // what was given out behind it waits for its turn with the store
    for (const EventPtr& behind : lanes_.take_due(event->state_key)) {
      bytes_ -= behind->record.bytes();
      drop_due(*behind);
    }
  ports_.probe.parked(*event);
}

void Pipeline::Machine::leave_flight(const Event& event) {
  --in_flight_;
  if (Partition* partition = current(event)) --partition->in_flight;
}

Pipeline::Machine::Partition* Pipeline::Machine::current(const Event& event) {
  if (is_due(event)) return nullptr;
  const auto found = partitions_.find({event.record.topic, event.record.partition});
  if (found == partitions_.end() || found->second.assignment != event.assignment) return nullptr;
  return &found->second;
}

std::optional<std::int64_t> Pipeline::Machine::next_dispatch_wakeup() const {
  std::optional<std::int64_t> next = traits_.owns_offsets && round_over() ? rounds_.next_wake_ms() : lanes_.next_wake_ms();
  for (const Postponed& postponed : postponed_) next = next ? std::min(*next, postponed.due_ms) : postponed.due_ms;
  for (const auto& at : {next_claim(), company_due_ms_})
    if (at) next = next ? std::min(*next, *at) : *at;
  if (const auto at = breakers_.next_probe_ms(); at && lanes_.any_ready()) next = next ? std::min(*next, *at) : *at;
  return next;
}

Probe::Gauges Pipeline::Machine::gauges() const {
  Probe::Gauges now;
  now.waiting = lanes_.waiting() + rounds_.waiting();
  now.held = lanes_.held() + rounds_.held();
  now.in_flight = in_flight_;
  now.bytes = bytes_;
  now.partitions = partitions_.size();
  now.paused = paused_ ? partitions_.size() : 0;
  now.parked = parked_events_;
  now.parked_bytes = parked_bytes_;
  now.progress_ms = progress_ms_;
  return now;
}

}  // namespace gofuture
