// What waits with the store (parked events and timers) and comes back when it is due; and what a failed delivery means.
#include "pipeline/machine.hpp"

#include <algorithm>
#include <map>

#include "base/fault_point.hpp"
#include "pipeline/backoff.hpp"
#include "pipeline/holding.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kClaimEveryMs = 1'000;      // also without a hint: another replica may have parked, and gone
constexpr std::int64_t kClaimPauseMs = 50;         // so long what is due gathers behind a claim: each costs a round trip and a commit
constexpr std::int64_t kClaimAgainMs = 100;        // no room for more now, or the store could not be asked
constexpr std::int64_t kLeaseMarginMs = 10'000;    // on top of a handler's time

}  // namespace

// --- what a failed delivery means ---------------------------------------------------------------------------------------------

void Pipeline::Machine::judge_failures(Batch& batch) {
  const Retry& policy = plan_.manifest().retry;
  const std::int64_t now = ports_.clock.steady_ms();
  for (const EventPtr& event : batch.events) {
    if (event->decided) continue;
    if (event->outcome == Outcome::kOk || event->outcome == Outcome::kSkip || event->outcome == Outcome::kReject)
      tell_breaker(*event, breakers_.answered(event->dependency, now));
    if (event->outcome == Outcome::kLater) judge_later(*event);
    if (event->outcome != Outcome::kRetry && event->outcome != Outcome::kLater) continue;
    const bool counts = event->outcome == Outcome::kRetry || traits_.owns_offsets;  // there it holds its partition: not without end
    if (counts && policy.max_retries && event->attempt > static_cast<std::uint32_t>(*policy.max_retries)) {
      event->outcome = Outcome::kReject;
      event->message = "attempt " + std::to_string(event->attempt) + " of " + std::to_string(*policy.max_retries + 1) +
                       " failed: " + (event->message.empty() ? "no reason given" : event->message);
      continue;
    }
    event->wait_ms = std::max(backoff_ms(policy, event->attempt, event->event_id.bytes[15] * 37ULL),
                              event->outcome == Outcome::kLater ? breakers_.pause_ms(event->dependency, now) : 0);
    if (!traits_.parks) continue;  // hold() tells
    ports_.probe.log(Probe::Level::kWarn,
                     "attempt " + std::to_string(event->attempt) + " ended with " + name_of(event->outcome) + ": " +
                         (event->message.empty() ? "no reason given" : event->message) + "; parked with the events of its key behind it, "
                         "next attempt in " + std::to_string(event->wait_ms) + " ms",
                     event.get());
  }
}

void Pipeline::Machine::judge_later(Event& event) {
  const Breakers::Verdict verdict = breakers_.later(event.dependency, event.message, ports_.clock.steady_ms());
  tell_breaker(event, verdict.change);
  if (!verdict.counts) return;
  event.outcome = Outcome::kRetry;  // others succeed beside it: it is its own trouble
  event.failure = FailureClass::kTransient;
}

void Pipeline::Machine::tell_breaker(const Event& event, Breakers::Change change) {
  if (change == Breakers::Change::kNone) return;
  const bool opened = change == Breakers::Change::kOpened;
  const std::string dependency = event.dependency.empty() ? std::string(Breakers::kOwnWord) : event.dependency;
  told_half_retention_ = false;
  ports_.probe.breaker(dependency, opened);
  ports_.probe.log(opened ? Probe::Level::kError : Probe::Level::kInfo,
                   opened ? "the breaker of " + dependency + " is open: " + std::to_string(Breakers::kLatersToOpen) +
                                " events in a row say that it is down (" + event.message +
                                "). Nothing is dispatched but a probe now and then; events wait where they are, and no attempt is counted"
                          : "the breaker of " + dependency + " is closed again",
                   &event);
}

bool Pipeline::Machine::may_dispatch(std::int64_t now_ms) {
  if (!breakers_.open() || traits_.owns_offsets) return true;
  if (breakers_.probing() && in_flight_ == 0) breakers_.gave_up();  // it ended without a word about the dependency
  if (!told_half_retention_) {
    std::int64_t retention_ms = 0;  // the shortest of its topics
    for (const PlannedTopic& topic : plan_.topics())
      if (topic.topic->retention_ms > 0) retention_ms = retention_ms == 0 ? topic.topic->retention_ms : std::min(retention_ms, topic.topic->retention_ms);
    for (const BreakerState& state : breakers_.states(now_ms))
      if (retention_ms > 0 && state.open_for_ms > retention_ms / 2) {
        told_half_retention_ = true;
        ports_.probe.log(Probe::Level::kError,
                         "the breaker of " + state.dependency + " has been open for half of the time that Kafka keeps this function's events: " +
                             "they will be lost unless it answers, or the topics' retention grows", nullptr);
      }
  }
  return breakers_.probe_due(now_ms);
}

// A store that cannot park: the event waits here, its key behind it, and its position in front of it.
void Pipeline::Machine::hold(Event& event) {
  const bool counts = event.outcome == Outcome::kRetry || traits_.owns_offsets;
  event.due_ms = ports_.clock.steady_ms() + event.wait_ms;
  ports_.probe.log(Probe::Level::kWarn,
                   "attempt " + std::to_string(event.attempt) + " ended with " + name_of(event.outcome) + ": " +
                       (event.message.empty() ? "no reason given" : event.message) +
                       "; its key and its position wait, next attempt in " + std::to_string(event.wait_ms) + " ms",
                   &event);
  if (counts) ++event.attempt;
}

// What stands behind an event that comes again, or whose death holds, is not handled; and what was decided about it on a state
// without that event does not count.
void Pipeline::Machine::hold_behind_failed(Batch& batch) const {
  if (!traits_.parks) return;
#ifdef GOFUTURE_PLANT_OVERTAKE  // a planted bug: what stands behind an event that comes again does not wait for it
  return;
#endif
  std::vector<bool> failed(batch.slots.size(), false);
  for (const EventPtr& event : batch.events) {
    const bool of_its_own = event->failure == FailureClass::kCorrupted || event->failure == FailureClass::kIdempotency;
    if (failed[event->slot] && !of_its_own && event->verdict != Verdict::kRepeat) {
      event->outcome = Outcome::kHeld;
      event->decided = true;
    } else if (holds_its_key(*event, plan_.manifest())) {
      failed[event->slot] = true;
    }
  }
}

// --- behind parked events -----------------------------------------------------------------------------------------------------

bool Pipeline::Machine::hold_behind_parked(Batch& batch) const {
  if (!traits_.parks) return false;
  const bool by_newest = plan_.manifest().fence.has_value();  // there a younger event need not wait for an older one
  bool left = false;
  for (const EventPtr& event : batch.events) {
    if (!event->decided && !by_newest && !is_due(*event) && batch.slots[event->slot].row.parked > 0) {
      event->outcome = Outcome::kHeld;
      event->decided = true;
    }
    left = left || !event->decided;
  }
  return !left;
}

bool Pipeline::Machine::gone(const Event& event) {
  if (is_due(event)) return false;
  const Partition* partition = current(event);
  return partition == nullptr || partition->draining;
}

// --- what is due --------------------------------------------------------------------------------------------------------------

void Pipeline::Machine::claim() {
  const std::int64_t now = ports_.clock.steady_ms();
  if (!traits_.parks || claiming_ || now < next_claim_ms_) return;
  const auto bytes_max = static_cast<std::size_t>(plan_.manifest().bytes_max);
  if (bytes_ >= bytes_max) {
    next_claim_ms_ = now + kClaimAgainMs;
    return;
  }
  claiming_ = true;
  claimed_ms_ = now;
  ClaimRequest request;
  request.bytes = std::max<std::size_t>(1, std::min<std::size_t>(request.bytes, (bytes_max - bytes_) / 2));
  request.lease_ms = plan_.manifest().timeout_ms + kLeaseMarginMs;
  request.caught_up = caught_up();
  breakers_telling_ = breakers_.changes();
  if (breakers_telling_ != breakers_told_) request.breakers = breakers_.states(now);
  claim_bytes_ = request.bytes;
  ports_.store.claim(request);
}

void Pipeline::Machine::answered(Claimed claimed) {
  claiming_ = false;
  claim_bytes_ = 0;
  const std::int64_t now = ports_.clock.steady_ms();
  if (claimed.unavailable) {
    next_claim_ms_ = now + kClaimEveryMs;
    return;
  }
  breakers_told_ = breakers_telling_;
  parked_events_ = claimed.parked_events;
  parked_bytes_ = claimed.parked_bytes;
  const bool full = parked_bytes_ >= plan_.manifest().retry.parked_bytes;
  if (full != told_parked_full_) {
    told_parked_full_ = full;
    ports_.probe.log(full ? Probe::Level::kError : Probe::Level::kInfo,
                     full ? std::to_string(parked_events_) + " events are parked, " + std::to_string(parked_bytes_) +
                                " bytes: more than [retry] parked_bytes allows, so its partitions pause until some have ended"
                          : "fewer bytes are parked than [retry] parked_bytes allows: partitions go on",
                     nullptr);
  }
  next_claim_ms_ = now + std::clamp<std::int64_t>(claimed.next_ms.value_or(kClaimEveryMs), claimed_ms_ + kClaimPauseMs - now, kClaimEveryMs);
  if (stopped || halted) return;
  catch_up(claimed);

  // Of a key that is in hand already (its lease ran out here) nothing more is taken: it would come out of order.
  std::map<std::string, std::vector<EventPtr>> by_key;
  std::unordered_set<std::string> in_hand;
  for (const Due& due : claimed.events)
    if (due.parked > 0 ? in_hand_parked_.contains(due.parked) : in_hand_timers_.contains(due.timer)) in_hand.insert(due.state_key);
  for (Due& due : claimed.events) {
    if (in_hand.contains(due.state_key)) continue;
    const std::string key = due.state_key;
    auto event = admission_.admit_due(std::move(due));
    if (!event) {
      ports_.probe.log(Probe::Level::kError, "what waits for key \"" + key + "\" stays where it is: " + event.error().message(), nullptr);
      in_hand.insert(key);  // and what stands behind it
      continue;
    }
    if (ports_.strikes != nullptr) ports_.strikes->apply(**event, plan_.manifest().retry, now);
    by_key[key].push_back(std::move(*event));
  }
  for (auto& [key, events] : by_key) {
    if (events.front()->parked > 0) GOFUTURE_FAULT_POINT("parking.claimed");
    else GOFUTURE_FAULT_POINT("timers.claimed");
    for (const EventPtr& event : events) {
      (event->parked > 0 ? in_hand_parked_ : in_hand_timers_).insert(event->parked > 0 ? event->parked : event->timer);
      event->arrived_ms = now;
      bytes_ += event->record.bytes();
    }
    if (events.front()->parked > 0) {
      lanes_.put_front(std::move(events));
    } else {
      for (EventPtr& event : events) lanes_.push(std::move(event));  // a timer goes before nobody
    }
  }
}

void Pipeline::Machine::drop_due(const Event& event) {
#ifdef GOFUTURE_PLANT_STUCK  // a planted bug: what has been in hand once is taken to be in hand for ever
  if (stays(event.outcome)) return;
#endif
  if (event.parked > 0) {
    in_hand_parked_.erase(event.parked);
    if (event.outcome == Outcome::kOk || event.outcome == Outcome::kSkip || event.outcome == Outcome::kReject) next_claim_ms_ = std::min(next_claim_ms_, ports_.clock.steady_ms());  // its followers are due now
  } else if (event.timer > 0) {
    in_hand_timers_.erase(event.timer);
  }
}

void Pipeline::Machine::expect_due(std::int64_t wait_ms) {
  next_claim_ms_ = std::min(next_claim_ms_, std::max(ports_.clock.steady_ms() + wait_ms, claimed_ms_ + kClaimPauseMs));
}

std::optional<std::int64_t> Pipeline::Machine::next_claim() const {
  if (!traits_.parks || claiming_ || stopped || halted) return std::nullopt;
  return next_claim_ms_;
}

}  // namespace gofuture
