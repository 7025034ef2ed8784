#include "kafka/dead_letter.hpp"

#include <string_view>

namespace gofuture {
namespace {

constexpr std::size_t kMessageBytes = 8'192;  // the header budget of a dead-letter topic is finite

template <class Number>
std::string big_endian(Number number) {
  std::string bytes(sizeof number, '\0');
  for (std::size_t i = 0; i < sizeof number; ++i)
    bytes[sizeof number - 1 - i] = static_cast<char>((static_cast<std::uint64_t>(number) >> (8 * i)) & 0xff);
  return bytes;
}

// Headers of an earlier death (a redriven event that died again) make room for those of this one.
bool ours(std::string_view name) {
  return name.starts_with("kafka_dlt-") || name.starts_with("__dlq.errors.") || name == "kafka_deliveryAttempt" ||
         name.starts_with("gofuture-dead-");
}

}  // namespace

std::string dead_letter_topic(std::string_view topic, std::string_view function) {
  return std::string(topic) + "-" + std::string(function) + "-dlt";
}

DeadLetter::DeadLetter(const Event& event, const Origin& origin)
    : event_(event), topic_(dead_letter_topic(origin.topic, origin.function)) {
  const auto& record = event.record;
  for (auto& header : record.headers())
    if (!ours(header.name)) original_.push_back(header);
  const std::string message = event.message.substr(0, kMessageBytes);
  const std::string failure = name_of(event.failure);
  const auto add = [this](const char* name, std::string value) { added_.emplace_back(name, std::move(value)); };
  add("kafka_dlt-original-topic", std::string(origin.topic));
  add("kafka_dlt-original-partition", big_endian(record.partition));
  add("kafka_dlt-original-offset", big_endian(record.offset));
  add("kafka_dlt-original-timestamp", big_endian(record.timestamp_ms));
  add("kafka_dlt-original-timestamp-type", "CreateTime");
  add("kafka_dlt-original-consumer-group", std::string(origin.group));
  add("kafka_dlt-exception-fqcn", "gofuture." + failure);
  add("kafka_dlt-exception-message", message);
  add("kafka_deliveryAttempt", big_endian(static_cast<std::int32_t>(event.attempt)));
  add("__dlq.errors.topic", std::string(origin.topic));
  add("__dlq.errors.partition", std::to_string(record.partition));
  add("__dlq.errors.offset", std::to_string(record.offset));
  add("__dlq.errors.group", std::string(origin.group));
  add("__dlq.errors.delivery.count", std::to_string(event.attempt));
  add("__dlq.errors.message", message);
  add("gofuture-dead-function", std::string(origin.function));
  add("gofuture-dead-class", failure);
  add("gofuture-dead-event-id", event.event_id.text());
  add("gofuture-dead-redrive", std::to_string(event.redrive));
}

OutgoingRecord DeadLetter::record() const {
  OutgoingRecord out;
  out.topic = topic_;
  out.key = event_.record.key;
  out.value = event_.record.value;
  out.timestamp_ms = event_.record.timestamp_ms;
  out.headers.reserve(original_.size() + added_.size());
  for (const auto& header : original_) out.headers.emplace_back(header.name, header.value);
  for (const auto& [name, value] : added_) out.headers.emplace_back(name, value);
  return out;
}

}  // namespace gofuture
