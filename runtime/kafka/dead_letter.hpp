// A dead letter: the original record, whole, with headers that say where it came from and why it ended. Written in the
// dialects that people's tools read: Spring's kafka_dlt-* (numbers as big-endian bytes) and KIP-1191's __dlq.errors.*
// (numbers as decimal text).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/batch.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

std::string dead_letter_topic(std::string_view topic, std::string_view function);

// Owns what it adds; key, value and the original headers are views into the event's record.
class DeadLetter {
 public:
  struct Origin {
    std::string_view topic, function, group;
  };
  DeadLetter(const Event& event, const Origin& origin);
  OutgoingRecord record() const;

 private:
  const Event& event_;
  std::string topic_;
  std::vector<Header> original_;
  std::vector<std::pair<std::string, std::string>> added_;
};

}  // namespace gofuture
