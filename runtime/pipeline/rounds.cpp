#include "pipeline/rounds.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace gofuture {
namespace {

TopicPartition place_of(const Event& event) { return {event.record.topic, event.record.partition}; }

}  // namespace

void Rounds::push(EventPtr event) {
  ++waiting_;
  queues_[place_of(*event)].push_back(std::move(event));
}

void Rounds::put_back(std::vector<EventPtr> events) {
  waiting_ += events.size();
  for (EventPtr& event : events) {
    auto& queue = queues_[place_of(*event)];
    const auto before = std::lower_bound(queue.begin(), queue.end(), event->record.offset,
                                         [](const EventPtr& one, std::int64_t offset) { return one->record.offset < offset; });
    queue.insert(before, std::move(event));
  }
}

std::vector<EventPtr> Rounds::next(std::size_t max, std::int64_t now_ms) {
  std::vector<EventPtr> round;
  std::unordered_map<std::string_view, TopicPartition> keys;  // which partition a key of this round belongs to
  std::size_t room = max;                                     // shrinks to what its events ask for
  auto next = queues_.upper_bound(turn_);
  for (std::size_t seen = 0; seen < queues_.size() && round.size() < room; ++seen, ++next) {
    if (next == queues_.end()) next = queues_.begin();
    auto& [at, queue] = *next;
    turn_ = at;
    bool goes_on = true;
    while (goes_on && !queue.empty()) {
      Event& event = *queue.front();
      const auto wanted = std::min<std::size_t>(room, event.batch_max);
      if (event.due_ms > now_ms || round.size() >= wanted) break;
      if (keys.emplace(event.state_key, at).first->second != at) break;
      room = wanted;
      event.due_ms = 0;
      goes_on = event.attempt == 1;
      round.push_back(std::move(queue.front()));
      queue.pop_front();
    }
  }
  waiting_ -= round.size();
  std::erase_if(queues_, [](const auto& entry) { return entry.second.empty(); });
  return round;
}

std::optional<std::int64_t> Rounds::next_wake_ms() const {
  std::optional<std::int64_t> first;
  for (const auto& [at, queue] : queues_)
    if (const auto due = queue.front()->due_ms; due > 0) first = first ? std::min(*first, due) : due;
  return first;
}

std::size_t Rounds::held() const {
  std::size_t events = 0;
  for (const auto& [at, queue] : queues_)
    if (queue.front()->due_ms > 0) events += queue.size();
  return events;
}

std::size_t Rounds::remove_if(const std::function<bool(const Event&)>& gone) {
  std::size_t bytes = 0;
  for (auto& [at, queue] : queues_) {
    const auto kept = std::stable_partition(queue.begin(), queue.end(), [&](const EventPtr& event) { return !gone(*event); });
    for (auto it = kept; it != queue.end(); ++it) bytes += (*it)->record.bytes();
    waiting_ -= static_cast<std::size_t>(std::distance(kept, queue.end()));
    queue.erase(kept, queue.end());
  }
  std::erase_if(queues_, [](const auto& entry) { return entry.second.empty(); });
  return bytes;
}

}  // namespace gofuture
