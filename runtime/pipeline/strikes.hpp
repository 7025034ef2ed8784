// Strikes: what earlier runs of the process left behind about a function's events. A strike is an end of the process that one
// event is to blame for (a crash, a hang, too much memory while it was handled): an attempt that no outcome has recorded. It
// counts until an outcome of the event is durable.
//
// An event with strikes runs alone, not before its backoff, so that other keys progress between two ends; after 1 + max_retries
// attempts it is a dead letter. An event that was in hand when nobody could be blamed only runs alone.
//
// Made before the pipeline, from what strike_file.hpp and postgres/strikes.hpp know. Pipeline's thread only.
//
//   Strikes strikes({{id, {.count = 2, .cause = "SIGSEGV"}}});
//   strikes.apply(event, plan.manifest().retry, clock.steady_ms());   // on its way into its lane
//   strikes.ended(event.event_id);                                    // its outcome is durable
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/uuid.hpp"
#include "manifest/manifest.hpp"
#include "pipeline/event.hpp"

namespace gofuture {

inline constexpr std::string_view kHang = "hang", kMemory = "memory";  // causes that are no signal

// One end of a process.
struct Strike {
  std::string function;
  Uuid event_id;
  std::string cause;       // "SIGSEGV", …, kHang, kMemory
  std::uint16_t topic = 0;  // index into the function's topics
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

// All of one event; count 0: it only runs alone.
struct EventStrikes {
  std::uint32_t count = 0;
  std::string cause;       // of the last one
};
using StrikesByEvent = std::unordered_map<Uuid, EventStrikes>;

class Strikes {
 public:
  using Forget = std::function<void(const Uuid&)>;  // where they are counted outside of the store's transaction
  explicit Strikes(StrikesByEvent of, Forget forget = {}) : of_(std::move(of)), forget_(std::move(forget)) {}

  // `event.attempt` is what it would be without strikes (1, or what its parked row says).
  void apply(Event& event, const Retry& retry, std::int64_t now_ms) const;
  void ended(const Event& event);
  bool empty() const { return of_.empty(); }

 private:
  StrikesByEvent of_;
  Forget forget_;
};

}  // namespace gofuture
