#include "pipeline/batch.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace gofuture {

void Batch::reset_effects() {
  emissions.clear();
  timers.clear();
  stale = false;
  for (const EventPtr& event : events) {
    if (event->decided) continue;
    event->outcome = Outcome::kPending;
    event->failure = FailureClass::kNone;
    event->message.clear();
    event->verdict = Verdict::kNew;
  }
  for (Slot& slot : slots) {
    slot.state = slot.row.state;
    slot.newest_us = slot.row.newest_us;
    slot.dirty = false;
  }
}

void Batch::absorb(Batch&& other) {
  const auto first_event = static_cast<std::uint32_t>(events.size());
  const auto first_slot = static_cast<std::uint32_t>(slots.size());
  for (EventPtr& event : other.events) {
    event->slot += first_slot;
    events.push_back(std::move(event));
  }
  slots.insert(slots.end(), std::make_move_iterator(other.slots.begin()), std::make_move_iterator(other.slots.end()));
  for (Emission& emission : other.emissions) {
    emission.event += first_event;
    emissions.push_back(std::move(emission));
  }
  for (TimerChange& timer : other.timers) {
    timer.event += first_event;
    timers.push_back(std::move(timer));
  }
  stale = stale || other.stale;
  if (other.started_ms < started_ms) started_ms = other.started_ms;
}

std::vector<EventPtr> Batch::take_out(const std::function<bool(const Event&)>& these) {
  if (std::none_of(events.begin(), events.end(), [&](const EventPtr& event) { return these(*event); })) return {};
  constexpr std::uint32_t kGone = ~0U;
  std::vector<EventPtr> taken, kept;
  std::vector<std::uint32_t> event_place(events.size(), kGone), slot_place(slots.size(), kGone);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (these(*events[i])) {
      taken.push_back(std::move(events[i]));
      continue;
    }
    event_place[i] = static_cast<std::uint32_t>(kept.size());
    slot_place[events[i]->slot] = 0;
    kept.push_back(std::move(events[i]));
  }
  events = std::move(kept);

  std::vector<Slot> kept_slots;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slot_place[i] == kGone) continue;
    slot_place[i] = static_cast<std::uint32_t>(kept_slots.size());
    kept_slots.push_back(std::move(slots[i]));
  }
  slots = std::move(kept_slots);
  for (const EventPtr& event : events) event->slot = slot_place[event->slot];

  const auto follow = [&](auto& effects) {
    std::erase_if(effects, [&](const auto& effect) { return event_place[effect.event] == kGone; });
    for (auto& effect : effects) effect.event = event_place[effect.event];
  };
  follow(emissions);
  follow(timers);
  return taken;
}

EmissionEnvelope::EmissionEnvelope(const Batch& batch, const Emission& emission, std::string_view the_source)
    : id_(emission.id.characters()) {
  const Event& cause = *batch.events[emission.event];
  id = {id_.data(), id_.size()};
  source = the_source;
  type = emission.type;
  subject = emission.subject;
  time = format_time_ms(emission.time_ms, time_);
  datacontenttype = "application/json";
  correlationid = cause.envelope.correlationid.empty() ? std::string_view(emission.subject) : cause.envelope.correlationid;
  causationid = cause_of(cause, cause_);
  traceparent = emission.traceparent;
  tracestate = cause.envelope.tracestate;
  const auto end = std::to_chars(hops_.data(), hops_.data() + hops_.size(), cause.envelope.hops + 1).ptr;
  hops = {hops_.data(), static_cast<std::size_t>(end - hops_.data())};
}

}  // namespace gofuture
