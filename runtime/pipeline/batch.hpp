// Batch: the unit that travels through the ports: some events, the state of their keys, and the effects that the handler
// asked for. One owner at a time (pipeline, handler thread or store); moved, never shared.
//
// Invariants: events of one key stand in arrival order; one key is in at most one batch at a time, so batches never race.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event.hpp"
#include "pipeline/position.hpp"

namespace gofuture {

inline constexpr std::int64_t kNeverSeen = std::numeric_limits<std::int64_t>::min();

// One row of `keys`, as the store last told it.
struct KeyRow {
  std::int64_t version = 0;               // 0: there is no row
  std::int64_t epoch = 0;
  std::int64_t newest_us = kNeverSeen;
  std::int32_t parked = 0;                // events of this key that wait for their next attempt
  std::optional<std::string> state;       // nothing: the key has no state
};

// One state key of a batch.
struct Slot {
  std::string key;
  bool loaded = false;                    // `row` is what the store (or the cache of it) said
  KeyRow row;                             // before the batch: what the commit compares with
  std::optional<std::string> state;       // after the events handled so far
  std::int64_t newest_us = kNeverSeen;    // after the events handled so far
  bool dirty = false;                     // state or newest_us differ from `row` and must be written
};

struct Emission {
  std::uint32_t event = 0;                // index of the event that caused it
  std::uint32_t ordinal = 0;              // 0, 1, … within that event
  Uuid id;
  std::string_view type;                  // canonical (lives in the catalogue)
  std::string_view topic;                 // canonical (lives in the catalogue)
  std::string key, subject, data;
  std::string traceparent;
  std::int64_t time_ms = 0;               // ce_time: when the handler emitted it
  std::int64_t delay_ms = 0;              // > 0: leaves so long after its commit, by the store's clock
};

// A timer of the key that a handler set or canceled. A key has one timer of each name: setting it again moves it.
struct TimerChange {
  std::uint32_t event = 0;                // index of the event that caused it
  std::string name;
  std::optional<std::int64_t> due_ms;     // milliseconds since 1970, by the store's clock
  std::optional<std::int64_t> after_ms;   // or so long after the commit; neither: canceled
  bool canceled() const { return !due_ms && !after_ms; }
};

struct Batch {
  std::uint64_t id = 0;
  std::vector<EventPtr> events;
  std::vector<Slot> slots;
  std::vector<Emission> emissions;        // ordered by (event, ordinal)
  std::vector<TimerChange> timers;        // in the order in which they were asked for
  std::vector<Position> positions;        // for a store that owns the offsets: they commit with the effects
  bool asks_inbox = false;                // load() also rules the events that the inbox knows: they must not be handled again
  std::int64_t started_ms = 0;            // steady clock, for measuring
  bool stale = false;                     // effects of events that have been ruled out since stand in it: handle it again

  // Forgets effects and outcomes that a handler produced, so that the batch can be handled again; decided events stay so.
  void reset_effects();
  // Appends the other batch's events, slots and emissions (keys are disjoint): several handled batches, one commit.
  void absorb(Batch&& other);
  // Takes these events out, with what they emitted and the slots in which no event is left. State that they changed in a slot
  // that stays is not undone: take a key's events all or none.
  std::vector<EventPtr> take_out(const std::function<bool(const Event&)>& these);
};
using BatchPtr = std::unique_ptr<Batch>;

// The envelope of an emission: correlation from the cause (else the emission's subject), causation = the cause's event_id (of a timer: of
// the event that set it), one hop more. All its texts are views into the emission, its cause, `source` (of its function, as Plan::source()
// says it) and itself.
class EmissionEnvelope {
 public:
  EmissionEnvelope(const Batch& batch, const Emission& emission, std::string_view source);
  EmissionEnvelope(const EmissionEnvelope&) = delete;
  EmissionEnvelope& operator=(const EmissionEnvelope&) = delete;

  std::string_view id, source, type, subject, time, datacontenttype, correlationid, causationid, traceparent, tracestate, hops;

 private:
  std::array<char, 36> id_, cause_;
  std::array<char, 10> hops_;
  TimeText time_;
};

}  // namespace gofuture
