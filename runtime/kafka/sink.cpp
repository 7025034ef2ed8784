#include "kafka/sink.hpp"

#include <chrono>

#include "base/murmur2.hpp"
#include "kafka/producer.hpp"

namespace gofuture {

Result<std::unique_ptr<KafkaSink>> KafkaSink::open(SinkOptions options, Sink::Acks& acks, kafka::Say say) {
  std::unique_ptr<KafkaSink> sink(new KafkaSink);
  const std::size_t count = std::max<std::size_t>(1, options.producers);
  SinkOptions share = options;
  share.bytes_max = options.bytes_max / count;
  share.records_max = options.records_max / count;
  for (std::size_t n = 1; n <= count; ++n) {
    if (count > 1) share.client_id = options.client_id + "-" + std::to_string(n);
    auto producer = Producer::open(share, acks, say);
    if (!producer) return producer.error();
    sink->producers_.push_back(std::move(*producer));
  }
  return sink;
}

KafkaSink::~KafkaSink() = default;

// By the number that the partition is made of, and by the partition itself where it is given.
KafkaSink::Producer& KafkaSink::producer_of(const OutgoingRecord& record) {
  const std::uint32_t number = record.partition >= 0 ? static_cast<std::uint32_t>(record.partition)
                               : record.key          ? murmur2(*record.key) & 0x7fffffffU
                                                     : 0U;
  return *producers_[number % producers_.size()];
}

Result<Done> KafkaSink::send(const OutgoingRecord& record, std::uint64_t token) {
  return producer_of(record).send(record, token);
}
bool KafkaSink::flush(std::int64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (const auto& producer : producers_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (!producer->flush(std::max<std::int64_t>(0, left))) return false;
  }
  return true;
}
void KafkaSink::stop() {
  for (const auto& producer : producers_) producer->stop();
}
std::size_t KafkaSink::unacknowledged() const {
  std::size_t all = 0;
  for (const auto& producer : producers_) all += producer->unacknowledged();
  return all;
}
std::uint64_t KafkaSink::rebuilds() const {
  std::uint64_t all = 0;
  for (const auto& producer : producers_) all += producer->rebuilds();
  return all;
}
void KafkaSink::fail_for_test() {
  for (const auto& producer : producers_) producer->fail_for_test();
}

}  // namespace gofuture
