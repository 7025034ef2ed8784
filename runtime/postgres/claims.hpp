// Claims of parked events and timers by one instance (columns claimed_by). A claim is a lease, which outlives a process that dies with
// it; the same instance gives back at its start what its last run held, and at its end what it still holds. A connection per call.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace gofuture {

struct GivenBack {
  std::int64_t parked = 0, timers = 0;
};

// All that `instance` has claimed is due at once, for anybody. Only while none of its functions runs: what is still in hand would be
// handled twice at a time, and one of the two for nothing. Rows that a dying session still has locked are left to their lease.
Result<GivenBack> give_back_claims(const std::string& conninfo, const std::string& instance);

}  // namespace gofuture
