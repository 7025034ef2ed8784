#include "pipeline/dead_letter.hpp"

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

// Never through the middle of a character.
std::string_view cut(std::string_view text) {
  if (text.size() <= kMessageBytes) return text;
  std::size_t end = kMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
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

DeadLetter dead_letter_of(const Event& event, const DeadLetterOrigin& origin) {
  DeadLetter letter;
  letter.origin = origin;
  letter.partition = event.record.partition;
  letter.offset = event.record.offset;
  letter.timestamp_ms = event.record.timestamp_ms;
  letter.key = event.record.key;
  letter.value = event.record.value;
  letter.headers = event.record.headers();
  letter.event_id = event.event_id;
  letter.redrive = event.redrive;
  letter.failure = name_of(event.failure);
  letter.message = event.message;
  letter.attempts = static_cast<std::int32_t>(event.attempt);
  return letter;
}

DeadLetterRecord::DeadLetterRecord(const DeadLetter& letter) : topic_(dead_letter_topic(letter.origin.topic, letter.origin.function)) {
  const std::string topic(letter.origin.topic), group(letter.origin.group), failure(letter.failure), message(cut(letter.message));
  const auto add = [this](const char* name, std::string value) { added_.emplace_back(name, std::move(value)); };
  add("kafka_dlt-original-topic", topic);
  add("kafka_dlt-original-partition", big_endian(letter.partition));
  add("kafka_dlt-original-offset", big_endian(letter.offset));
  add("kafka_dlt-original-timestamp", big_endian(letter.timestamp_ms));
  // `topics apply` makes every topic with the producer's time.
  add("kafka_dlt-original-timestamp-type", letter.timestamp_ms < 0 ? "NoTimestampType" : "CreateTime");
  add("kafka_dlt-original-consumer-group", group);
  add("kafka_dlt-exception-fqcn", "gofuture." + failure);
  add("kafka_dlt-exception-message", message);
  add("kafka_deliveryAttempt", big_endian(letter.attempts));
  add("__dlq.errors.topic", topic);
  add("__dlq.errors.partition", std::to_string(letter.partition));
  add("__dlq.errors.offset", std::to_string(letter.offset));
  add("__dlq.errors.group", group);
  add("__dlq.errors.delivery.count", std::to_string(letter.attempts));
  add("__dlq.errors.message", message);
  add("gofuture-dead-function", std::string(letter.origin.function));
  if (letter.origin.epoch > 0) add("gofuture-dead-epoch", std::to_string(letter.origin.epoch));
  add("gofuture-dead-class", failure);
  add("gofuture-dead-event-id", letter.event_id.text());
  add("gofuture-dead-redrive", std::to_string(letter.redrive));

  record_.topic = topic_;
  record_.key = letter.key;
  record_.value = letter.value;
  record_.timestamp_ms = letter.timestamp_ms;
  record_.headers.reserve(letter.headers.size() + added_.size());
  for (const Header& header : letter.headers)
    if (!ours(header.name)) record_.headers.emplace_back(header.name, header.value);
  for (const auto& [name, value] : added_) record_.headers.emplace_back(name, value);
}

}  // namespace gofuture
