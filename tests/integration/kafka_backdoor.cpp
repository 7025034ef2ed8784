#include "integration/kafka_backdoor.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "kafka/holders.hpp"

namespace gofuture::test {

using namespace kafka;

namespace {

constexpr int kTimeoutMs = 20'000;

void must(bool fine, const char* what) {
  if (fine) return;
  std::fprintf(stderr, "the test could not %s\n", what);
  std::abort();
}

rd_kafka_conf_t* conf_of(const std::map<std::string, std::string>& settings) {
  char why[256];
  auto* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings)
    must(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK,
         "configure its client");
  return conf;
}

kafka::Consumer reader(const std::string& group, const char* isolation = "read_committed") {
  char why[256];
  kafka::Consumer made(rd_kafka_new(RD_KAFKA_CONSUMER,
                                    conf_of({{"bootstrap.servers", kafka_brokers()},
                                             {"group.id", group},
                                             {"isolation.level", isolation},
                                             {"enable.partition.eof", "true"},
                                             {"enable.auto.commit", "false"}}),
                                    why, sizeof why));
  must(made != nullptr, "make a consumer");
  rd_kafka_poll_set_consumer(made.get());
  return made;
}

template <class Request>
void admin(const char* what, Request&& request) {
  char why[256];
  kafka::Producer client(
      rd_kafka_new(RD_KAFKA_PRODUCER, conf_of({{"bootstrap.servers", kafka_brokers()}}), why, sizeof why));
  must(client != nullptr, "make a client");
  Queue queue(rd_kafka_queue_new(client.get()));
  request(client.get(), queue.get());
  Reply reply(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  must(reply != nullptr && rd_kafka_event_error(reply.get()) == RD_KAFKA_RESP_ERR_NO_ERROR, what);
}

}  // namespace

std::string kafka_brokers() {
  const char* brokers = std::getenv("GOFUTURE_KAFKA");
  if (brokers == nullptr || *brokers == '\0') {
    std::fprintf(stderr,
                 "GOFUTURE_KAFKA is not set: start a broker with deploy/stack/stack up, then eval "
                 "\"$(deploy/stack/stack env)\"; or use tests/run integration\n");
    std::exit(1);
  }
  return brokers;
}

std::string unique_name(const std::string& prefix) {
  static std::atomic<int> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return prefix + "-" + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) + "-" +
         std::to_string(::getpid()) + "-" + std::to_string(++count);
}

std::optional<std::int64_t> committed_offset(const std::string& group, const std::string& topic,
                                             std::int32_t partition) {
  // A read_committed one would wait until the transaction that somebody has left open is over.
  const auto client = reader(group, "read_uncommitted");
  Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  must(rd_kafka_committed(client.get(), list.get(), kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR,
       "ask for committed offsets");
  if (list->elems[0].offset < 0) return std::nullopt;
  return list->elems[0].offset;
}

std::int64_t log_end(const std::string& topic, std::int32_t partition) {
  const auto client = reader("asker", "read_uncommitted");
  std::int64_t low = 0, high = 0;
  must(rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), partition, &low, &high, kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR, "ask for a log's end");
  return high;
}

void delete_group(const std::string& group) {
  admin("delete a group", [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteGroup_t* one[] = {rd_kafka_DeleteGroup_new(group.c_str())};
    rd_kafka_DeleteGroups(client, one, 1, nullptr, queue);
    rd_kafka_DeleteGroup_destroy(one[0]);
  });
}

void delete_records_before(const std::string& topic, std::int32_t partition, std::int64_t offset) {
  admin("delete records", [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
    Partitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    rd_kafka_DeleteRecords_t* one[] = {rd_kafka_DeleteRecords_new(list.get())};
    rd_kafka_DeleteRecords(client, one, 1, nullptr, queue);
    rd_kafka_DeleteRecords_destroy(one[0]);
  });
}

std::vector<ReadRecord> read_all(const std::string& topic, std::int32_t partitions) {
  const auto client = reader("reader-of-" + topic);
  Partitions list(rd_kafka_topic_partition_list_new(partitions));
  for (std::int32_t p = 0; p < partitions; ++p)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client.get(), list.get());
  std::vector<ReadRecord> records;
  for (std::int32_t ended = 0; ended < partitions;) {
    Message message(rd_kafka_consumer_poll(client.get(), kTimeoutMs));
    must(message != nullptr, "read a topic to its end");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ++ended;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    ReadRecord record{.partition = message->partition, .offset = message->offset};
    rd_kafka_timestamp_type_t type;
    record.timestamp_ms = rd_kafka_message_timestamp(message.get(), &type);
    if (message->key != nullptr) record.key.emplace(static_cast<const char*>(message->key), message->key_len);
    if (message->payload != nullptr) record.value.emplace(static_cast<const char*>(message->payload), message->len);
    rd_kafka_headers_t* headers = nullptr;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(message.get(), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
      for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
           ++i)
        record.headers.emplace_back(
            name, value != nullptr ? std::optional<std::string>(std::string(static_cast<const char*>(value), size))
                                   : std::nullopt);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace gofuture::test
