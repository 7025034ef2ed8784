// SharedReader: reads what is new once for all functions of a process. A fetch costs brokers and client by the partitions that it names,
// records or none, and most functions read the same topics: fourteen functions that each fetch for themselves name 2,048 partitions to
// read 576.
//
//   near the end --ask--> followed: its records come through here, the function's own client fetches nothing of the partition
//        ^                    |
//        +----- left ---------+   paused, revoked, too much waits, or trouble here: it reads for itself again, from where it is
//
// Groups, positions, commits and rebalances stay with each function's consumer. A function that is behind reads for itself; only near
// the log's end it asks to follow. It is told from which offset on it gets everything, goes on by itself up to there, and pauses its own
// client then. Why nothing is lost or repeated: both ways in deliver every committed record of a partition, in order, from an offset
// that the function has reached by then, and one guard (Share::next) drops what it has had. What belongs to an assignment or a pause
// before is known by its token.
//
//   auto reader = SharedReader::open({.brokers = …}, say);
//   auto follower = (*reader)->follower(wakeup);              // of one function
//   follower->ask({{where, at, offset, token}});              // answered by kFollowed, then records; kLeft at any time ends it
//   follower->take(fed);                                      // after wakeup rang
//
// One thread of its own reads. follower() and a Follower's functions: the function's thread. Records may outlive the reader: they hold
// its client.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "event/record.hpp"
#include "kafka/offsets.hpp"
#include "kafka/options.hpp"
#include "pipeline/position.hpp"

namespace gofuture {

namespace kafka {
class Wakeup;
}

struct SharedReaderOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // of the process, through the allow-list
  std::size_t waiting_max = 20'000;               // records that may wait for one function; then it is left to itself
};

class SharedReader {
 public:
  struct Ask {
    kafka::Where where;
    TopicPartition at;        // the same, as the function calls it
    std::int64_t from = 0;    // the next offset that it wants: where reading begins if nobody else follows the partition
    std::uint64_t token = 0;  // comes back with everything that is fed; 0: it follows no longer
  };
  struct Fed {
    enum class Kind : std::uint8_t { kFollowed, kRecord, kEnd, kLeft } kind;
    TopicPartition at;
    std::uint64_t token = 0;
    std::int64_t offset = 0;  // kFollowed: from here on every committed record will be fed; kEnd: up to here every one was
    Record record = {};    // kRecord
  };

  class Follower;

  static Result<std::unique_ptr<SharedReader>> open(SharedReaderOptions options, kafka::Say say);
  ~SharedReader();

  // `wakeup` rings when something is fed; it may go when the follower has gone. The reader outlives its followers.
  std::unique_ptr<Follower> follower(kafka::Wakeup& wakeup);
  // One past the last offset of the log, as the last fetch had it. Any thread.
  std::optional<std::int64_t> end_of(const kafka::Where& where) const;

 private:
  struct Client;
  struct Basket;
  class Thread;
  explicit SharedReader(std::unique_ptr<Thread> thread);
  std::unique_ptr<Thread> thread_;
};

class SharedReader::Follower {
 public:
  Follower(Thread& thread, std::shared_ptr<Basket> basket) : thread_(thread), basket_(std::move(basket)) {}
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void ask(std::vector<Ask> asks);
  // Moves everything that was fed into `into`, which is cleared first.
  void take(std::vector<Fed>& into);

 private:
  Thread& thread_;
  std::shared_ptr<Basket> basket_;
};

}  // namespace gofuture
