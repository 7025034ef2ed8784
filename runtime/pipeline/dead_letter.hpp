// A dead letter: an event that ended badly, with the record whole, where it came from and why it ended; and the record that it
// becomes on its topic. Headers in the dialects that people's tools read: Spring's kafka_dlt-* (numbers as big-endian bytes) and
// KIP-1191's __dlq.errors.* (numbers as decimal text). Pure; the only place that writes these headers, whether the letter is an
// event of an at_least_once function or a row that the relay carries.
//
//   const DeadLetter letter = dead_letter_of(event, {.topic = "trips", .function = "refund", .group = "refund"});
//   sink.send(DeadLetterRecord(letter).record(), token);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/event.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

std::string dead_letter_topic(std::string_view topic, std::string_view function);

struct DeadLetterOrigin {
  std::string_view topic, function, group;
  std::int64_t epoch = 0;               // the deployment that gave up; 0: the function has none
};

// Views into the event or the row that it was made from.
struct DeadLetter {
  DeadLetterOrigin origin;
  std::int32_t partition = 0;
  std::int64_t offset = 0, timestamp_ms = 0;
  std::optional<std::string_view> key, value;
  std::vector<Header> headers;          // as the record had them
  Uuid event_id;
  std::int32_t redrive = 0;
  std::string_view failure, message;    // class and reason
  std::int32_t attempts = 0;
};
DeadLetter dead_letter_of(const Event& event, const DeadLetterOrigin& origin);

// Owns what is added; key, value and the original headers stay views into the letter's source.
class DeadLetterRecord {
 public:
  explicit DeadLetterRecord(const DeadLetter& letter);
  DeadLetterRecord(const DeadLetterRecord&) = delete;  // record() points into it
  DeadLetterRecord& operator=(const DeadLetterRecord&) = delete;
  const OutgoingRecord& record() const { return record_; }

 private:
  std::string topic_;
  std::vector<std::pair<std::string, std::string>> added_;
  OutgoingRecord record_;
};

}  // namespace gofuture
