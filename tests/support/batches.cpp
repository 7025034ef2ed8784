#include "support/batches.hpp"

#include <algorithm>
#include <atomic>

#include "base/assert.hpp"
#include "event/json_pointer.hpp"

namespace gofuture::test {
namespace {

std::string state_key_of(const Subscription& subscription, const Event& event) {
  switch (subscription.key_from) {
    case Subscription::KeyFrom::kRecordKey: return std::string(event.record.key.value_or(""));
    case Subscription::KeyFrom::kSubject: return std::string(event.envelope.subject);
    case Subscription::KeyFrom::kData: break;
  }
  JsonReader reader;
  const auto key = reader.scalar(event.envelope.data, subscription.key_pointer);
  GOFUTURE_ASSERT(key, "a test record has its state key");
  return *key;
}

}  // namespace

EventPtr event_of(const Plan& plan, Record record) {
  auto event = std::make_unique<Event>();
  event->record = std::move(record);
  auto envelope = read_envelope(event->record);
  GOFUTURE_ASSERT(envelope, "event_of() is for valid records");
  event->envelope = std::move(*envelope);
  event->event_id = event->envelope.event_id();
  const PlannedTopic& topic = plan.topics().at(event->record.topic);
  const auto handled = topic.handled.find(event->envelope.type);
  GOFUTURE_ASSERT(handled != topic.handled.end(), "event_of() is for subscribed types");
  event->type = handled->second->type->name;
  event->digest = content_digest(event->type, event->record.key.value_or(""), event->envelope.data);
  event->state_key = state_key_of(*topic.subscription, *event);
  if (plan.manifest().fence) {
    JsonReader reader;
    const auto newest = reader.time_us(event->envelope.data, plan.manifest().fence->newest_pointer);
    GOFUTURE_ASSERT(newest, "a test record has its fence field");
    event->newest_us = *newest;
  }
  return event;
}

BatchPtr batch_of(const Plan& plan, std::vector<Record> records) {
  static std::atomic<std::uint64_t> batches = 0;  // several threads make batches for stores that race
  auto batch = std::make_unique<Batch>();
  batch->id = ++batches;
  for (Record& record : records) {
    EventPtr event = event_of(plan, std::move(record));
    const auto slot = std::find_if(batch->slots.begin(), batch->slots.end(), [&](const Slot& s) { return s.key == event->state_key; });
    event->slot = static_cast<std::uint32_t>(slot - batch->slots.begin());
    if (slot == batch->slots.end()) batch->slots.emplace_back().key = event->state_key;
    batch->events.push_back(std::move(event));
  }
  return batch;
}

}  // namespace gofuture::test
