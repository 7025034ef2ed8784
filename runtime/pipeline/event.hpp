// Event: one record on its way through a function's pipeline, from poll to "done", with what was decided about it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/uuid.hpp"
#include "event/envelope.hpp"
#include "event/record.hpp"
#include "pipeline/journaled_call.hpp"

namespace gofuture {

enum class Outcome : std::uint8_t {
  kPending,  // not handled yet
  kOk,
  kSkip,     // nothing to do: a repeat, or older than what the key has seen
  kRetry,    // transient: try again later
  kReject,   // terminal: dead letter
  kLater,    // a dependency is down: try again without counting an attempt
  kHeld,     // not handled because an earlier event of its key did not end
};

enum class FailureClass : std::uint8_t { kNone, kCorrupted, kBusiness, kIdempotency, kTransient, kDependency, kCrash };

// What the store knows about an event that the pipeline could not know.
enum class Verdict : std::uint8_t {
  kNew,
  kRepeat,        // this event_id with this content has its outcome already
  kOtherContent,  // this event_id has been seen with another digest
  kOutdated,      // fence newest: the key has seen this time or a later one
  kAhead,         // fence newest: more than 60 s ahead of the database's clock
  kExpired,       // the inbox day of this event_id has been dropped: nobody can tell whether it is a repeat
  kTaken,         // a parked event or a timer that another replica has brought on meanwhile, or that has been set anew
};

const char* name_of(Outcome outcome);            // "ok", "skip", "retry", "reject", "later", "held", "pending"
const char* name_of(FailureClass failure);       // "corrupted", "business", "idempotency", "transient", ...

// The type under which a function is handed a timer that is due; its data is {"name": …, "due_at": …}.
inline constexpr std::string_view kTimerType = "gofuture.timer";

struct Event {
  Record record;
  Envelope envelope;             // views into record; empty when the record could not be decoded
  Uuid event_id;
  Digest digest;
  std::string_view type;         // canonical (lives in the catalogue); empty when undecodable
  std::string state_key;
  std::int64_t newest_us = 0;    // value of the fence field, microseconds since 1970
  std::uint32_t attempt = 1;     // deliveries to the handler, this one included
  std::uint32_t strikes = 0;     // of those attempts: ends of the process that it is to blame for, see strikes.hpp
  std::int32_t redrive = 0;
  std::int64_t parked = 0;       // > 0: it comes from the parked rows of its key, and this is its number there
  std::uint32_t parked_attempts = 0;  // what its row said when it was claimed: the claim stands while it still does
  std::int64_t timer = 0;        // > 0: it is a timer that is due (type kTimerType), and this is its number
  std::uint32_t slot = 0;        // index into the batch's slots
  std::uint32_t batch_max = ~0U; // after a refused commit: how many events may stand with it
  std::uint32_t assignment = 0;  // of its partition to this pipeline: an older one no longer moves positions
  std::int64_t arrived_ms = 0;   // steady clock
  std::int64_t due_ms = 0;       // steady clock: not before (an event that is held after `retry`)
  std::int64_t wait_ms = 0;      // after `retry` and `later`: how long until the next delivery

  Outcome outcome = Outcome::kPending;
  FailureClass failure = FailureClass::kNone;
  std::string message;           // why, for retry and reject
  bool decided = false;          // the outcome stands before the handler: it must not be called for this event
  Verdict verdict = Verdict::kNew;
  std::string dependency;        // origin of its last HTTP request; empty: it made none
  std::vector<JournaledCall> calls;  // unsafe requests that were made for it; they stay when it is handled again
};
using EventPtr = std::unique_ptr<Event>;

// It came from the store, not from a partition: a parked event or a timer.
inline bool is_due(const Event& event) { return event.parked > 0 || event.timer > 0; }
// The id of the event that is named as the cause of what this one does. A timer's own id stands in no log: the event that set it does.
// A view into the event, or into `room`.
inline std::string_view cause_of(const Event& event, std::array<char, 36>& room) {
  if (event.type == kTimerType) return event.envelope.causationid;
  room = event.event_id.characters();
  return {room.data(), room.size()};
}
// ce_source of what a function emits, its timers too.
inline std::string source_of(std::string_view function) { return std::string("gofuture/").append(function); }
// It does not end with this commit: the store keeps it.
inline bool stays(Outcome outcome) { return outcome == Outcome::kRetry || outcome == Outcome::kLater || outcome == Outcome::kHeld; }

}  // namespace gofuture
