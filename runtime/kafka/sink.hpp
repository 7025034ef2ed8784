// KafkaSink: where records go, through idempotent producers, one by default. What send() took is kept here until the brokers have it
// on all in-sync replicas: an outage of any length delays the acknowledgement and never turns into a failure, and a
// producer that failed for good (librdkafka before 2.3 can lose count of its own sequence numbers) is replaced by a new
// one, which sends what was not acknowledged again, in the order of send(). So a record may appear twice, its first
// appearances keep their order, and its id lets readers drop the repeat.
//
// With several producers a key always goes through the same one, so a key's records keep their order, as does a whole partition whose
// number of siblings is a multiple of `producers`. Why several: librdkafka puts one partition into a produce request, and the broker
// answers the requests of a connection one after the other, so a thin stream over hundreds of partitions waits for the answers.
//
//   auto sink = KafkaSink::open({.brokers = …, .client_id = "relay"}, acks, say);
//   (*sink)->send({.topic = "payments.status", .key = …, .value = …}, token);   // acks.acked(token, nothing) later
//
// Threads: one sender (send, flush); acknowledgements come on the sink's own threads, one per producer, which the destructor ends. Records
// that were not acknowledged by then are forgotten: their sender still knows them. `acks` outlives the sink.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/options.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

struct SinkOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // through the allow-list
  std::string client_id = "gofuture";
  std::size_t producers = 1;
  double linger_ms = 1.0;            // how long a record may wait for company; 0: none. More is fewer, larger requests
  std::size_t bytes_max = 32 << 20;  // sent and not acknowledged, before send() blocks
  std::size_t records_max = 100'000;
};

class KafkaSink : public Sink {
 public:
  static Result<std::unique_ptr<KafkaSink>> open(SinkOptions options, Sink::Acks& acks, kafka::Say say);
  ~KafkaSink() override;

  Result<Done> send(const OutgoingRecord& record, std::uint64_t token) override;
  // Until everything sent is acknowledged, at most `timeout_ms`; false: something still waits.
  bool flush(std::int64_t timeout_ms);
  // From now on send() fails instead of blocking, also one that blocks now. Any thread.
  void stop();

  std::size_t unacknowledged() const;
  std::uint64_t rebuilds() const;  // producers replaced after a fatal error
  void fail_for_test();            // the producer believes in a fatal error

 private:
  class Producer;
  KafkaSink() = default;
  Producer& producer_of(const OutgoingRecord& record);
  std::vector<std::unique_ptr<Producer>> producers_;
};

}  // namespace gofuture
