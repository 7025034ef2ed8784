// Rounds: the events that wait for a store that owns the offsets, one queue per partition, in the order of their offsets. The
// position that commits with their effects says "everything before is done", so a transaction must hold the next events of a
// partition without a hole. A round is what one transaction will hold; the next begins when it has ended.
//
//   rounds.push(std::move(event));
//   for (EventPtr& event : rounds.next(500, now)) lanes.push(std::move(event));
//   rounds.put_back(std::move(events));   // what the round could not end, in any order
//
// What stops a partition's share of a round: an event that is not due yet (a retry holds its partition); an event that has been
// tried before (it ends the share, so that its followers are not handled in vain each time it fails); a key that already stands
// in the round over another partition (a slot then belongs to one partition). Pipeline's thread only.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "pipeline/event.hpp"
#include "pipeline/position.hpp"

namespace gofuture {

class Rounds {
 public:
  void push(EventPtr event);
  void put_back(std::vector<EventPtr> events);
  // At most `max` events (fewer when an event asks to stand with fewer), partitions in turn.
  std::vector<EventPtr> next(std::size_t max, std::int64_t now_ms);
  // When the first held partition may go on.
  std::optional<std::int64_t> next_wake_ms() const;
  // Removes every event for which `gone` says so, and returns how many bytes went with them.
  std::size_t remove_if(const std::function<bool(const Event&)>& gone);

  std::size_t waiting() const { return waiting_; }  // held ones included
  std::size_t held() const;                         // events of held partitions

 private:
  std::map<TopicPartition, std::deque<EventPtr>> queues_;  // none is empty
  TopicPartition turn_;                                    // whose share came last
  std::size_t waiting_ = 0;
};

}  // namespace gofuture
