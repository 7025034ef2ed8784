#include "plugin/overrun.hpp"

#include <algorithm>

namespace gofuture {
namespace {

constexpr std::int64_t kLookMs = 1'000;  // the most that one look is worth

}  // namespace

void blame(const std::vector<Overrun>& overruns) {
  const Overrun* greediest = nullptr;
  for (const Overrun& one : overruns) {
    if (one.mark == kMarkHang) one.slot->mark = kMarkHang;
    else if (greediest == nullptr || one.faults > greediest->faults) greediest = &one;
  }
  if (greediest != nullptr) greediest->slot->mark = kMarkMemory;
}

OverrunWatch::Found OverrunWatch::look(const StrikeSlot& slot, const Limits& limits, const Look& now) {
  const bool waits = now.waits % 2 == 1 && now.waits == waits_;
  waits_ = now.waits;
  if (!waits) {
    waited_ms_ = 0;
    told_waits_ = false;
  }
  const Work work{slot.in_flight.number(), slot.in_flight.now().has_value(), slot.since_ms};
  if (slot.events == 0) {
    work_.reset();
    return {};
  }
  if (work_ != work) {  // it came after the last look
    work_ = work;
    age_ms_ = 0;
    memory_ = now.memory_before;
    told_ = false;
  } else {
    (waits ? waited_ms_ : age_ms_) += std::min(now.elapsed_ms, kLookMs);
  }
  Found found;
  found.age_ms = age_ms_;
  found.grown = now.memory - memory_;
  if (age_ms_ > limits.timeout_ms) found.mark = kMarkHang;
  if (found.grown > limits.memory) found.mark = kMarkMemory;
  found.slow = !told_ && age_ms_ > limits.timeout_ms / 2;
  told_ = told_ || found.slow;
  found.waited_ms = waited_ms_;
  found.waits = !told_waits_ && waited_ms_ > limits.timeout_ms / 2;
  told_waits_ = told_waits_ || found.waits;
  return found;
}

}  // namespace gofuture
