// Lanes: the events that wait, one ordered queue per state key. A lane is ready (something waits, nobody works on its key),
// busy (its key is in a batch) or held (its first event must not be tried before a time). Pipeline's thread only.
//
//   lanes.push(std::move(event));
//   BatchPtr batch = lanes.take(500);        // ready lanes in turn; their keys are busy now
//   lanes.put_back(std::move(event));        // before the key's followers
//   lanes.release("booking-7");              // the key's batch has ended
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "pipeline/batch.hpp"

namespace gofuture {

class Lanes {
 public:
  void push(EventPtr event);
  // True when an event of this key would have to wait for others of its key.
  bool would_wait(const std::string& key) const;
  // Puts events of one key back in front of their lane, in this order (the key may be busy).
  void put_back(std::vector<EventPtr> events);
  // Events of one key that go before all that waits for it, whatever the key is doing now.
  void put_front(std::vector<EventPtr> events);
  // Takes the due events out that stand in front of the key's lane.
  std::vector<EventPtr> take_due(const std::string& key);
  // A batch of at most `max` events (fewer when an event asks to stand with fewer); null when nothing is ready.
  // With `whole` a lane that is begun is taken to its end (or to what is held), also beyond `max`.
  BatchPtr take(std::size_t max, bool whole = false);
  // The key's batch has ended.
  void release(const std::string& key);
  // Held lanes whose time has come become ready.
  void wake(std::int64_t now_ms);
  std::optional<std::int64_t> next_wake_ms() const;
  // Takes every waiting event for which `wanted` says so, a key's events in their order.
  std::vector<EventPtr> take_if(const std::function<bool(const Event&)>& wanted);
  // Removes every waiting event for which `gone` says so, and returns how many bytes went with them.
  std::size_t remove_if(const std::function<bool(const Event&)>& gone);

  bool any_ready() const { return !ready_.empty(); }
  std::size_t waiting() const { return waiting_; }  // held ones included
  std::size_t held() const { return held_; }        // events in held lanes

 private:
  struct Lane {
    std::string key;
    std::vector<EventPtr> events;  // from `head` on
    std::size_t head = 0;
    bool busy = false, ready = false;
    std::int64_t held_until = 0;   // 0: not held

    bool empty() const { return head == events.size(); }
    std::size_t size() const { return events.size() - head; }
    Event& front() const { return *events[head]; }
  };
  struct Hold {
    std::int64_t due_ms;
    std::string key;
    bool operator>(const Hold& other) const { return due_ms > other.due_ms; }
  };

  Lane& lane(const std::string& key);
  void settle(Lane& lane);  // makes a lane that is not busy ready, held or gone
  void discard(Lane& lane);

  boost::unordered_flat_map<std::string_view, std::unique_ptr<Lane>> lanes_;  // keyed by the lane's own text
  std::vector<std::unique_ptr<Lane>> spare_;                                  // emptied lanes keep their memory
  std::deque<Lane*> ready_;
  std::priority_queue<Hold, std::vector<Hold>, std::greater<>> holds_;
  std::size_t waiting_ = 0, held_ = 0;
};

}  // namespace gofuture
