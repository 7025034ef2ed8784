// EndsReader: asks where logs end, on a thread of its own: the question blocks for a round trip, and the function's thread must not.
// One question at a time; the answer goes where `tell` says, on this thread. For a read_committed consumer the end is that of the last
// ended transaction.
//
//   EndsReader reader(client, [&](std::optional<Offsets> ends) { answers.post(…); });   // nothing: could not be asked
//   reader.ask(partitions);
//
// The first question starts the thread. The destructor waits for a question under way, bounded; the client outlives it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "kafka/offset_commits.hpp"

namespace gofuture::kafka {

class EndsReader {
 public:
  using Tell = std::function<void(std::optional<Offsets>)>;

  EndsReader(rd_kafka_t* client, Tell tell) : client_(client), tell_(std::move(tell)) {}
  ~EndsReader();
  EndsReader(const EndsReader&) = delete;
  EndsReader& operator=(const EndsReader&) = delete;

  void ask(std::vector<Where> partitions);

 private:
  void run();

  rd_kafka_t* const client_;
  const Tell tell_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<std::vector<Where>> question_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gofuture::kafka
