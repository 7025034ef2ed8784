// The city's own thin door to Kafka (librdkafka).
//
// Producer: idempotent, acks=all, murmur2 of the key; holds what it has while the broker is away. send() on one thread; acknowledgements are served by serve() and flush()
// on that same thread. Reader: reads whole partitions from given offsets, belongs to no group. One thread each.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct rd_kafka_s;

namespace city {

// One CloudEvent (binary mode) as it lies on a topic.
struct Event {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;  // of the record
  std::string key, id, type, subject, correlation, causation, time;
  int hops = 0;
  std::string data;
};

struct Outgoing {
  std::string topic, key, id, type, source, subject, correlation, causation, traceparent, time, data;
  int hops = 0;
};

class Producer {
 public:
  explicit Producer(const std::string& brokers);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  void send(const Outgoing& event);
  void serve();
  bool flush(int timeout_ms);  // false: something was not acknowledged in time
  std::int64_t sent() const { return sent_; }
  std::int64_t acked() const { return acked_; }

 private:
  rd_kafka_s* handle_;
  std::int64_t sent_ = 0, acked_ = 0;
  std::string failure_;
};

using Offsets = std::map<std::string, std::vector<std::int64_t>>;  // topic -> the next offset of each partition

class Reader {
 public:
  explicit Reader(const std::string& brokers);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  Offsets ends(const std::vector<std::string>& topics);  // where read_committed readers would go on
  void start(const Offsets& from);
  // Hands over what has come, waiting at most this long for the first.
  void poll(int timeout_ms, const std::function<void(Event&&)>& take);
  // Everything from `from` to the ends as they are now.
  void read_all(const Offsets& from, const std::function<void(Event&&)>& take);

 private:
  rd_kafka_s* handle_;
};

}  // namespace city
