// Producer: what stands behind KafkaSink. The list of what is not acknowledged is the truth; the rd_kafka_t is a worker
// that can be replaced. All of it is guarded by one mutex but the delivery reports, which are gathered and settled per
// poll.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "kafka/client.hpp"
#include "kafka/holders.hpp"
#include "kafka/sink.hpp"
#include "kafka/topic_handles.hpp"

namespace gofuture {

class KafkaSink::Producer {
 public:
  static Result<std::unique_ptr<Producer>> open(SinkOptions options, Sink::Acks& acks, kafka::Say say);
  ~Producer();

  Result<Done> send(const OutgoingRecord& record, std::uint64_t token);
  bool flush(std::int64_t timeout_ms);
  void stop();
  std::size_t unacknowledged() const;
  std::uint64_t rebuilds() const { return rebuilds_; }
  void fail_for_test();

 private:
  // A copy of a record. Its headers and all its text are one block, which the views point into.
  struct Sent {
    using Header = decltype(OutgoingRecord::headers)::value_type;
    void take(const OutgoingRecord& record, std::uint64_t the_token);
    std::uint64_t token = 0;
    std::unique_ptr<std::byte[]> block;
    std::size_t room = 0;  // of the block
    std::string_view topic;
    std::optional<std::string_view> key, value;
    std::span<const Header> headers;
    std::int64_t timestamp_ms = 0;
    std::int32_t partition = -1;
    std::size_t bytes = 0;
    std::list<Sent>::iterator place;
  };
  struct Report {
    Sent* sent = nullptr;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  };

  Producer(SinkOptions options, Sink::Acks& acks, kafka::Say say);
  Result<kafka::Producer> make();
  static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
  rd_kafka_resp_err_t produce(Sent& sent);  // with the mutex
  void run();
  void settle();
  void forget(Sent& sent);  // with the mutex
  void rebuild();

  const SinkOptions options_;
  Sink::Acks& acks_;
  kafka::Voice voice_;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::list<Sent> unacknowledged_;  // in the order of send()
  std::list<Sent> spare_;           // what has ended keeps its memory for the next ones
  std::size_t bytes_ = 0;
  bool stopped_ = false;
  bool settling_ = false;  // acknowledgements are being told
  bool broken_ = false;    // the producer must be replaced before anything more is given to it
  kafka::Producer producer_;
  kafka::TopicHandles topics_;  // of the producer

  std::vector<Report> reports_;  // the sink's thread only
  std::atomic<std::uint64_t> rebuilds_{0};
  std::atomic<bool> ending_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace gofuture
