// OffsetCommits: what a consumer group is told about how far we are. One commit is on its way at a time and the newest
// positions wait behind it: librdkafka repeats a commit whose answer was lost, and a repeated old one must never
// overtake a newer one (a committed offset never goes back).
//
// Owned by the source, on its thread. serve() after every poll; settle() blocks, bounded, when partitions are given
// back.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/client.hpp"
#include "kafka/holders.hpp"
#include "kafka/offsets.hpp"
#include "pipeline/io.hpp"

namespace gofuture::kafka {

class OffsetCommits {
 public:
  struct Hooks {
    std::function<void(const Offsets&)> committed;  // the broker has these
    std::function<void()> evicted;                  // the group goes on without us: others own our partitions
    std::function<void()> fenced;                   // another process uses our instance name
  };
  OffsetCommits(rd_kafka_t* consumer, int wake_fd, Voice& voice, Hooks hooks);

  void add(const Where& at, std::int64_t offset);
  void serve();
  // Until everything is answered or `timeout_ms` has passed; true: the broker has it all.
  bool settle(std::int64_t timeout_ms);
  // The partitions are not ours any more: what waits is dropped, what is on its way will be refused.
  void forget();
  bool quiet() const { return !in_flight_ && waiting_.empty(); }

 private:
  void send();
  void take_answers(int timeout_ms);
  void on_answer(rd_kafka_event_t* event);

  rd_kafka_t* consumer_;
  Voice& voice_;
  Hooks hooks_;
  Queue answers_;
  Offsets waiting_;
  std::map<Where, std::int64_t> sent_;  // highest offset ever sent in this assignment: nothing lower is sent again
  bool in_flight_ = false;
  std::uint64_t era_ = 0;  // forget() starts a new one; answers of an older one count for nothing
  std::int64_t not_before_ms_ = 0;
};

}  // namespace gofuture::kafka
