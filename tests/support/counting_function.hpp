// CountingFunction: the function that tests run. It counts the events of its key in the key's state and emits one Counted per
// event that carries the event's id and the count, so that what it did can be read back from state and outbox alone:
// the counts of a key are 1, 2, 3, … in outbox order if and only if nothing was lost, doubled or torn.
//
// What it does about an event can be scripted: by a header of the record ("test-script", so that every rerun, every replica and
// the model read the same), or by a function of the test.
//   test-script: "skip" | "reject" | "erase" | "silent" | "retry=2" | "retry=2,reject" | "later" | "emit=3" | "timer=500" | "cancel"
//                | "own-timer=500" | "delay=500"
// "timer=500": sets the timer "alarm" for half a second later; "cancel" cancels it; when it comes it is counted like an event, and the cause
// that it emits is "timer of " and the event_id that set it. "own-timer=500": the same with a name that no other event has. "delay=500": what it emits leaves half a second later.
// "retry=2": the first two deliveries want to be retried. "later": as long as `dependency_down`. "silent": counts, emits nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/batch.hpp"
#include "pipeline/plan.hpp"

namespace gofuture::test {

struct Script {
  std::uint32_t retries = 0;
  bool later = false, reject = false, skip = false, erase = false;
  std::uint32_t emissions = 1;
  std::int64_t timer_ms = 0, own_timer_ms = 0, delay_ms = 0;
  bool cancel = false;

  static Script read(std::string_view text);
  static Script of(const Record& record);  // from the header; nothing special without it
};

// The state of a key: how many, and which in which order (a rolling hash over their ids).
struct Count {
  std::int64_t events = 0;
  std::uint64_t order = 0;

  void add(std::string_view ce_id);
  std::string text() const;
  static Count read(const std::optional<std::string>& state);
  bool operator==(const Count&) const = default;
};

std::string counted_data(std::string_view ce_id, std::int64_t count);  // {"cause":"…","count":n}
struct Counted {
  std::string cause;
  std::int64_t count = 0;
};
Counted read_counted(std::string_view data);

class CountingFunction {
 public:
  CountingFunction(const Plan& plan, std::uint64_t seed) : plan_(plan), ids_(seed) {}

  // Handles every event of the batch that is not decided, in order, as PluginHandlers does.
  void run(Batch& batch, std::int64_t unix_ms);

  bool dependency_down = false;
  bool knows_newest = true;  // false: leaves it to the store to see that an event is outdated
  // Overrides the header when it returns something.
  std::function<std::optional<Script>(const Event&)> script;
  // Where set, emissions are changed before they are kept (wrong topics, big payloads).
  std::function<void(const Event&, Emission&)> tamper;
  std::map<std::string, std::uint32_t> deliveries;  // by ce_id

 private:
  void apply(Batch& batch, std::uint32_t index, const Script& script, std::int64_t unix_ms);

  const Plan& plan_;
  UuidV7Generator ids_;
};

}  // namespace gofuture::test
