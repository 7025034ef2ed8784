#include "kafka/producer.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <type_traits>

#include "base/thread_name.hpp"
#include "kafka/produce.hpp"
#include "kafka/refusal.hpp"

namespace gofuture {

using namespace kafka;

namespace {

constexpr int kPollMs = 100;
constexpr std::size_t kSpares = 2'048, kSpareBytes = 2'048;  // records, and of each: at most 4 MiB a producer
constexpr int kPurgeMs = 2'000;
constexpr auto kRebuildPause = std::chrono::milliseconds(200);

Properties producer_properties(const SinkOptions& options) {
  return {{"client.id", options.client_id},
          {"enable.idempotence", "true"},
          {"acks", "all"},
          {"partitioner", "murmur2_random"},
          {"linger.ms", std::to_string(options.linger_ms)},
          {"compression.type", "none"},
          {"message.timeout.ms", "0"},
          {"request.timeout.ms", "10000"},
          {"retry.backoff.ms", "50"},
          {"message.max.bytes", "67305472"},  // the catalogue's largest value and a dead letter's headers: the topic's own limit decides
          {"batch.size", "1000000"},
          {"queue.buffering.max.messages", std::to_string(options.records_max + 1)},
          {"queue.buffering.max.kbytes", std::to_string(options.bytes_max / 1024 * 4 + 4096)}};
}

}  // namespace

void KafkaSink::Producer::Sent::take(const OutgoingRecord& record, std::uint64_t the_token) {
  token = the_token;
  timestamp_ms = record.timestamp_ms;
  partition = record.partition;
  const auto size_of = [](const std::optional<std::string_view>& one) { return one ? one->size() : 0; };
  bytes = size_of(record.key) + size_of(record.value) + 512;
  std::size_t size = record.headers.size() * sizeof(Header) + record.topic.size() + size_of(record.key) + size_of(record.value);
  for (const auto& [name, content] : record.headers) size += name.size() + size_of(content);
  if (size > room) {
    block = std::make_unique_for_overwrite<std::byte[]>(size);
    room = size;
  }
  auto* const list = reinterpret_cast<Header*>(block.get());
  char* end = reinterpret_cast<char*>(list + record.headers.size());
  const auto keep = [&end](std::string_view one) {
    const std::string_view kept(end, one.size());
    end = std::copy(one.begin(), one.end(), end);
    return kept;
  };
  const auto keep_any = [&keep](const std::optional<std::string_view>& one) { return one ? std::optional(keep(*one)) : std::nullopt; };
  topic = keep(record.topic);
  key = keep_any(record.key);
  value = keep_any(record.value);
  static_assert(std::is_trivially_destructible_v<Header> && alignof(Header) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
  std::size_t count = 0;
  for (const auto& [name, content] : record.headers) {
    const auto kept = keep(name);
    new (list + count++) Header(kept, keep_any(content));
  }
  headers = {list, count};
}

KafkaSink::Producer::Producer(SinkOptions options, Sink::Acks& acks, Say say)
    : options_(std::move(options)), acks_(acks), voice_(std::move(say), "producer " + options_.client_id) {}

Result<std::unique_ptr<KafkaSink::Producer>> KafkaSink::Producer::open(SinkOptions options, Sink::Acks& acks, Say say) {
  std::unique_ptr<Producer> self(new Producer(std::move(options), acks, std::move(say)));
  auto made = self->make();
  if (!made) return made.error();
  self->producer_ = std::move(*made);
  self->thread_ = std::thread([producer = self.get()] { producer->run(); });
  return self;
}

KafkaSink::Producer::~Producer() {
  stop();
  ending_ = true;
  if (thread_.joinable()) thread_.join();
  if (!producer_) return;
  // Nobody waits for what is left: without the purge the client would go on trying.
  reports_.clear();
  rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(producer_.get(), kPurgeMs);
}

Result<kafka::Producer> KafkaSink::Producer::make() {
  auto conf = make_conf(options_.brokers, producer_properties(options_), options_.properties, this);
  if (!conf) return conf.error();
  rd_kafka_conf_set_dr_msg_cb(conf->get(), &Producer::on_report);
  rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int error, const char* reason, void* opaque) {
    auto& self = *static_cast<Producer*>(opaque);
    if (error != RD_KAFKA_RESP_ERR__FATAL) self.voice_.library_error(static_cast<rd_kafka_resp_err_t>(error), reason);
  });
  rd_kafka_conf_set_log_cb(
      conf->get(), [](const rd_kafka_t* handle, int severity, const char* facility, const char* text) {
        static_cast<Producer*>(rd_kafka_opaque(handle))->voice_.library_line(severity, facility, text);
      });
  char why[512] = "";
  kafka::Producer made(rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), why, sizeof why));
  if (!made) return Error("the Kafka producer " + options_.client_id + " could not be made: " + why);
  conf->release();
  return made;
}

Result<Done> KafkaSink::Producer::send(const OutgoingRecord& record, std::uint64_t token) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] {
    return stopped_ || (bytes_ < options_.bytes_max && unacknowledged_.size() < options_.records_max);
  });
  if (stopped_) return Error("the producer " + options_.client_id + " is being stopped");
  if (spare_.empty()) spare_.emplace_back();
  Sent& sent = spare_.front();
  sent.take(record, token);
  sent.place = spare_.begin();
  unacknowledged_.splice(unacknowledged_.end(), spare_, sent.place);
  bytes_ += sent.bytes;
  if (broken_) return ok();  // goes out with the others, in its place
  const auto error = produce(sent);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return ok();
  if (!is_hopeless(error)) {  // a fatal error that nobody has noticed yet, or a full queue: the new producer takes it
    broken_ = true;
    return ok();
  }
  const auto sentence = refusal_sentence(error, std::string(sent.topic), sent.bytes);
  forget(sent);
  return Error(sentence);
}

void KafkaSink::Producer::forget(Sent& sent) {
  bytes_ -= sent.bytes;
  if (sent.room <= kSpareBytes && spare_.size() < kSpares) spare_.splice(spare_.begin(), unacknowledged_, sent.place);
  else unacknowledged_.erase(sent.place);
}

// Nothing is copied again: it stays where it is until its report has come.
rd_kafka_resp_err_t KafkaSink::Producer::produce(Sent& sent) {
  return kafka::produce(producer_.get(), topics_, sent, &sent);
}

void KafkaSink::Producer::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  static_cast<Producer*>(opaque)->reports_.push_back({static_cast<Sent*>(message->_private), message->err});
}

void KafkaSink::Producer::run() {
  const std::string_view client(options_.client_id), ours("gofuture-");
  name_this_thread(client.starts_with(ours) ? client.substr(ours.size()) : client, "/acks");
  while (!ending_) {
    rd_kafka_poll(producer_.get(), kPollMs);
    settle();
    bool broken = false;
    {
      const std::lock_guard lock(mutex_);
      broken = broken_ = broken_ || rd_kafka_fatal_error(producer_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    if (broken && !ending_) rebuild();
  }
}

// One lock and one wake for all reports of a poll.
void KafkaSink::Producer::settle() {
  if (reports_.empty()) return;
  std::vector<std::pair<std::uint64_t, std::optional<std::string>>> answers;
  answers.reserve(reports_.size());
  {
    const std::lock_guard lock(mutex_);
    settling_ = true;
    for (const auto& [sent, error] : reports_) {
      const bool done = error == RD_KAFKA_RESP_ERR_NO_ERROR;
      if (!done && !is_hopeless(error)) {
        broken_ = true;
        continue;
      }
      answers.emplace_back(sent->token,
                           done ? std::nullopt : std::optional(refusal_sentence(error, std::string(sent->topic), sent->bytes)));
      forget(*sent);
    }
  }
  reports_.clear();
  room_.notify_all();
  if (!answers.empty()) voice_.recovered("brokers", "Kafka answers again");
  for (const auto& [token, error] : answers) acks_.acked(token, error);
  const std::lock_guard lock(mutex_);
  settling_ = false;
  room_.notify_all();
}

void KafkaSink::Producer::rebuild() {
  char why[512] = "";
  const auto fatal = rd_kafka_fatal_error(producer_.get(), why, sizeof why);
  voice_.say(Level::kWarn,
             std::string("the producer failed for good (") +
                 (fatal != RD_KAFKA_RESP_ERR_NO_ERROR ? why : "records were refused without a reason of their own") +
                 "); a new one sends again what was not acknowledged, in order. A repeat has the id of its first");
  // What was delivered until now must be known before anything is sent again.
  rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(producer_.get(), kPurgeMs);
  settle();
  auto made = make();
  std::unique_lock lock(mutex_);
  room_.wait_for(lock, kRebuildPause, [this] { return stopped_; });  // never in a tight loop
  if (!made) {
    voice_.trouble("rebuild", made.error().message() + "; trying again");
    return;
  }
  topics_.clear();
  producer_ = std::move(*made);
  ++rebuilds_;
  broken_ = false;
  for (auto& sent : unacknowledged_) {
    const auto error = produce(sent);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (is_hopeless(error))
      reports_.push_back({&sent, error});
    else
      broken_ = true;
    if (broken_) break;
  }
}

bool KafkaSink::Producer::flush(std::int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  return room_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                        [this] { return unacknowledged_.empty() && !settling_; });
}

void KafkaSink::Producer::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  room_.notify_all();
}

std::size_t KafkaSink::Producer::unacknowledged() const {
  const std::lock_guard lock(mutex_);
  return unacknowledged_.size();
}

void KafkaSink::Producer::fail_for_test() {
  const std::lock_guard lock(mutex_);
  rd_kafka_test_fatal_error(producer_.get(), RD_KAFKA_RESP_ERR__INCONSISTENT, "a test says so");
}

}  // namespace gofuture
