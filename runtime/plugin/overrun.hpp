// Overruns: a handler that does not come back from an event within its timeout, or that takes more memory for it than the
// manifest allows. A thread cannot be ended from outside, so the process has to be; the mark makes it a strike of that event.
//
// Time is counted in looks, each worth at most a second: a process that was frozen, or did not get to look, blames nobody. A wait
// of the host's (host_wait.hpp) that lasts from one look to the next is not counted.
// Memory is that of the process, so several events that are open at once may all seem to have grown: blame() takes the one
// whose thread touched most new pages.
//
//   OverrunWatch watch;                                        // one per handler; the watchdog's thread
//   const auto found = watch.look(slot, limits, {.elapsed_ms = 100, .memory = memory_in_use(), .memory_before = …});
//   if (found.mark) overruns.push_back({&slot, *found.mark, sentence, faults});
//   blame(overruns);                                           // and then _exit
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugin/strike_slot.hpp"

namespace gofuture {

struct Overrun {
  StrikeSlot* slot = nullptr;
  std::uint32_t mark = 0;      // kMarkHang or kMarkMemory
  std::string sentence = {};   // for the log
  std::uint64_t faults = 0;    // pages that its thread has touched since the batch came
};

// Marks the slots of those who are to blame.
void blame(const std::vector<Overrun>& overruns);

class OverrunWatch {
 public:
  struct Limits {
    std::int64_t timeout_ms = 0, memory = 0;
  };
  struct Look {
    std::int64_t elapsed_ms = 0;                  // since the last look
    std::int64_t memory = 0, memory_before = 0;   // of the process, now and at the last look
    std::uint64_t waits = 0;                      // HostWaits of the handler
  };
  struct Found {
    bool slow = false;                   // over half its timeout; said once for each event
    bool waits = false;                  // the host has waited for half its timeout; said once for each wait
    std::optional<std::uint32_t> mark;   // over a limit
    std::int64_t age_ms = 0, grown = 0;  // of what is in hand
    std::int64_t waited_ms = 0;
  };
  Found look(const StrikeSlot& slot, const Limits& limits, const Look& now);

 private:
  struct Work {  // what the thread does: an event, or what comes before, between and after the events of a batch
    std::uint64_t number = 0;
    bool open = false;
    std::int64_t batch_ms = 0;
    bool operator==(const Work&) const = default;
  };
  std::optional<Work> work_;
  std::int64_t age_ms_ = 0, memory_ = 0, waited_ms_ = 0;
  std::uint64_t waits_ = 0;
  bool told_ = false, told_waits_ = false;
};

}  // namespace gofuture
