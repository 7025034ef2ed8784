#include "kafka/deliver.hpp"

#include <optional>

#include "kafka/client.hpp"
#include "kafka/produce.hpp"
#include "kafka/refusal.hpp"

namespace gofuture {

using namespace kafka;

namespace {

constexpr int kPollMs = 100;

Error refusal_of(rd_kafka_resp_err_t error, const OutgoingRecord& record, const DeliveryOptions& options) {
  const std::size_t bytes = record.value ? record.value->size() : 0;
  if (error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
    return Error("no broker of " + options.brokers + " has acknowledged it within " + std::to_string(options.timeout_ms / 1000) +
                 " s; it may lie in " + std::string(record.topic) + " all the same. Check GOFUTURE_KAFKA and the broker");
  return Error(refusal_sentence(error, std::string(record.topic), bytes));
}

// What the reports say, by the record's number.
using Reports = std::vector<std::optional<Result<Delivered>>>;

struct Post {
  const DeliveryOptions& options;
  const std::vector<OutgoingRecord>& records;
  Voice voice;
  Reports reports;
  std::size_t answered = 0;

  void answer(std::size_t number, Result<Delivered> place) {
    reports[number] = std::move(place);
    ++answered;
  }
};

void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& post = *static_cast<Post*>(opaque);
  const auto number = reinterpret_cast<std::uintptr_t>(message->_private);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) post.answer(number, refusal_of(message->err, post.records[number], post.options));
  else post.answer(number, Delivered{message->partition, message->offset});
}

rd_kafka_resp_err_t send(rd_kafka_t* producer, TopicHandles& topics, const OutgoingRecord& record, std::size_t number) {
  return produce(producer, topics, record, reinterpret_cast<void*>(number));
}

}  // namespace

Result<std::vector<Result<Delivered>>> deliver(const DeliveryOptions& options, const std::vector<OutgoingRecord>& records, Say say) {
  Post post{options, records, Voice(std::move(say), "deliver"), Reports(records.size())};
  auto conf = make_conf(options.brokers,
                        {{"client.id", "gofuture-deliver"},
                         {"enable.idempotence", "true"},
                         {"acks", "all"},
                         {"partitioner", "murmur2_random"},
                         {"linger.ms", "1"},
                         {"message.timeout.ms", std::to_string(options.timeout_ms)},
                         {"message.max.bytes", "67305472"}},  // as producer.cpp: the topic's own limit decides
                        options.properties, &post);
  if (!conf) return conf.error();
  rd_kafka_conf_set_dr_msg_cb(conf->get(), &on_report);
  rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int error, const char* reason, void* opaque) {
    static_cast<Post*>(opaque)->voice.library_error(static_cast<rd_kafka_resp_err_t>(error), reason);
  });
  rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t* handle, int severity, const char* facility, const char* text) {
    static_cast<Post*>(rd_kafka_opaque(handle))->voice.library_line(severity, facility, text);
  });
  char why[512] = "";
  kafka::Producer producer(rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), why, sizeof why));
  if (!producer) return Error(std::string("a Kafka producer could not be made: ") + why);
  conf->release();
  TopicHandles topics;

  for (std::size_t number = 0; number < records.size(); ++number) {
    auto error = send(producer.get(), topics, records[number], number);
    while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(producer.get(), kPollMs);
      error = send(producer.get(), topics, records[number], number);
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) post.answer(number, refusal_of(error, records[number], options));
    rd_kafka_poll(producer.get(), 0);
  }
  while (post.answered < records.size()) rd_kafka_poll(producer.get(), kPollMs);  // message.timeout.ms ends every wait
  std::vector<Result<Delivered>> places;
  for (auto& report : post.reports) places.push_back(std::move(*report));
  return places;
}

}  // namespace gofuture
