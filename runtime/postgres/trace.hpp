// Trace: what happened under one correlation id, as a tree: events, under each event the functions that reacted to it, under
// each reaction the events that it emitted, and what still waits: parked events, timers that are set, events that leave later.
// Joined from the outbox, the inbox, the dead letters, the parked rows, the timers and the journal of HTTP calls, so it reaches as far
// back as those are kept (outbox: its retention; inbox: its window).
//
// Events that did not come from our outbox (a phone that writes to Kafka itself) have no row anywhere; they are known by what
// they caused, and stand in the tree as "outside" roots.
//
//   auto trace = read_trace(settings.postgres, "b-7f3a");     // one connection, read-only, one snapshot
//   std::cout << trace_text(*trace);                          // trace_text.hpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

// --- what the tables say ------------------------------------------------------------------------------------------------

struct TraceRows {
  struct Outbox {
    std::string id, type, topic, source, key, subject, causation;
    std::int64_t time_us = 0;     // ce_time, else created_at
    std::int64_t created_us = 0;  // when its transaction began
    std::int64_t seq = 0;
    std::int64_t due_us = 0;      // > 0: it has not left yet (delayed_events), and will then
  };
  struct Inbox {
    std::string event_id, function;
    std::int64_t epoch = 0;
    std::int32_t outcome = 0, attempts = 0, redrive = 0;
    std::int64_t done_us = 0;
  };
  struct Dead {
    std::string event_id, function, type, topic, failure, message;
    std::int32_t attempts = 0;
    std::int64_t epoch = 0, dead_us = 0;
  };
  struct Call {  // an unsafe HTTP request, by the journal
    std::string event_id, function, call, method, url, error;
    std::optional<std::int32_t> status;
    std::int64_t requested_us = 0, answered_us = 0;  // 0: what came of it is not known
  };
  struct Parked {
    std::string event_id, function, type, topic, failure, message;  // why its last attempt failed; "": none has been made
    std::int32_t attempts = 0;                                      // so far
    std::int64_t due_us = 0;                                        // 0: it waits behind another of its key, or is held
    std::int64_t parked_us = 0;
    bool held = false;                                              // it is dead, and its key waits for people
  };
  struct Timer {
    std::string causation, function, key, name;  // of the event that set it
    std::int64_t due_us = 0, set_us = 0;
  };
  std::vector<Outbox> outbox;
  std::vector<Inbox> inbox;
  std::vector<Dead> dead;
  std::vector<Call> calls;
  std::vector<Parked> parked;
  std::vector<Timer> timers;
};

// --- the tree -------------------------------------------------------------------------------------------------------------

struct TraceEvent;

struct TraceReaction {
  std::string function;
  std::string outcome;            // ok, skip, dead, parked; "": no row tells (a function without inbox, or its row is gone)
  std::int64_t epoch = 0;
  std::int32_t attempts = 0, redrive = 0;
  std::optional<std::int64_t> done_us;
  std::string dead_class, dead_message;  // of a dead letter
  std::optional<TraceRows::Parked> parked;  // it waits, or holds its key
  std::vector<TraceRows::Call> calls;       // oldest first
  std::vector<TraceRows::Timer> timers;     // set and not yet fired; the first due first
  std::vector<TraceEvent> emitted;
};

struct TraceEvent {
  std::string id;
  std::string type, topic, source, key;  // empty where nothing tells (an outside event)
  bool outside = false;
  std::int64_t at_us = 0;         // when it was written; of an outside event: when the first reaction to it was done
  std::int64_t due_us = 0;        // > 0: it leaves only then
  std::vector<TraceReaction> reactions;
};

struct Trace {
  std::string correlation_id;
  std::vector<TraceEvent> roots;  // oldest first
  std::size_t events = 0, dead = 0, parked = 0, timers = 0;
  bool cut_short = false;         // there are more rows than a trace shows
};

// Pure. Each event stands once, under the reaction that emitted it; whatever its causation says, the tree has no circle.
Trace build_trace(const std::string& correlation_id, const TraceRows& rows);

// An Error only for trouble with the database: a correlation id that nobody knows is a trace without roots.
Result<Trace> read_trace(const std::string& conninfo, const std::string& correlation_id);

}  // namespace gofuture
