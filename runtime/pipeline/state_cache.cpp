#include "pipeline/state_cache.hpp"

namespace gofuture {

const KeyRow* StateCache::find(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->row;
}

void StateCache::put(std::string_view key, KeyRow row) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    bytes_ -= found->second->bytes();
    found->second->row = std::move(row);
    entries_.splice(entries_.begin(), entries_, found->second);
  } else {
    entries_.push_front({std::string(key), std::move(row)});
    by_key_.emplace(std::string_view(entries_.front().key), entries_.begin());
  }
  bytes_ += entries_.front().bytes();
  while (bytes_ > bytes_max_ && !entries_.empty()) forget(entries_.back().key);
}

void StateCache::forget(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const auto entry = found->second;
  bytes_ -= entry->bytes();
  by_key_.erase(found);
  entries_.erase(entry);
}

}  // namespace gofuture
