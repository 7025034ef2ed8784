// bench_a_bare BROKERS GROUP IN OUT [--envelope]: the pass-through of bench A as somebody would write it who has librdkafka and
// nothing else: poll, simdjson reads three members, the data goes out with a fourth and the same headers under a new id. Idempotent, acks=all, the
// same linger and batches as ours; once a second everything sent is acknowledged, and then the offsets are committed. A failure ends it.
// --envelope: the headers that ours writes, four more (correlation, cause, hops, trace), with values of the same length.
#include <librdkafka/rdkafka.h>
#include <simdjson.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

namespace {

volatile std::sig_atomic_t stopping = 0;

[[noreturn]] void fail(const char* what, const char* why) {
  std::fprintf(stderr, "bench_a_bare: %s: %s\n", what, why);
  std::_Exit(1);
}

rd_kafka_t* make(rd_kafka_type_t type, const char* brokers, std::initializer_list<std::pair<const char*, const char*>> settings) {
  char why[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why) != RD_KAFKA_CONF_OK) fail("bootstrap.servers", why);
  for (const auto& [name, value] : settings)
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) fail(name, why);
  if (type == RD_KAFKA_PRODUCER)
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail("a record was not delivered", rd_kafka_err2str(message->err));
    });
  rd_kafka_t* made = rd_kafka_new(type, conf, why, sizeof why);
  if (made == nullptr) fail("no client", why);
  return made;
}

// UUIDv7, without asking the clock for each.
class Ids {
 public:
  std::string_view next() {
    static constexpr char kHex[] = "0123456789abcdef";
    if (count_++ % 256 == 0)
      ms_ = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    const std::uint64_t high = ms_ << 16U | 0x7000U | (random_() & 0xfffU), low = (random_() >> 2U) | 0x8000000000000000U;
    std::size_t at = 0;
    for (int i = 0; i < 32; ++i) {
      if (i == 8 || i == 12 || i == 16 || i == 20) text_[at++] = '-';
      text_[at++] = kHex[(i < 16 ? high >> (60 - 4 * i) : low >> (124 - 4 * i)) & 15U];
    }
    return {text_, 36};
  }

 private:
  std::mt19937_64 random_{std::random_device{}()};
  std::uint64_t ms_ = 0, count_ = 0;
  char text_[36];
};

class PassThrough {
 public:
  PassThrough(rd_kafka_t* producer, const char* topic, bool envelope)
      : producer_(producer), topic_(rd_kafka_topic_new(producer, topic, nullptr)), envelope_(envelope) {}

  void pass(const rd_kafka_message_t& message) {
    // simdjson reads a little beyond the end, so the data is copied to where that is allowed.
    data_.resize(message.len);
    data_.reserve(message.len + simdjson::SIMDJSON_PADDING);
    std::memcpy(data_.data(), message.payload, message.len);
    simdjson::ondemand::document document;
    std::string_view key, note;
    std::int64_t n = 0;
    if (parser_.iterate(data_.data(), data_.size(), data_.capacity()).get(document) || document["key"].get(key) || document["n"].get(n) ||
        document["note"].get(note))
      fail("an event", "is not JSON with key, n and note");
    out_.assign(data_, 0, data_.rfind('}'));
    out_ += ",\"sum\":";
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, n + static_cast<std::int64_t>(key.size() + note.size())).ptr);
    out_ += '}';
    send(message);
  }

 private:
  static void add(rd_kafka_headers_t* headers, const char* name, std::string_view value) {
    rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
  }

  void send(const rd_kafka_message_t& message) {
    rd_kafka_headers_t* read = nullptr;
    if (rd_kafka_message_headers(&message, &read) != RD_KAFKA_RESP_ERR_NO_ERROR) fail("an event", "has no headers");
    rd_kafka_headers_t* headers = rd_kafka_headers_new(envelope_ ? 11 : 7);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(read, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      const std::string_view text(static_cast<const char*>(value), size);
      if (std::strcmp(name, "ce_id") == 0) {
        cause_ = text;
        add(headers, name, ids_.next());
      } else if (std::strcmp(name, "ce_type") == 0) {
        add(headers, name, "Passed");
      } else {
        add(headers, name, text);
      }
    }
    if (envelope_) {
      add(headers, "ce_correlationid", {static_cast<const char*>(message.key), message.key_len});
      add(headers, "ce_causationid", cause_);
      add(headers, "ce_hops", "1");
      add(headers, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }
    for (;;) {
      const auto error = rd_kafka_producev(producer_, RD_KAFKA_V_RKT(topic_), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                           RD_KAFKA_V_KEY(message.key, message.key_len), RD_KAFKA_V_VALUE(out_.data(), out_.size()),
                                           RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail("an event could not be sent", rd_kafka_err2str(error));
      rd_kafka_poll(producer_, 10);
    }
  }

  rd_kafka_t* const producer_;
  rd_kafka_topic_t* const topic_;
  const bool envelope_;
  simdjson::ondemand::parser parser_;
  std::string data_, out_;
  std::string_view cause_;
  Ids ids_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) fail("usage", "bench_a_bare BROKERS GROUP IN OUT [--envelope]");
  std::signal(SIGTERM, [](int) { stopping = 1; });
  rd_kafka_t* consumer = make(RD_KAFKA_CONSUMER, argv[1],
                              {{"group.id", argv[2]}, {"auto.offset.reset", "earliest"}, {"enable.auto.commit", "false"},
                               {"enable.auto.offset.store", "true"}, {"isolation.level", "read_committed"}, {"fetch.min.bytes", "65536"}, {"fetch.wait.max.ms", "50"}});
  rd_kafka_t* producer = make(RD_KAFKA_PRODUCER, argv[1],
                              {{"enable.idempotence", "true"}, {"acks", "all"}, {"partitioner", "murmur2_random"}, {"linger.ms", "1"},
                               {"batch.size", "1000000"}, {"queue.buffering.max.messages", "100001"}, {"queue.buffering.max.kbytes", "135168"}});
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, argv[3], RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(consumer, topics)) fail("cannot subscribe", rd_kafka_err2str(error));
  PassThrough through(producer, argv[4], argc > 5 && std::strcmp(argv[5], "--envelope") == 0);

  auto committed = std::chrono::steady_clock::now();
  std::uint64_t polled = 0;
  bool news = false;
  while (stopping == 0) {
    if (rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 50)) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail("cannot read", rd_kafka_message_errstr(message));
      through.pass(*message);
      rd_kafka_message_destroy(message);
      news = true;
      if (++polled % 256 != 0) continue;
    }
    rd_kafka_poll(producer, 0);
    const auto now = std::chrono::steady_clock::now();
    if (!news || now - committed < std::chrono::seconds(1)) continue;
    committed = now;
    news = false;
    if (const auto error = rd_kafka_flush(producer, 60'000)) fail("not all was acknowledged", rd_kafka_err2str(error));
    if (const auto error = rd_kafka_commit(consumer, nullptr, 0)) fail("cannot commit", rd_kafka_err2str(error));
  }
  rd_kafka_flush(producer, 10'000);
  rd_kafka_commit(consumer, nullptr, 0);
  std::_Exit(0);
}
