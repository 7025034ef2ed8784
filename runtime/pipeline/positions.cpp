#include "pipeline/positions.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace gofuture {

void PartitionPositions::begin(std::int64_t offset) {
  GOFUTURE_ASSERT(offset >= next_, "a source delivers each offset of an assignment once, ascending");
  open_.push_back({offset, false});
  next_ = offset + 1;
}

void PartitionPositions::finish(std::int64_t offset) {
  const auto at = std::lower_bound(open_.begin(), open_.end(), offset,
                                   [](const Entry& entry, std::int64_t wanted) { return entry.offset < wanted; });
  GOFUTURE_ASSERT(at != open_.end() && at->offset == offset && !at->finished, "an event finishes once, after it began");
  at->finished = true;
  while (!open_.empty() && open_.front().finished) open_.pop_front();
}

std::int64_t PartitionPositions::position() const {
#ifdef GOFUTURE_PLANT_COMMIT_PASSES  // a planted bug: the last finished event wins, not the first unfinished one
  for (auto entry = open_.rbegin(); entry != open_.rend(); ++entry)
    if (entry->finished) return entry->offset + 1;
#endif
  return open_.empty() ? next_ : open_.front().offset;
}

std::optional<std::int64_t> PartitionPositions::position_with(const std::vector<std::int64_t>& offsets) const {
  auto wanted = offsets.begin();
  std::int64_t position = next_;
  for (const Entry& entry : open_) {
    if (entry.finished) continue;
    if (wanted == offsets.end() || entry.offset != *wanted) {
      position = entry.offset;
      break;
    }
    ++wanted;
  }
  if (wanted != offsets.end()) return std::nullopt;
  return position;
}

}  // namespace gofuture
