// Rows of the postgres mode as tests see them: what the fake database holds and what a fixture reads from the real one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/uuid.hpp"
#include "pipeline/journaled_call.hpp"

namespace gofuture::test {

enum class InboxOutcome : int { kOk = 0, kSkip = 1, kDead = 2, kParked = 3 };  // as in the column

struct InboxRow {
  Digest digest;
  InboxOutcome outcome = InboxOutcome::kOk;
  int attempts = 0;
  std::int64_t epoch = 0;
};

struct OutboxRow {
  Uuid id;
  std::string source, key, type, topic, payload;  // aggregatetype, aggregateid, type, topic, payload
  std::string subject, time, correlationid, causationid, traceparent;  // "" when null
  std::string hops = "0";
  std::uint64_t transaction = 0;  // rows with the same number were written by one transaction
};

struct StoredKey {
  std::int64_t version = 0;
  std::int64_t epoch = 0;
  std::optional<std::int64_t> newest_us;
  int parked = 0;
  std::optional<std::string> state;
};

struct ParkedRow {
  std::string state_key;
  std::int64_t number = 0;
  std::optional<std::int64_t> due_us;  // microseconds since 1970
  bool held = false;
  std::uint32_t attempts = 0;
  std::string failure, message;        // of the last delivery
  Uuid event_id;
  Digest digest;
  std::string type;
  std::optional<std::int64_t> newest_us;
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int32_t redrive = 0;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::int64_t timestamp_ms = 0;
};

struct TimerRow {
  std::string state_key, name;         // as a fixture tells them
  std::int64_t number = 0;
  std::int64_t due_us = 0;
  std::int64_t claimed_until_us = 0;
  std::uint16_t topic = 0;
  std::int32_t partition = 0;
  std::string correlationid, causationid;
  std::uint32_t hops = 0;
};

struct DeadLetter {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int32_t redrive = 0;
  Uuid event_id;
  std::string type;
  std::optional<std::string> state_key;
  std::string failure;  // column `class`
  std::string message;
  int attempts = 0;
  std::int64_t epoch = 0;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::int64_t timestamp_ms = 0;
  std::string correlationid;
};

struct StoredCall {
  Digest digest;
  std::optional<CallAnswer> answer;  // nothing: no outcome has been committed since it was opened
  bool again = false;
};

}  // namespace gofuture::test
