#include "pipeline/batch.hpp"

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

OutgoingEnvelope outgoing_envelope(const Batch& batch, const Emission& emission, std::string_view function) {
  const Event& cause = *batch.events[emission.event];
  OutgoingEnvelope out;
  out.id = emission.id;
  out.source.reserve(9 + function.size());
  out.source.append("gofuture/").append(function);
  out.type = emission.type;
  out.subject = emission.subject;
  out.time = format_time_ms(emission.time_ms);
  out.correlationid = cause.envelope.correlationid.empty() ? emission.subject : std::string(cause.envelope.correlationid);
  out.causationid = cause.event_id.text();
  out.traceparent = emission.traceparent;
  out.tracestate = cause.envelope.tracestate;
  out.hops = cause.envelope.hops + 1;
  return out;
}

}  // namespace gofuture
