#include "kafka.hpp"

#include <librdkafka/rdkafka.h>

#include <cstring>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "database.hpp"  // Trouble
#include "ids.hpp"

namespace city {
namespace {

constexpr int kPatienceMs = 30'000;
constexpr const char* kHeldMs = "1800000";  // phones keep what they have to say while the broker is away

rd_kafka_t* open(rd_kafka_type_t type, const std::string& brokers, const std::vector<std::pair<const char*, const char*>>& settings,
                 const std::function<void(rd_kafka_conf_t*)>& more = {}) {
  if (brokers.empty()) throw Trouble("no Kafka is named: set GOFUTURE_KAFKA (eval \"$(deploy/stack/stack env)\")");
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  const auto set = [&](const char* name, const char* value) {
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) throw Trouble(error);
  };
  set("bootstrap.servers", brokers.c_str());
  set("client.id", "city");
  set("log_level", "2");  // what mends itself, a broker that is away too, is not worth a line
  set("reconnect.backoff.max.ms", "500");  // a broker that was away is heard again at once
  set("socket.nagle.disable", "true");
  for (const auto& [name, value] : settings) set(name, value);
  if (more) more(conf);
  rd_kafka_t* handle = rd_kafka_new(type, conf, error, sizeof error);
  if (handle == nullptr) throw Trouble(std::string("Kafka client: ") + error);
  return handle;
}

struct Report {  // what a delivery report changes
  std::int64_t* acked;
  std::string* failure;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* report = static_cast<Report*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++*report->acked;
  } else if (report->failure->empty()) {
    *report->failure = std::string("a phone's event was not taken by Kafka: ") + rd_kafka_err2str(message->err);
  }
}

std::string text(const void* data, std::size_t size) {
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

Event event_of(const rd_kafka_message_t& message) {
  Event event;
  event.topic = rd_kafka_topic_name(message.rkt);
  event.partition = message.partition;
  event.offset = message.offset;
  rd_kafka_timestamp_type_t type;
  event.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  event.key = text(message.key, message.key_len);
  event.data = text(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return event;
  const char* name;
  const void* value;
  std::size_t size;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    if (std::strcmp(name, "ce_id") == 0) event.id = text(value, size);
    else if (std::strcmp(name, "ce_type") == 0) event.type = text(value, size);
    else if (std::strcmp(name, "ce_subject") == 0) event.subject = text(value, size);
    else if (std::strcmp(name, "ce_correlationid") == 0) event.correlation = text(value, size);
    else if (std::strcmp(name, "ce_causationid") == 0) event.causation = text(value, size);
    else if (std::strcmp(name, "ce_time") == 0) event.time = text(value, size);
    else if (std::strcmp(name, "ce_hops") == 0) event.hops = std::atoi(text(value, size).c_str());
  }
  return event;
}

using List = std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>;
List list_of(std::size_t size) { return {rd_kafka_topic_partition_list_new(static_cast<int>(size)), &rd_kafka_topic_partition_list_destroy}; }

}  // namespace

// Not idempotent: that kind of producer ends for good when a killed broker forgets what it was sent last. One request at a time keeps
// the order, and what a lost answer doubles is doubled news, which the platform must bear.
Producer::Producer(const std::string& brokers) {
  auto* report = new Report{&acked_, &failure_};
  handle_ = open(RD_KAFKA_PRODUCER, brokers,
                 {{"acks", "all"}, {"max.in.flight.requests.per.connection", "1"}, {"partitioner", "murmur2_random"}, {"linger.ms", "10"},
                  {"queue.buffering.max.messages", "500000"}, {"message.timeout.ms", kHeldMs}},
                 [&](rd_kafka_conf_t* conf) {
                   rd_kafka_conf_set_dr_msg_cb(conf, &on_delivery);
                   rd_kafka_conf_set_opaque(conf, report);
                 });
}

Producer::~Producer() {
  rd_kafka_flush(handle_, 1000);
  auto* report = static_cast<Report*>(rd_kafka_opaque(handle_));
  rd_kafka_destroy(handle_);
  delete report;
}

void Producer::send(const Outgoing& event) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(12);
  const auto add = [&](const char* name, std::string_view value) {
    rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
  };
  add("ce_specversion", "1.0");
  add("ce_id", event.id);
  add("ce_source", event.source);
  add("ce_type", event.type);
  add("ce_subject", event.subject);
  add("ce_time", event.time);
  if (!event.correlation.empty()) add("ce_correlationid", event.correlation);
  if (!event.causation.empty()) add("ce_causationid", event.causation);
  add("ce_hops", std::to_string(event.hops));
  add("content-type", "application/json");
  if (!event.traceparent.empty()) add("traceparent", event.traceparent);
  for (;;) {
    const auto error = rd_kafka_producev(
        handle_, RD_KAFKA_V_TOPIC(event.topic.c_str()), RD_KAFKA_V_KEY(event.key.data(), event.key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(event.data.data()), event.data.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;  // the headers are Kafka's now
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_headers_destroy(headers);
      throw Trouble(std::string("a phone cannot send to ") + event.topic + ": " + rd_kafka_err2str(error));
    }
    rd_kafka_poll(handle_, 50);
  }
  ++sent_;
}

void Producer::serve() {
  rd_kafka_poll(handle_, 0);
  if (!failure_.empty()) throw Trouble(failure_);
}

bool Producer::flush(int timeout_ms) {
  const auto error = rd_kafka_flush(handle_, timeout_ms);
  if (!failure_.empty()) throw Trouble(failure_);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR && sent_ == acked_;
}

// Ten fetches a second at most: with hundreds of partitions each fetch costs the broker more than its events do.
Reader::Reader(const std::string& brokers)
    : handle_(open(RD_KAFKA_CONSUMER, brokers,
                   {{"group.id", "city-reads-without-a-group"}, {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"},
                    {"isolation.level", "read_committed"}, {"auto.offset.reset", "error"}, {"enable.partition.eof", "true"},
                    {"fetch.min.bytes", "65536"}, {"fetch.wait.max.ms", "100"}, {"queued.max.messages.kbytes", "32768"}})) {
  rd_kafka_poll_set_consumer(handle_);
}

Reader::~Reader() {
  rd_kafka_consumer_close(handle_);
  rd_kafka_destroy(handle_);
}

Offsets Reader::ends(const std::vector<std::string>& topics) {
  Offsets out;
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto known = rd_kafka_metadata(handle_, 1, nullptr, &metadata, kPatienceMs);
  if (known != RD_KAFKA_RESP_ERR_NO_ERROR) throw Trouble(std::string("Kafka does not answer: ") + rd_kafka_err2str(known) + "; is the stack up? deploy/stack/stack status");
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    for (const auto& topic : topics) {
      if (topic == metadata->topics[i].topic) out[topic].resize(static_cast<std::size_t>(metadata->topics[i].partition_cnt));
    }
  }
  rd_kafka_metadata_destroy(metadata);
  // Topics made a moment ago have no leaders yet; that mends itself.
  for (const auto deadline = now_monotonic_ms() + kPatienceMs;;) {
    const auto list = list_of(256);
    for (const auto& topic : topics) {
      if (out[topic].empty()) throw Trouble("there is no topic " + topic + ": gofuture topics apply");
      for (std::size_t p = 0; p < out[topic].size(); ++p) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int>(p))->offset = RD_KAFKA_OFFSET_END;  // as a "timestamp": the end
      }
    }
    auto error = rd_kafka_offsets_for_times(handle_, list.get(), kPatienceMs);
    for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      const auto& at = list->elems[i];
      error = at.err != RD_KAFKA_RESP_ERR_NO_ERROR ? at.err : at.offset < 0 ? RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE : error;
      out[at.topic][static_cast<std::size_t>(at.partition)] = at.offset;
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return out;
    if (now_monotonic_ms() > deadline) throw Trouble(std::string("Kafka does not tell where its topics end: ") + rd_kafka_err2str(error));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void Reader::start(const Offsets& from) {
  const auto list = list_of(256);
  for (const auto& [topic, offsets] : from) {
    for (std::size_t p = 0; p < offsets.size(); ++p) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int>(p))->offset = offsets[p];
    }
  }
  const auto error = rd_kafka_assign(handle_, list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw Trouble(std::string("Kafka reader: ") + rd_kafka_err2str(error));
}

namespace {
using Message = std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)>;

// An event, the end of a partition (as its topic and number), or nothing.
void sort(rd_kafka_t* handle, int timeout_ms, const std::function<void(Event&&)>& take, const std::function<void(std::string, std::int32_t)>& ended,
          bool& anything) {
  const Message message(rd_kafka_consumer_poll(handle, timeout_ms), &rd_kafka_message_destroy);
  anything = message != nullptr;
  if (!message) return;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    take(event_of(*message));
  } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    if (ended) ended(rd_kafka_topic_name(message->rkt), message->partition);
  } else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    throw Trouble(std::string("Kafka reader: ") + rd_kafka_message_errstr(message.get()));
  }  // the rest mends itself: a broker that is away, or back and does not yet know its topics
}
}  // namespace

void Reader::poll(int timeout_ms, const std::function<void(Event&&)>& take) {
  bool anything = true;
  sort(handle_, timeout_ms, take, {}, anything);
  for (int i = 0; anything && i < 10'000; ++i) sort(handle_, 0, take, {}, anything);
}

void Reader::read_all(const Offsets& from, const std::function<void(Event&&)>& take) {
  std::vector<std::string> topics;
  for (const auto& [topic, offsets] : from) topics.push_back(topic);
  const auto to = ends(topics);
  std::map<std::pair<std::string, std::int32_t>, bool> open_partitions;
  const auto list = list_of(256);
  for (const auto& [topic, offsets] : from) {
    for (std::size_t p = 0; p < offsets.size(); ++p) {
      if (offsets[p] >= to.at(topic)[p]) continue;
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int>(p))->offset = offsets[p];
      open_partitions[{topic, static_cast<std::int32_t>(p)}] = true;
    }
  }
  if (rd_kafka_assign(handle_, list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) throw Trouble("Kafka reader: the partitions cannot be assigned");
  auto progress = now_monotonic_ms();
  while (!open_partitions.empty()) {
    bool anything = false;
    sort(handle_, 100, take, [&](const std::string& topic, std::int32_t p) { open_partitions.erase({topic, p}); }, anything);
    if (anything) progress = now_monotonic_ms();
    if (now_monotonic_ms() - progress > kPatienceMs) {
      throw Trouble("Kafka does not hand over " + open_partitions.begin()->first.first + "-" + std::to_string(open_partitions.begin()->first.second) + " to its end");
    }
  }
  rd_kafka_assign(handle_, nullptr);
}

}  // namespace city
