#include "pipeline/lanes.hpp"

#include <algorithm>
#include <iterator>

#include "base/assert.hpp"

namespace gofuture {

Lanes::Lane& Lanes::lane(const std::string& key) {
  if (const auto found = lanes_.find(key); found != lanes_.end()) return *found->second;
  std::unique_ptr<Lane> fresh;
  if (spare_.empty()) {
    fresh = std::make_unique<Lane>();
  } else {
    fresh = std::move(spare_.back());
    spare_.pop_back();
  }
  fresh->key = key;
  Lane& made = *fresh;
  lanes_.emplace(std::string_view(made.key), std::move(fresh));
  return made;
}

void Lanes::discard(Lane& gone) {
  const auto found = lanes_.find(gone.key);
  std::unique_ptr<Lane> owned = std::move(found->second);
  lanes_.erase(found);
  if (spare_.size() < 1024) {
    owned->events.clear();
    owned->head = 0;
    owned->busy = owned->ready = false;
    owned->held_until = 0;
    spare_.push_back(std::move(owned));
  }
}

void Lanes::settle(Lane& lane) {
  if (lane.busy || lane.ready) return;
  if (lane.held_until != 0) {
    held_ -= lane.size();
    lane.held_until = 0;
  }
  if (lane.empty()) {
    discard(lane);
    return;
  }
  if (lane.front().due_ms > 0) {
    lane.held_until = lane.front().due_ms;
    held_ += lane.size();
    holds_.push({lane.held_until, lane.key});
    return;
  }
  lane.ready = true;
  ready_.push_back(&lane);
}

void Lanes::push(EventPtr event) {
  Lane& target = lane(event->state_key);
  ++waiting_;
  if (target.held_until != 0) ++held_;
#ifdef GOFUTURE_PLANT_LIFO  // a planted bug: the youngest event of a key goes first
  target.events.insert(target.events.begin() + static_cast<std::ptrdiff_t>(target.head), std::move(event));
#else
  target.events.push_back(std::move(event));
#endif
  if (target.held_until == 0) settle(target);
}

bool Lanes::would_wait(const std::string& key) const { return lanes_.contains(key); }

void Lanes::put_back(std::vector<EventPtr> events) {
  if (events.empty()) return;
  Lane& target = lane(events.front()->state_key);
  GOFUTURE_ASSERT(target.held_until == 0 && !target.ready, "events come back while their key is busy");
  waiting_ += events.size();
#ifdef GOFUTURE_PLANT_REORDER  // a planted bug: what must be tried again goes behind its followers
  target.events.insert(target.events.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
#else
  const auto at = target.events.begin() + static_cast<std::ptrdiff_t>(target.head);
  target.events.insert(at, std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
#endif
}

void Lanes::put_front(std::vector<EventPtr> events) {
  if (events.empty()) return;
  Lane& target = lane(events.front()->state_key);
  waiting_ += events.size();
  if (target.held_until != 0) held_ += events.size();
  const auto at = target.events.begin() + static_cast<std::ptrdiff_t>(target.head);
  target.events.insert(at, std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
  if (target.held_until == 0) settle(target);
}

std::vector<EventPtr> Lanes::take_due(const std::string& key) {
  std::vector<EventPtr> due;
  const auto found = lanes_.find(key);
  if (found == lanes_.end()) return due;
  Lane& lane = *found->second;
  GOFUTURE_ASSERT(lane.busy, "due events are taken back while a batch of their key ends");
  while (!lane.empty() && is_due(lane.front())) due.push_back(std::move(lane.events[lane.head++]));
  if (lane.empty()) {
    lane.events.clear();
    lane.head = 0;
  }
  waiting_ -= due.size();
  return due;
}

BatchPtr Lanes::take(std::size_t max, bool whole) {
  if (ready_.empty()) return nullptr;
  auto batch = std::make_unique<Batch>();
  batch->events.reserve(std::min(max, waiting_));
  batch->slots.reserve(std::min(max, ready_.size()));
  std::size_t room = max;  // shrinks to what its events ask for
  while (!ready_.empty() && batch->events.size() < room) {
    Lane& next = *ready_.front();
    if (std::min<std::size_t>(room, next.front().batch_max) <= batch->events.size()) break;  // it must stand with fewer
    ready_.pop_front();
    next.ready = false;
    next.busy = true;
    const auto slot = static_cast<std::uint32_t>(batch->slots.size());
    batch->slots.emplace_back().key = next.key;
    // Due events of a key stand before its others, and apart from them: they leave the parked rows in their own commit.
    const bool due = is_due(next.front());
    while (!next.empty() && next.front().due_ms == 0 && is_due(next.front()) == due) {
      const auto wanted = std::min<std::size_t>(room, next.front().batch_max);
      if (batch->events.size() >= wanted && !whole) break;
      room = wanted;
      EventPtr event = std::move(next.events[next.head++]);
      event->slot = slot;
      batch->events.push_back(std::move(event));
      --waiting_;
    }
    if (next.empty()) {
      next.events.clear();
      next.head = 0;
    } else if (next.head > 64 && next.head * 2 > next.events.size()) {
      next.events.erase(next.events.begin(), next.events.begin() + static_cast<std::ptrdiff_t>(next.head));
      next.head = 0;
    }
  }
  return batch;
}

void Lanes::release(const std::string& key) {
  const auto found = lanes_.find(key);
  GOFUTURE_ASSERT(found != lanes_.end() && found->second->busy, "only a busy key is released");
  found->second->busy = false;
  settle(*found->second);
}

void Lanes::wake(std::int64_t now_ms) {
  while (!holds_.empty() && holds_.top().due_ms <= now_ms) {
    const Hold due = holds_.top();
    holds_.pop();
    const auto found = lanes_.find(due.key);
    if (found == lanes_.end() || found->second->held_until != due.due_ms) continue;  // it went away meanwhile
    Lane& lane = *found->second;
    for (std::size_t i = lane.head; i < lane.events.size(); ++i)
      if (lane.events[i]->due_ms <= now_ms) lane.events[i]->due_ms = 0;
    settle(lane);
  }
}

std::optional<std::int64_t> Lanes::next_wake_ms() const {
  if (holds_.empty()) return std::nullopt;
  return holds_.top().due_ms;
}

std::size_t Lanes::remove_if(const std::function<bool(const Event&)>& gone) {
  std::size_t bytes = 0;
  for (const EventPtr& event : take_if(gone)) bytes += event->record.bytes();
  return bytes;
}

std::vector<EventPtr> Lanes::take_if(const std::function<bool(const Event&)>& wanted) {
  std::vector<EventPtr> taken;
  std::vector<Lane*> emptied;
  for (auto& [key, owned] : lanes_) {
    Lane& lane = *owned;
    const auto first = lane.events.begin() + static_cast<std::ptrdiff_t>(lane.head);
    const auto kept = std::stable_partition(first, lane.events.end(), [&](const EventPtr& event) { return !wanted(*event); });
    const auto removed = static_cast<std::size_t>(lane.events.end() - kept);
    if (removed == 0) continue;
    taken.insert(taken.end(), std::make_move_iterator(kept), std::make_move_iterator(lane.events.end()));
    lane.events.erase(kept, lane.events.end());
    waiting_ -= removed;
    if (lane.held_until != 0) held_ -= removed;
    if (lane.empty() && !lane.busy) emptied.push_back(&lane);
  }
  for (Lane* lane : emptied) {
    if (lane->ready) ready_.erase(std::find(ready_.begin(), ready_.end(), lane));
    lane->ready = false;
    discard(*lane);
  }
  return taken;
}

}  // namespace gofuture
