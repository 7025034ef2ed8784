#include "kafka/topic_reader.hpp"

#include <set>

#include "kafka/client.hpp"
#include "kafka/partition_list.hpp"
#include "kafka/start_offsets.hpp"

namespace gofuture {

using namespace kafka;

struct TopicReader::Client {
  explicit Client(Say say) : voice(std::move(say), "reader") {}
  Voice voice;
  std::set<Where> unread;  // partitions whose end was not reached yet
  Consumer consumer;       // last: it speaks through the voice
};

namespace {

std::optional<std::string> text_of_bytes(const void* bytes, std::size_t size) {
  if (bytes == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(bytes), size);
}

Record record_of(const rd_kafka_message_t& message) {
  OwnedRecord content;
  content.key = text_of_bytes(message.key, message.key_len);
  content.value = text_of_bytes(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
      content.headers.emplace_back(name, text_of_bytes(value, size));
  }
  return make_record(0, message.partition, message.offset, rd_kafka_message_timestamp(&message, nullptr), content);
}

Result<Offsets> starts_of(rd_kafka_t* client, const TopicReaderOptions& options) {
  if (options.at) return *options.at;
  auto partitions = partitions_of(client, options.topics, options.request_ms);
  if (!partitions) return partitions.error();
  switch (options.from.kind) {
    case From::kEnd: return next_offsets(client, *partitions, options.request_ms);
    case From::kTime: return offsets_since(client, *partitions, options.from.unix_ms, options.request_ms);
    case From::kBeginning: break;
  }
  Offsets beginning;
  for (const Where& at : *partitions) beginning[at] = RD_KAFKA_OFFSET_BEGINNING;
  return beginning;
}

}  // namespace

TopicReader::TopicReader(std::unique_ptr<Client> client) : client_(std::move(client)) {}
TopicReader::~TopicReader() = default;

Result<std::unique_ptr<TopicReader>> TopicReader::open(TopicReaderOptions options, Say say) {
  auto client = std::make_unique<Client>(std::move(say));
  auto made = make_consumer(options.brokers,
                            {{"group.id", "gofuture-reader"},  // librdkafka wants one; it is never joined, nothing is committed
                             {"client.id", "gofuture-reader"},
                             {"enable.auto.commit", "false"},
                             {"enable.partition.eof", "true"},
                             {"auto.offset.reset", "earliest"},
                             {"isolation.level", "read_committed"},
                             {"fetch.wait.max.ms", "100"},
                             {"queued.max.messages.kbytes", "16384"}},
                            options.properties, client->voice, "a Kafka reader");
  if (!made) return made.error();
  client->consumer = std::move(*made);
  rd_kafka_poll_set_consumer(client->consumer.get());

  auto starts = starts_of(client->consumer.get(), options);
  if (!starts) return starts.error();
  for (const auto& [at, offset] : *starts) client->unread.insert(at);
  if (const auto error = rd_kafka_assign(client->consumer.get(), list_of(*starts).get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Error("the topics cannot be read: " + text_of(error));
  return std::unique_ptr<TopicReader>(new TopicReader(std::move(client)));
}

std::optional<SeenRecord> TopicReader::next(int wait_ms) {
  const auto until = steady_ms() + wait_ms;
  for (auto left = static_cast<std::int64_t>(wait_ms);; left = until - steady_ms()) {
    const Message message(rd_kafka_consumer_poll(client_->consumer.get(), static_cast<int>(std::max<std::int64_t>(left, 0))));
    if (!message) return std::nullopt;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return SeenRecord{rd_kafka_topic_name(message->rkt), record_of(*message)};
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) client_->unread.erase({rd_kafka_topic_name(message->rkt), message->partition});
    else client_->voice.library_error(message->err, rd_kafka_message_errstr(message.get()));
  }
}

bool TopicReader::at_end() const { return client_->unread.empty(); }

}  // namespace gofuture
