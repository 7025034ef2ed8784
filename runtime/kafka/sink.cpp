#include "kafka/sink.hpp"

#include "kafka/producer.hpp"

namespace gofuture {

Result<std::unique_ptr<KafkaSink>> KafkaSink::open(SinkOptions options, Sink::Acks& acks, kafka::Say say) {
  auto producer = Producer::open(std::move(options), acks, std::move(say));
  if (!producer) return producer.error();
  return std::unique_ptr<KafkaSink>(new KafkaSink(std::move(*producer)));
}

KafkaSink::KafkaSink(std::unique_ptr<Producer> producer) : producer_(std::move(producer)) {}
KafkaSink::~KafkaSink() = default;

Result<Done> KafkaSink::send(const OutgoingRecord& record, std::uint64_t token) {
  return producer_->send(record, token);
}
bool KafkaSink::flush(std::int64_t timeout_ms) {
  return producer_->flush(timeout_ms);
}
void KafkaSink::stop() {
  producer_->stop();
}
std::size_t KafkaSink::unacknowledged() const {
  return producer_->unacknowledged();
}
std::uint64_t KafkaSink::rebuilds() const {
  return producer_->rebuilds();
}
void KafkaSink::fail_for_test() {
  producer_->fail_for_test();
}

}  // namespace gofuture
