#include "kafka/source.hpp"

#include "kafka/consumer.hpp"

namespace gofuture {
namespace {

class PipelineIntake : public Intake {
 public:
  explicit PipelineIntake(Pipeline& pipeline) : pipeline_(pipeline) {}
  void on_assigned(const std::vector<Position>& positions) override { pipeline_.on_assigned(positions); }
  void on_records(std::vector<Record> records) override { pipeline_.on_records(std::move(records)); }
  void on_revoked(const std::vector<TopicPartition>& partitions) override { pipeline_.on_revoked(partitions); }
  void on_lost(const std::vector<TopicPartition>& partitions) override { pipeline_.on_lost(partitions); }
  void on_end(TopicPartition at, std::int64_t offset) override { pipeline_.on_end(at, offset); }

 private:
  Pipeline& pipeline_;
};

}  // namespace

Result<std::unique_ptr<KafkaSource>> KafkaSource::open(SourceOptions options, Probe& probe) {
  auto consumer = Consumer::open(std::move(options), probe);
  if (!consumer) return consumer.error();
  return std::unique_ptr<KafkaSource>(new KafkaSource(std::move(*consumer)));
}

KafkaSource::KafkaSource(std::unique_ptr<Consumer> consumer) : consumer_(std::move(consumer)) {}
KafkaSource::~KafkaSource() = default;

Result<Done> KafkaSource::attach(Pipeline& pipeline) {
  auto intake = std::make_unique<PipelineIntake>(pipeline);
  auto& borrowed = *intake;
  return consumer_->attach(std::move(intake), borrowed);
}
Result<Done> KafkaSource::attach(Intake& intake) {
  return consumer_->attach(nullptr, intake);
}

int KafkaSource::wait_fd() const {
  return consumer_->wait_fd();
}
void KafkaSource::poll(std::size_t records_max) {
  consumer_->poll(records_max);
  if (consumer_->outdated()) {
    if (auto next = consumer_->made_anew()) retired_.push_back(std::exchange(consumer_, std::move(*next)));  // else at the next poll
  }
  std::erase_if(retired_, [](const auto& one) { return one->spent(); });
}
void KafkaSource::rejoin() {
  consumer_->rejoin();
}
void KafkaSource::close() {
  consumer_->close();
}
bool KafkaSource::closed() const {
  return consumer_->closed();
}
const std::optional<std::string>& KafkaSource::halted() const {
  return consumer_->halted();
}
void KafkaSource::fence_for_test() {
  consumer_->fence_for_test();
}
std::uint64_t KafkaSource::stale_records() const {
  return consumer_->stale_records();
}
std::uint64_t KafkaSource::fed_records() const {
  return consumer_->fed_records();
}

kafka::MembershipPtr KafkaSource::membership() const {
  return consumer_->membership();
}

void KafkaSource::commit(const std::vector<Position>& positions) {
  consumer_->commit(positions);
}
void KafkaSource::committed(const std::vector<Position>& positions) {
  consumer_->committed(positions);
}
void KafkaSource::pause(const std::vector<TopicPartition>& partitions) {
  consumer_->set_paused(partitions, true);
}
void KafkaSource::resume(const std::vector<TopicPartition>& partitions) {
  consumer_->set_paused(partitions, false);
}
void KafkaSource::release(const std::vector<TopicPartition>& partitions, const std::vector<Position>& positions) {
  consumer_->release(partitions, positions);
}
void KafkaSource::ask_ends(const std::vector<TopicPartition>& partitions) {
  consumer_->ask_ends(partitions);
}

}  // namespace gofuture
