#include "bench/output_log.hpp"

#include <librdkafka/rdkafka.h>

#include "base/assert.hpp"
#include "integration/kafka_backdoor.hpp"

namespace gofuture::bench {
namespace {

constexpr int kTimeoutMs = 20'000;
constexpr std::int64_t kEnd = -1;  // in the place of a timestamp: ListOffsets' word for the log's end

kafka::Consumer make_client() {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[256];
  for (const auto& [name, value] : {std::pair<const char*, std::string>{"bootstrap.servers", test::kafka_brokers()},
                                    {"group.id", "bench-watches"},
                                    {"enable.auto.commit", "false"},
                                    {"enable.partition.eof", "true"}})
    GOFUTURE_ASSERT(rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK, "the watching client can be set up");
  kafka::Consumer made(rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why));
  GOFUTURE_ASSERT(made, "the watching client can be made");
  rd_kafka_poll_set_consumer(made.get());
  return made;
}

}  // namespace

OutputLog::OutputLog(std::string topic, int partitions) : topic_(std::move(topic)), partitions_(partitions), client_(make_client()) {}

std::int64_t OutputLog::records() {
  const kafka::Partitions ends(rd_kafka_topic_partition_list_new(partitions_));
  for (int i = 0; i < partitions_; ++i) rd_kafka_topic_partition_list_add(ends.get(), topic_.c_str(), i)->offset = kEnd;
  const auto error = rd_kafka_offsets_for_times(client_.get(), ends.get(), kTimeoutMs);
  GOFUTURE_ASSERT(error == RD_KAFKA_RESP_ERR_NO_ERROR, "the broker tells where the output ends");
  std::int64_t all = 0;
  for (int i = 0; i < partitions_; ++i)
    if (ends->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR && ends->elems[i].offset > 0) all += ends->elems[i].offset;
  return all;
}

std::vector<SeenRecord> OutputLog::read(int partition, std::int64_t offset, std::size_t count) {
  const kafka::Partitions from(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(from.get(), topic_.c_str(), partition)->offset = offset;
  GOFUTURE_ASSERT(rd_kafka_assign(client_.get(), from.get()) == RD_KAFKA_RESP_ERR_NO_ERROR, "the output can be read");
  std::vector<SeenRecord> seen;
  while (seen.size() < count) {
    const kafka::Message message(rd_kafka_consumer_poll(client_.get(), kTimeoutMs));
    GOFUTURE_ASSERT(message, "the output can be read in time");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) break;
    GOFUTURE_ASSERT(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, "the output can be read");
    SeenRecord& one = seen.emplace_back();
    if (message->key != nullptr) one.key.assign(static_cast<const char*>(message->key), message->key_len);
    if (message->payload != nullptr) one.value.assign(static_cast<const char*>(message->payload), message->len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
      one.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  rd_kafka_assign(client_.get(), nullptr);
  return seen;
}

}  // namespace gofuture::bench
