#include "plugin/fence.hpp"

#include <algorithm>

namespace gofuture {
namespace {

void decide_outdated(Event& event) {
  event.outcome = Outcome::kSkip;
  event.verdict = Verdict::kOutdated;
  event.decided = true;
}

}  // namespace

bool is_outdated(const Slot& slot, const Event& event) {
  const std::int64_t seen = std::max(slot.newest_us, slot.row.newest_us);
  return seen != kNeverSeen && event.newest_us <= seen;
}

void mark_seen(Slot& slot, const Event& event) {
  if (is_outdated(slot, event)) return;
  slot.newest_us = event.newest_us;
  slot.dirty = true;
}

void apply_newest_fence(Batch& batch, bool coalesce, std::int64_t trusted_until_us, std::vector<std::uint32_t>& coalesced) {
  coalesced.clear();
  for (Slot& slot : batch.slots) slot.newest_us = std::max(slot.newest_us, slot.row.newest_us);
  for (const EventPtr& event : batch.events)
    if (!event->decided && is_outdated(batch.slots[event->slot], *event)) decide_outdated(*event);
  if (!coalesce) return;

  const auto takes_part = [&](const Event& event) { return !event.decided && event.newest_us <= trusted_until_us; };
  std::vector<const Event*> newest(batch.slots.size(), nullptr);
  for (const EventPtr& event : batch.events) {
    if (!takes_part(*event)) continue;
    const Event*& best = newest[event->slot];
    if (best == nullptr || event->newest_us > best->newest_us) best = event.get();
  }
  for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
    Event& event = *batch.events[i];
    if (!takes_part(event) || newest[event.slot] == &event) continue;
    event.outcome = Outcome::kSkip;
    event.message = "a newer event of its key stands in the same batch";
    coalesced.push_back(i);
  }
}

}  // namespace gofuture
