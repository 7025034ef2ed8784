// The decisions of `fence = { newest = ... }` (DESIGN §4): an event applies only if its time is strictly greater than what its
// key has seen. Pure functions over a batch; no thread, no port.
//
// Two moments: before the handler is called, against what the store knows; and when an event is about to begin, against what
// earlier events of this batch have changed. Only an event that ended ok (or was coalesced away by a newer one) counts as
// seen: one that comes again must still find itself newer.
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/batch.hpp"

namespace gofuture {

// What need not be handled gets the outcome skip. What the row outdates stays so: verdict outdated, decided. What a newer event
// of this batch replaces (only with `coalesce`; of equal times the first is left) is listed in `coalesced` and not decided:
// should the store refuse the newer one, a rerun starts from all of them again. Times after trusted_until_us replace nothing:
// a phone with a wrong clock must not wipe out the true positions around it.
void apply_newest_fence(Batch& batch, bool coalesce, std::int64_t trusted_until_us, std::vector<std::uint32_t>& coalesced);

// Whether this event is not strictly newer than what its key has seen by now.
bool is_outdated(const Slot& slot, const Event& event);

// The key has now seen this event.
void mark_seen(Slot& slot, const Event& event);

}  // namespace gofuture
