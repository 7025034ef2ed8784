#include "kafka/transactional_producer.hpp"

#include "kafka/client.hpp"
#include "kafka/membership.hpp"
#include "kafka/partition_list.hpp"
#include "kafka/produce.hpp"
#include "kafka/refusal.hpp"
#include "kafka/start_offsets.hpp"

namespace gofuture {

using namespace kafka;

namespace {

constexpr int kOpenMs = 10'000;
constexpr int kFullMs = 100;   // one wait for room in librdkafka's queue
constexpr int kAskMs = 5'000;
constexpr int kTheWholeTimeout = -1;  // librdkafka: what is left of transaction.timeout.ms

Properties producer_properties(const TransactionalProducerOptions& options) {
  return {{"client.id", options.transactional_id},
          {"transactional.id", options.transactional_id},
          {"transaction.timeout.ms", std::to_string(options.timeout_ms)},
          {"message.timeout.ms", std::to_string(options.timeout_ms * 2 / 3)},
          {"request.timeout.ms", std::to_string(options.timeout_ms / 3)},
          {"acks", "all"},
          {"partitioner", "murmur2_random"},
          {"linger.ms", "1"},
          {"compression.type", "none"},
          {"retry.backoff.ms", "50"},
          {"message.max.bytes", "2097152"},
          {"batch.size", "1000000"}};
}

}  // namespace

struct TransactionalProducer::Clients {
  Clients(TransactionalProducerOptions given, Say say)
      : options(std::move(given)), voice(std::move(say), "transactions " + options.transactional_id) {}

  Result<kafka::Producer> make_producer() {
    auto conf = make_conf(options.brokers, producer_properties(options), options.properties, &voice);
    if (!conf) return conf.error();
    speak_through_opaque(conf->get());
    rd_kafka_conf_set_dr_msg_cb(conf->get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<Clients*>(message->_private)->note(*message);
    });
    char why[512] = "";
    kafka::Producer made(rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), why, sizeof why));
    if (!made) return Error("the transactional producer " + options.transactional_id + " could not be made: " + why);
    conf->release();
    return made;
  }

  // A handle of our group that never joins it: only asks for offsets.
  Result<kafka::Consumer> make_asker() {
    const Properties ours = {{"group.id", options.group}, {"client.id", options.transactional_id}, {"isolation.level", "read_committed"}};
    return make_consumer(options.brokers, ours, options.properties, voice, "a client for the offsets of group " + options.group);
  }

  // The first record that was not delivered is the reason of what follows.
  void note(const rd_kafka_message_t& message) {
    if (!undelivered.empty() || message.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) return;
    undelivered = refusal_sentence(message.err, rd_kafka_topic_name(message.rkt), message.len + message.key_len);
    refused = is_about_the_record(message.err);
  }

  Step step_of(const RdError& error) {
    if (!error) return {};
    const std::string why = undelivered.empty() ? rd_kafka_error_string(error.get()) : undelivered;
    if (rd_kafka_error_txn_requires_abort(error.get()) == 0) return {Step::Kind::kBroken, why};
    return {refused ? Step::Kind::kRefused : Step::Kind::kFailed, why};
  }

  void drop() {
    if (producer) rd_kafka_purge(producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    topics.clear();
    producer.reset();
  }

  const TransactionalProducerOptions options;
  Voice voice;
  kafka::Producer producer;
  TopicHandles topics;  // of the producer
  kafka::Consumer asker;
  std::string undelivered;  // of this transaction
  bool refused = false;     // and the record was the reason
};

Result<std::unique_ptr<TransactionalProducer>> TransactionalProducer::make(TransactionalProducerOptions options, Say say) {
  auto clients = std::make_unique<Clients>(std::move(options), std::move(say));
  if (auto made = clients->make_producer(); !made) return made.error();  // the settings are right
  return std::unique_ptr<TransactionalProducer>(new TransactionalProducer(std::move(clients)));
}

TransactionalProducer::TransactionalProducer(std::unique_ptr<Clients> clients) : clients_(std::move(clients)) {}
TransactionalProducer::~TransactionalProducer() { clients_->drop(); }

Result<Done> TransactionalProducer::open() {
  clients_->drop();
  auto made = clients_->make_producer();
  if (!made) return made.error();
  const RdError error(rd_kafka_init_transactions(made->get(), kOpenMs));
  if (error)
    return Error("transactions of " + clients_->options.transactional_id + " cannot begin: " + rd_kafka_error_string(error.get()));
  clients_->producer = std::move(*made);
  return ok();
}

Step TransactionalProducer::begin() {
  clients_->undelivered.clear();
  clients_->refused = false;
  return clients_->step_of(RdError(rd_kafka_begin_transaction(clients_->producer.get())));
}

Step TransactionalProducer::produce(const OutgoingRecord& record) {
  const auto until = steady_ms() + clients_->options.timeout_ms;
  while (true) {
    const auto code = kafka::produce(clients_->producer.get(), clients_->topics, record, clients_.get(), RD_KAFKA_MSG_F_COPY);
    rd_kafka_poll(clients_->producer.get(), 0);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && steady_ms() < until) {
      rd_kafka_poll(clients_->producer.get(), kFullMs);
      continue;
    }
    const std::size_t size = (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    return {is_about_the_record(code) ? Step::Kind::kRefused : Step::Kind::kFailed, refusal_sentence(code, std::string(record.topic), size)};
  }
}

Step TransactionalProducer::add_positions(const Offsets& positions, const Membership& member) {
  return clients_->step_of(RdError(
      rd_kafka_send_offsets_to_transaction(clients_->producer.get(), list_of(positions).get(), member.metadata(), clients_->options.timeout_ms)));
}

Step TransactionalProducer::commit() {
  return clients_->step_of(RdError(rd_kafka_commit_transaction(clients_->producer.get(), kTheWholeTimeout)));
}

Step TransactionalProducer::abort() {
  const RdError error(rd_kafka_abort_transaction(clients_->producer.get(), kTheWholeTimeout));
  if (!error) return {};
  return {Step::Kind::kBroken, rd_kafka_error_string(error.get())};
}

Result<Offsets> TransactionalProducer::committed(const std::vector<Where>& partitions) {
  if (!clients_->asker) {
    auto made = clients_->make_asker();
    if (!made) return made.error();
    clients_->asker = std::move(*made);
  }
  return committed_offsets(clients_->asker.get(), partitions, kAskMs);
}

}  // namespace gofuture
