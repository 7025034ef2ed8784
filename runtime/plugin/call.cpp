#include "plugin/call.hpp"

#include <algorithm>
#include <exception>

#include "pipeline/holding.hpp"
#include "plugin/fatal_signals.hpp"
#include "plugin/fence.hpp"
#include "plugin/memory.hpp"
#include "plugin/text.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kAheadMs = 60'000;  // as the store allows, by the database's clock
constexpr std::size_t kTimerNameMax = 64;
constexpr std::int64_t kTimerMaxMs = 253'402'300'799'999;  // the end of the year 9999
constexpr std::int64_t kTimerAfterMaxMs = std::int64_t{36'525} * 86'400'000;
static_assert(kTimerType == GOFUTURE_TIMER_TYPE);

bool is_timer_name(std::string_view text) {
  return !text.empty() && text.size() <= kTimerNameMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

}  // namespace

// The wall. Nothing thrown on our side may cross it: it becomes the open event's retry.
struct BatchCall::Callbacks {
  template <class Work>
  static void guarded(const gofuture_call* call, const char* what, Work work) noexcept {
    if (call == nullptr || call->host == nullptr) return;
    BatchCall& host = of(call);
    try {
      if (host.on_my_thread()) return work(host);
      host.ports_.probe.log(Probe::Level::kError, std::string("function_misbehaving: ") + host.ports_.plan.manifest().name +
                            " called " + what + "() outside of handle() or from a thread of its own", nullptr);
    } catch (const std::exception& error) {
      host.spoiled_ = std::string("the host failed in ") + what + "(): " + error.what();
    }
  }

  static std::int32_t begin(const gofuture_call* call, std::uint32_t index) {
    bool begun = false;
    guarded(call, "begin", [&](BatchCall& host) { begun = host.begin(index); });
    return begun ? 1 : 0;
  }
  static gofuture_bytes state(const gofuture_call* call, std::uint32_t index, std::int32_t* present) {
    gofuture_bytes bytes{nullptr, 0};
    bool there = false;
    guarded(call, "state", [&](BatchCall& host) { bytes = host.state(index, there); });
    if (present != nullptr) *present = there ? 1 : 0;
    return bytes;
  }
  static void set_state(const gofuture_call* call, std::uint32_t index, gofuture_bytes state) {
    guarded(call, "set_state", [&](BatchCall& host) { host.change_state(index, view_of(state)); });
  }
  static void erase_state(const gofuture_call* call, std::uint32_t index) {
    guarded(call, "erase_state", [&](BatchCall& host) { host.change_state(index, std::nullopt); });
  }
  static std::int32_t emit(const gofuture_call* call, std::uint32_t index, const gofuture_emission* emission) {
    bool taken = false;
    guarded(call, "emit", [&](BatchCall& host) { taken = host.emit(index, emission); });
    return taken ? 0 : 1;
  }
  static void finish(const gofuture_call* call, std::uint32_t index, std::int32_t outcome, gofuture_bytes message) {
    guarded(call, "finish", [&](BatchCall& host) { host.finish(index, outcome, view_of(message)); });
  }
  static std::int32_t schedule(const gofuture_call* call, std::uint32_t index, gofuture_bytes name, std::int64_t at_ms) {
    bool taken = false;
    guarded(call, "schedule", [&](BatchCall& host) { taken = host.change_timer(index, "schedule", {0, std::string(view_of(name)), at_ms, std::nullopt}); });
    return taken ? 0 : 1;
  }
  static std::int32_t schedule_after(const gofuture_call* call, std::uint32_t index, gofuture_bytes name, std::int64_t after_ms) {
    bool taken = false;
    guarded(call, "schedule_after",
            [&](BatchCall& host) { taken = host.change_timer(index, "schedule_after", {0, std::string(view_of(name)), std::nullopt, after_ms}); });
    return taken ? 0 : 1;
  }
  static std::int32_t cancel(const gofuture_call* call, std::uint32_t index, gofuture_bytes name) {
    bool taken = false;
    guarded(call, "cancel", [&](BatchCall& host) { taken = host.change_timer(index, "cancel", {0, std::string(view_of(name)), std::nullopt, std::nullopt}); });
    return taken ? 0 : 1;
  }
  static std::int64_t now(const gofuture_call* call) {
    std::int64_t ms = 0;
    guarded(call, "now", [&](BatchCall& host) { ms = host.ports_.clock.unix_ms(); });
    return ms;
  }
};

BatchCall::BatchCall(const HandlerPorts& ports, StrikeSlot& strike_slot, std::uint64_t seed)
    : ports_(ports),
      fenced_(ports.plan.manifest().fence.has_value()),
      view_(ports.plan),
      emissions_(ports.plan, ports.clock, seed),
      http_(ports.http, ports.plan),
      sql_(),
      lookup_(ports.lookup, ports.plan),
      strike_slot_(strike_slot) {
  call_.struct_size = sizeof call_;
  call_.host = this;
  call_.begin = Callbacks::begin;
  call_.state = Callbacks::state;
  call_.set_state = Callbacks::set_state;
  call_.erase_state = Callbacks::erase_state;
  call_.emit = Callbacks::emit;
  call_.finish = Callbacks::finish;
  call_.schedule = Callbacks::schedule;
  call_.cancel = Callbacks::cancel;
  call_.now = Callbacks::now;
  call_.schedule_after = Callbacks::schedule_after;
}

void BatchCall::run(Batch& batch, Handler& handler, SqlSession* session) {
  batch_ = &batch;
  for (const EventPtr& event : batch.events) {
    if (event->decided) continue;
    event->outcome = Outcome::kPending;
    event->failure = FailureClass::kNone;
    event->message.clear();
  }
  coalesced_.clear();
  if (fenced_)
    apply_newest_fence(batch, ports_.plan.manifest().fence->coalesce, (ports_.clock.unix_ms() + kAheadMs) * 1'000, coalesced_);
  view_.show(batch);
  next_ = 0;
  open_ = last_closed_ = kNone;
  retried_ = false;
  blocked_.assign(batch.slots.size(), 0);
  sql_.enter(session);
  if (view_.size() > 0) {
    thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    take_in_hand();
    std::optional<std::string> escaped;
    {
      const InFunction here(strike_slot_);
      escaped = handler.handle(view_.batch(), call_);
    }
    settle(escaped);
    strike_slot_.events.store(0, std::memory_order_release);
    thread_.store(std::thread::id(), std::memory_order_relaxed);
  }
  // What was coalesced away counts as seen, also where the event that took its place did not end.
  for (const std::uint32_t index : coalesced_) mark_seen(slot(*batch.events[index]), *batch.events[index]);
  sql_.leave();
  batch_ = nullptr;
}

void BatchCall::take_in_hand() {
  const auto named = std::min<std::uint32_t>(view_.size(), StrikeSlot::kEvents);
  for (std::uint32_t i = 0; i < named; ++i) strike_slot_.ids[i] = event(i).event_id;
  strike_slot_.since_ms = ports_.clock.steady_ms();
  strike_slot_.thread = this_thread_number();
  strike_slot_.faults = page_faults_here();
  strike_slot_.events.store(view_.size(), std::memory_order_release);
}

void BatchCall::misbehaving(const std::string& what) {
  const Event* about = open_event();
  ports_.probe.log(Probe::Level::kError, "function_misbehaving: " + ports_.plan.manifest().name + " " + what, about);
  if (about != nullptr && spoiled_.empty()) spoiled_ = "the function " + what;
}

// --- begin and finish -------------------------------------------------------------------------------------------------------

bool BatchCall::begin(std::uint32_t index) {
  if (open_ != kNone) {
    misbehaving("began event " + std::to_string(index) + " before it finished event " + std::to_string(open_));
    close(GOFUTURE_RETRY, {});
  }
  if (index >= view_.size() || index < next_) {
    misbehaving("began event " + std::to_string(index) + (index < next_ ? " again or out of order" : ", which does not exist"));
    return false;
  }
  while (next_ < index) leave(next_++);
  next_ = index + 1;
  last_closed_ = kNone;  // its state may change from here on
  if (passes_over(event(index), slot(event(index)))) return false;
  open(index);
  return true;
}

// Whether the event must not be handled now; it has its outcome then.
bool BatchCall::passes_over(Event& event, Slot& slot) {
  if (sql_.aborted()) {  // the transaction is lost: whatever this event did would be lost with it
    retry_or_hold(next_ - 1, *sql_.aborted());
    return true;
  }
  if (blocked_[event.slot] != 0) {
    event.outcome = Outcome::kHeld;
    return true;
  }
  if (fenced_ && is_outdated(slot, event)) {
    event.outcome = Outcome::kSkip;  // not decided: on a rerun the one before it may be gone
    event.message = "an event of its key that is as new was handled before it";
    return true;
  }
  return false;
}

void BatchCall::open(std::uint32_t index) {
  open_ = index;
  const Event& now = event(index);
  const Slot& key = slot(now);
  before_.state_touched = false;
  before_.dirty = key.dirty;
  before_.newest_us = key.newest_us;
  before_.emissions = batch_->emissions.size();
  before_.timers = batch_->timers.size();
  refused_.clear();
  spoiled_.clear();
  sql_.begin_event();
  strike_slot_.in_flight.begin(now.event_id, now.record.topic, now.record.partition, now.record.offset, ports_.clock.steady_ms());
}

void BatchCall::finish(std::uint32_t index, std::int32_t outcome, std::string_view message) {
  if (open_ != kNone && index == open_) return close(outcome, message);
  if (open_ == kNone && index == last_closed_) {
    // It said two things about one event. Nothing has begun since, so the event can still come again.
    misbehaving("finished event " + std::to_string(index) + " twice");
    if (event(index).outcome == Outcome::kOk) undo();
    if (event(index).outcome != Outcome::kRetry)
      end_badly(event(index), Outcome::kRetry, FailureClass::kTransient, "the function finished this event twice");
    last_closed_ = kNone;
    return;
  }
  misbehaving("finished event " + std::to_string(index) + ", which is not open");
}

void BatchCall::close(std::int32_t outcome, std::string_view message) {
  strike_slot_.in_flight.end();
  Event& now = event(open_);
  // Rows that it changed would commit with the batch, although a skipped event has no effects. (After retry, reject and later
  // the store rolls the batch back by itself.)
  if (outcome == GOFUTURE_SKIP && sql_.wrote()) misbehaving("skipped an event after its SQL had changed rows; finish it with ok, or with reject to undo them");
  if (!refused_.empty()) {
    end_badly(now, Outcome::kReject, FailureClass::kBusiness, refused_);
  } else if (!spoiled_.empty()) {
    end_badly(now, Outcome::kRetry, FailureClass::kTransient, spoiled_);
  } else if (sql_.aborted()) {
    end_badly(now, Outcome::kRetry, FailureClass::kTransient, *sql_.aborted());
  } else {
    switch (outcome) {
      case GOFUTURE_OK: end_ok(now, slot(now)); break;
      case GOFUTURE_SKIP: end_badly(now, Outcome::kSkip, FailureClass::kNone, printable(message)); break;
      case GOFUTURE_RETRY: end_badly(now, Outcome::kRetry, FailureClass::kTransient, printable(message)); break;
      case GOFUTURE_REJECT: end_badly(now, Outcome::kReject, FailureClass::kBusiness, printable(message)); break;
      case GOFUTURE_LATER: end_badly(now, Outcome::kLater, FailureClass::kDependency, printable(message)); break;
      default:
        misbehaving("finished with the unknown outcome " + std::to_string(outcome));
        end_badly(now, Outcome::kRetry, FailureClass::kTransient, spoiled_);
    }
  }
  last_closed_ = open_;
  open_ = kNone;
}

void BatchCall::end_ok(Event& event, Slot& key) {
  event.outcome = Outcome::kOk;
  if (before_.state_touched) key.dirty = true;
  if (fenced_) mark_seen(key, event);
}

// Anything but ok: the effects go, and where the event comes again, or its death holds, its key waits for it.
void BatchCall::end_badly(Event& event, Outcome outcome, FailureClass failure, std::string message) {
  if (open_ != kNone) undo();
  event.outcome = outcome;
  event.failure = failure;
  event.message = std::move(message);
  if (holds_its_key(event, ports_.plan.manifest())) blocked_[event.slot] = 1;
  if (outcome == Outcome::kRetry || outcome == Outcome::kLater) {
    retried_ = true;
    // The function has seen what came of its requests, and asks to try again.
    for (JournaledCall& call : event.calls) {
      call.again = !call.answer.final();
      if (call.again) call.replayed = false;
    }
  }
}

void BatchCall::undo() {
  const std::uint32_t index = open_ != kNone ? open_ : last_closed_;
  Slot& key = slot(event(index));
  if (before_.state_touched) key.state = std::move(before_.state);
  before_.state_touched = false;
  key.dirty = before_.dirty;
  key.newest_us = before_.newest_us;
  batch_->emissions.erase(batch_->emissions.begin() + static_cast<std::ptrdiff_t>(before_.emissions), batch_->emissions.end());
  batch_->timers.erase(batch_->timers.begin() + static_cast<std::ptrdiff_t>(before_.timers), batch_->timers.end());
}

// --- what a library leaves behind -------------------------------------------------------------------------------------------

// An event that the function never began.
void BatchCall::leave(std::uint32_t index) {
  Event& left = event(index);
  if (blocked_[left.slot] != 0 || sql_.aborted()) return retry_or_hold(index, sql_.aborted().value_or(""));
  misbehaving("left event " + std::to_string(index) + " out");
  end_badly(left, Outcome::kRetry, FailureClass::kTransient, "the function did not begin this event");
}

// Nothing can be said about this event: it is held, and where nothing else will be retried it takes the retry, so that the
// trouble is counted somewhere.
void BatchCall::retry_or_hold(std::uint32_t index, const std::string& message) {
  Event& left = event(index);
  if (retried_) {
    left.outcome = Outcome::kHeld;
    blocked_[left.slot] = 1;
    return;
  }
  end_badly(left, Outcome::kRetry, FailureClass::kTransient, message);
}

void BatchCall::settle(const std::optional<std::string>& escaped) {
  if (escaped) {
    const std::string what = "threw from handle(): " + *escaped;
    misbehaving(what + "; no exception may leave a function library");
    if (open_ != kNone) {
      spoiled_ = "the function " + what;
      close(GOFUTURE_RETRY, {});
    }
    while (next_ < view_.size()) retry_or_hold(next_++, "the function " + what);
    return;
  }
  if (open_ != kNone) {
    misbehaving("returned without finishing event " + std::to_string(open_));
    close(GOFUTURE_RETRY, {});
  }
  while (next_ < view_.size()) leave(next_++);
}

// --- effects ----------------------------------------------------------------------------------------------------------------

bool BatchCall::in_event(std::uint32_t index, const char* what) {
  if (index == open_ && open_ != kNone) return true;
  misbehaving(std::string("called ") + what + "() for event " + std::to_string(index) + ", which is not open");
  return false;
}

gofuture_bytes BatchCall::state(std::uint32_t index, bool& present) {
  if (!in_event(index, "state")) return {nullptr, 0};
  const Slot& key = slot(event(index));
  present = key.state.has_value();
  return present ? bytes_of(*key.state) : gofuture_bytes{nullptr, 0};
}

void BatchCall::change_state(std::uint32_t index, std::optional<std::string_view> state) {
  if (!in_event(index, state ? "set_state" : "erase_state")) return;
  if (!ports_.stateful) return misbehaving("keeps state, but describes itself as one that does not (stateful = 0)");
  Slot& key = slot(event(index));
  std::optional<std::string> next;
  if (state) next.emplace(*state);  // first: the view may point into the state that goes
  if (!before_.state_touched) before_.state = std::move(key.state);
  before_.state_touched = true;
  key.state = std::move(next);
}

bool BatchCall::emit(std::uint32_t index, const gofuture_emission* emission) {
  if (!in_event(index, "emit")) return false;
  if (emission == nullptr || emission->struct_size < sizeof(gofuture_emission)) {
    misbehaving("emitted something that is no gofuture_emission");
    return false;
  }
  const auto ordinal = static_cast<std::uint32_t>(batch_->emissions.size() - before_.emissions);
  auto made = emissions_.make(event(index), view_.index_of(index), ordinal,
                              {view_of(emission->type), view_of(emission->data), view_of(emission->key), emission->delay_ms});
  if (!made) {
    if (refused_.empty()) refused_ = printable(made.error().message());
    return false;
  }
  if (batch_->emissions.empty()) batch_->emissions.reserve(view_.size());  // who emits once does so for most
  batch_->emissions.push_back(std::move(*made));
  return true;
}

bool BatchCall::change_timer(std::uint32_t index, const char* word, TimerChange change) {
  if (!in_event(index, word)) return false;
  if (!ports_.timers) {
    misbehaving("sets timers, but describes itself as one that does not (uses_timers = 0)");
    return false;
  }
  std::string wrong;
  if (!is_timer_name(change.name))
    wrong = "is no name for one: use 1 to 64 letters, digits, '_', '-' and '.'";
  else if (change.due_ms && (*change.due_ms < 0 || *change.due_ms > kTimerMaxMs))
    wrong = "for " + std::to_string(*change.due_ms) + " ms after 1970, which is not between that year and 9999";
  else if (change.after_ms && (*change.after_ms < 0 || *change.after_ms > kTimerAfterMaxMs))
    wrong = "for " + std::to_string(*change.after_ms) + " ms from now; that must be from 0 to 100 years";
  if (!wrong.empty()) {
    if (refused_.empty()) refused_ = "set or canceled a timer: \"" + printable(change.name, 100) + "\" " + wrong;
    return false;
  }
  change.event = view_.index_of(index);
  batch_->timers.push_back(std::move(change));
  return true;
}

}  // namespace gofuture
