// Dead letters as other people's tools read them. Each reader knows one dialect and nothing of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gofuture::test {

using RecordHeaders = std::vector<std::pair<std::string, std::optional<std::string>>>;

struct ReadDeadLetter {
  std::string topic, group, message;
  std::int64_t partition = -1, offset = -1, attempts = -1;
};

// The last one of a name, as Kafka's Headers.lastHeader() takes it.
inline std::string last_header(const RecordHeaders& headers, const std::string& name) {
  const std::optional<std::string>* found = nullptr;
  for (const auto& [one, value] : headers)
    if (one == name) found = &value;
  if (found == nullptr || !*found) throw std::runtime_error("no header " + name);
  return **found;
}

// As ByteBuffer.getInt() and getLong(): exactly so many bytes, the highest first.
inline std::int64_t java_number(const std::string& bytes, std::size_t size) {
  if (bytes.size() != size) throw std::runtime_error("a number of " + std::to_string(bytes.size()) + " bytes");
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return size == 4 ? static_cast<std::int32_t>(value) : static_cast<std::int64_t>(value);
}

// Spring Kafka: KafkaHeaders.DLT_*.
struct SpringDeadLetter : ReadDeadLetter {
  std::int64_t timestamp = -1;
  std::string timestamp_type, exception;
};
inline SpringDeadLetter read_as_spring(const RecordHeaders& headers) {
  SpringDeadLetter letter;
  letter.topic = last_header(headers, "kafka_dlt-original-topic");
  letter.partition = java_number(last_header(headers, "kafka_dlt-original-partition"), 4);
  letter.offset = java_number(last_header(headers, "kafka_dlt-original-offset"), 8);
  letter.timestamp = java_number(last_header(headers, "kafka_dlt-original-timestamp"), 8);
  letter.timestamp_type = last_header(headers, "kafka_dlt-original-timestamp-type");
  letter.group = last_header(headers, "kafka_dlt-original-consumer-group");
  letter.exception = last_header(headers, "kafka_dlt-exception-fqcn");
  letter.message = last_header(headers, "kafka_dlt-exception-message");
  letter.attempts = java_number(last_header(headers, "kafka_deliveryAttempt"), 4);
  return letter;
}

// KIP-1191: __dlq.errors.*, numbers as decimal text.
inline ReadDeadLetter read_as_kip_1191(const RecordHeaders& headers) {
  ReadDeadLetter letter;
  letter.topic = last_header(headers, "__dlq.errors.topic");
  letter.partition = std::stoi(last_header(headers, "__dlq.errors.partition"));
  letter.offset = std::stoll(last_header(headers, "__dlq.errors.offset"));
  letter.group = last_header(headers, "__dlq.errors.group");
  letter.attempts = std::stoi(last_header(headers, "__dlq.errors.delivery.count"));
  letter.message = last_header(headers, "__dlq.errors.message");
  return letter;
}

}  // namespace gofuture::test
