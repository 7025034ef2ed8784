// The decisions of `fence = { newest = ... }` (DESIGN §4): an event applies only if its time is strictly greater than what its
// key has seen. Pure functions over a batch; no thread, no port.
//
// Two moments: before the handler is called, against what the store knows; and when an event is about to begin, against what
// earlier events of this batch have changed. Only an event that ended ok (or was coalesced away by a newer one) counts as
// seen: one that comes again must still find itself newer.
#pragma once

#include "pipeline/batch.hpp"

namespace gofuture {

// Marks what need not be handled: outcome skip, verdict outdated, decided. With `coalesce`, of several events of a key only
// the newest is left (of equal times the first).
void apply_newest_fence(Batch& batch, bool coalesce);

// Whether this event is not strictly newer than what its key has seen by now.
bool is_outdated(const Slot& slot, const Event& event);

// The key has now seen this event.
void mark_seen(Slot& slot, const Event& event);

}  // namespace gofuture
