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

void apply_newest_fence(Batch& batch, bool coalesce) {
  for (Slot& slot : batch.slots) slot.newest_us = std::max(slot.newest_us, slot.row.newest_us);
  for (const EventPtr& event : batch.events)
    if (!event->decided && is_outdated(batch.slots[event->slot], *event)) decide_outdated(*event);
  if (!coalesce) return;

  std::vector<const Event*> newest(batch.slots.size(), nullptr);
  for (const EventPtr& event : batch.events) {
    if (event->decided) continue;
    const Event*& best = newest[event->slot];
    if (best == nullptr || event->newest_us > best->newest_us) best = event.get();
  }
  for (const EventPtr& event : batch.events)
    if (!event->decided && newest[event->slot] != event.get()) decide_outdated(*event);
}

}  // namespace gofuture
