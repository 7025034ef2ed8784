#include "pipeline/admission.hpp"

#include <simdjson.h>

namespace gofuture {
namespace {

void declare_corrupted(Event& event, std::string why) {
  event.decided = true;
  event.outcome = Outcome::kReject;
  event.failure = FailureClass::kCorrupted;
  event.message = std::move(why);
}

std::string place_of(const PlannedTopic& topic, const Record& record) {
  return topic.topic->name + "/" + std::to_string(record.partition) + "/" + std::to_string(record.offset);
}

// Before its key is known: a lane of its own.
Admission::Ruling corrupted(EventPtr event, const PlannedTopic& topic, std::string why) {
  event->state_key = place_of(topic, event->record);
  declare_corrupted(*event, std::move(why));
  return {std::move(event)};
}

}  // namespace

Admission::Ruling Admission::admit(Record record) {
  const PlannedTopic& topic = plan_.topics()[record.topic];
  auto event = std::make_unique<Event>();
  event->record = std::move(record);

  auto envelope = read_envelope(event->record);
  if (!envelope) {
    event->event_id = position_id(topic.topic->name, event->record.partition, event->record.offset);
    event->digest = content_digest("", event->record.key.value_or(""), event->record.value.value_or(""));
    return corrupted(std::move(event), topic, envelope.error().message());
  }
  event->envelope = std::move(*envelope);

  const auto handled = topic.handled.find(event->envelope.type);
  if (handled == topic.handled.end()) return {nullptr, !plan_.known_type(event->envelope.type)};
  const PlannedType& planned = *handled->second;
  event->type = planned.type->name;
  event->event_id = event->envelope.event_id();
  event->digest = content_digest(event->type, event->record.key.value_or(""), event->envelope.data);

  const auto size = static_cast<std::int64_t>(event->envelope.data.size());
  if (size > topic.topic->max_bytes)
    return corrupted(std::move(event), topic,
                     "the data is " + std::to_string(size) + " bytes, " + topic.topic->name + " allows " + std::to_string(topic.topic->max_bytes));
  if (planned.schema)
    if (auto valid = planned.schema->check(event->envelope.data); !valid)
      return corrupted(std::move(event), topic, "the data is no " + planned.type->name + ": " + valid.error().message());
  auto key = state_key(*event, topic);
  if (!key) return corrupted(std::move(event), topic, key.error().message());
  event->state_key = std::move(*key);
  if (const auto& fence = plan_.manifest().fence) {
    auto newest = json_.time_us(event->envelope.data, fence->newest_pointer);
    if (!newest) {
      declare_corrupted(*event, "the fence field " + fence->newest_pointer + ": " + newest.error().message());
      return {std::move(event)};
    }
    event->newest_us = *newest;
  }
  return {std::move(event)};
}

Result<EventPtr> Admission::admit_due(Due due) {
  const PlannedTopic& topic = plan_.topics()[due.record.topic];
  auto event = std::make_unique<Event>();
  event->record = std::move(due.record);
  auto envelope = read_envelope(event->record);
  if (!envelope) return envelope.error().within(place_of(topic, event->record));
  event->envelope = std::move(*envelope);
  if (event->envelope.type == kTimerType) {
    event->type = kTimerType;
  } else {
    const auto handled = topic.handled.find(event->envelope.type);
    if (handled == topic.handled.end())
      return Error("the manifest does not subscribe to " + std::string(event->envelope.type) + " on " + topic.topic->name +
                   " any more (" + place_of(topic, event->record) + "); add it again until its parked events have ended");
    event->type = handled->second->type->name;
  }
  event->state_key = std::move(due.state_key);
  event->event_id = due.event_id;
  event->digest = due.digest;
  event->attempt = due.attempts + 1;
  event->parked_attempts = due.attempts;
  event->redrive = due.redrive;
  event->parked = due.parked;
  event->timer = due.timer;
  if (const auto& fence = plan_.manifest().fence; fence && event->type != kTimerType)
    if (auto newest = json_.time_us(event->envelope.data, fence->newest_pointer)) event->newest_us = *newest;
  return event;
}

Result<std::string> Admission::state_key(const Event& event, const PlannedTopic& topic) {
  const Subscription& subscription = *topic.subscription;
  std::string key;
  switch (subscription.key_from) {
    case Subscription::KeyFrom::kRecordKey:
      if (!event.record.key || event.record.key->empty()) {
        if (plan_.manifest().mode == Mode::kAtLeastOnce || (plan_.manifest().mode == Mode::kKafka && !plan_.stateful))
          return place_of(topic, event.record);  // no state, so no key is needed: a lane of its own
        return Error("the record has no key, but state_key = \"key\"; its producer must send one");
      }
      key = *event.record.key;
      break;
    case Subscription::KeyFrom::kSubject:
      if (event.envelope.subject.empty())
        return Error("ce_subject is missing, but state_key = \"subject\"; its producer must send it");
      key = event.envelope.subject;
      break;
    case Subscription::KeyFrom::kData: {
      auto found = json_.scalar(event.envelope.data, subscription.key_pointer);
      if (!found) return found.error().within("state_key = \"data:" + subscription.key_pointer + "\"");
      key = std::move(*found);
      if (key.empty()) return Error("state_key = \"data:" + subscription.key_pointer + "\" is empty");
      break;
    }
  }
  if (key.size() > 512) return Error("the state key is " + std::to_string(key.size()) + " bytes long, 512 are allowed");
  if (key.find('\0') != std::string::npos || !simdjson::validate_utf8(key))
    return Error("the state key is not UTF-8 text; the store keeps keys as text");
  return key;
}

}  // namespace gofuture
