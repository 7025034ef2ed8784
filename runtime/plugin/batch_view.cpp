#include "plugin/batch_view.hpp"

#include "plugin/text.hpp"

namespace gofuture {

void BatchView::show(const Batch& batch) {
  indexes_.clear();
  for (std::uint32_t i = 0; i < batch.events.size(); ++i)
    if (!batch.events[i]->decided && batch.events[i]->outcome == Outcome::kPending) indexes_.push_back(i);
  const std::size_t count = indexes_.size();
  if (events_.size() < count) {
    events_.resize(count);
    pointers_.resize(count);
    ids_.resize(count);
    for (std::size_t i = 0; i < count; ++i) pointers_[i] = &events_[i];
  }
  for (std::size_t i = 0; i < count; ++i)
    show_event(*batch.events[indexes_[i]], batch, events_[i], ids_[i]);
  batch_ = {};
  batch_.struct_size = sizeof(gofuture_batch);
  batch_.event_count = static_cast<std::uint32_t>(count);
  batch_.events = pointers_.data();
  batch_.key_count = static_cast<std::uint32_t>(batch.slots.size());
}

void BatchView::show_event(const Event& event, const Batch& batch, gofuture_event& out, Id& id) {
  const Envelope& envelope = event.envelope;
  id = event.event_id.characters();
  out = {};
  out.struct_size = sizeof(gofuture_event);
  out.attempt = event.attempt;
  out.hops = envelope.hops;
  out.late = event.redrive != 0 ? 1 : 0;
  out.topic = bytes_of(plan_.topics()[event.record.topic].topic->name);
  out.partition = event.record.partition;
  out.key_index = event.slot;
  out.offset = event.record.offset;
  out.timestamp_ms = event.record.timestamp_ms;
  out.id = {id.data(), id.size()};
  out.type = bytes_of(event.type);
  out.source = bytes_of(envelope.source);
  out.subject = bytes_of(envelope.subject);
  out.time = bytes_of(envelope.time);
  out.state_key = bytes_of(batch.slots[event.slot].key);
  out.record_key = bytes_of(event.record.key.value_or(std::string_view()));
  out.correlation_id = bytes_of(envelope.correlationid);
  out.causation_id = bytes_of(envelope.causationid);
  out.traceparent = bytes_of(envelope.traceparent);
  out.data = bytes_of(envelope.data);
}

}  // namespace gofuture
