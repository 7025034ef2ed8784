// The polling side of KafkaSource; what happens in a rebalance is in consumer_rebalance.cpp.
#include "kafka/consumer.hpp"

#include "kafka/membership.hpp"

#include <chrono>
#include <thread>

namespace gofuture {

using namespace kafka;

namespace {

constexpr std::int64_t kTickMs = 1'000;
constexpr std::int64_t kSpareMs = 5'000;  // how long the destructor waits for records that others still hold

std::vector<std::string> topic_names(const Plan& plan) {
  std::vector<std::string> names;
  for (const auto& planned : plan.topics()) names.push_back(planned.topic->name);
  return names;
}

// What differs from librdkafka's defaults, and why: README.md, "Settings".
Properties consumer_properties(const SourceOptions& options) {
  Properties list = fetching(options.plan->manifest().mode == Mode::kAtLeastOnce ? "65536" : "16384");
  list.insert(list.end(), {{"group.id", options.group},
                           {"client.id", options.instance.empty() ? options.group : options.instance},
                           {"partition.assignment.strategy", "range"},
                           {"session.timeout.ms", std::to_string(options.session_ms)},
                           {"heartbeat.interval.ms", std::to_string(options.heartbeat_ms)},
                           {"max.poll.interval.ms", std::to_string(std::max(options.max_poll_ms, options.session_ms))},
                           {"enable.partition.eof", options.plan->uses_timers ? "true" : "false"}});
  if (!options.instance.empty()) list.emplace_back("group.instance.id", options.instance);
  return list;
}

}  // namespace

KafkaSource::Consumer::Consumer(SourceOptions options, Probe& probe)
    : options_(std::move(options)),
      probe_(probe),
      voice_([&probe](Level level, const std::string& sentence) { probe.log(level, sentence, nullptr); },
             "group " + options_.group),
      assignment_(topic_names(*options_.plan)) {}

Result<std::unique_ptr<KafkaSource::Consumer>> KafkaSource::Consumer::open(SourceOptions options, Probe& probe) {
  std::unique_ptr<Consumer> self(new Consumer(std::move(options), probe));
  auto conf =
      make_conf(self->options_.brokers, consumer_properties(self->options_), self->options_.properties, self.get());
  if (!conf) return conf.error();
  rd_kafka_conf_set_rebalance_cb(conf->get(), &Consumer::on_rebalance);
  rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int error, const char* reason, void* opaque) {
    static_cast<Consumer*>(opaque)->voice_.library_error(static_cast<rd_kafka_resp_err_t>(error), reason);
  });
  rd_kafka_conf_set_log_cb(
      conf->get(), [](const rd_kafka_t* handle, int severity, const char* facility, const char* text) {
        static_cast<Consumer*>(rd_kafka_opaque(handle))->voice_.library_line(severity, facility, text);
      });
  char why[512] = "";
  self->consumer_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), why, sizeof why));
  if (!self->consumer_)
    return Error("the Kafka consumer of group " + self->options_.group + " could not be made: " + why);
  conf->release();  // the consumer owns it now
  rd_kafka_poll_set_consumer(self->consumer_.get());
  self->queue_.reset(rd_kafka_queue_get_consumer(self->consumer_.get()));
  const std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(self->queue_.get(), self->wakeup_.event_fd(), &one, sizeof one);
  if (self->options_.reader != nullptr) self->follower_ = self->options_.reader->follower(self->wakeup_);
  auto* consumer = self.get();
  self->commits_ = std::make_unique<OffsetCommits>(
      self->consumer_.get(), self->wakeup_.event_fd(), self->voice_,
      OffsetCommits::Hooks{.committed = [consumer](const Offsets& committed) { consumer->mark_started(committed); },
                           .evicted = [consumer] { consumer->evicted_ = true; },
                           .fenced = [consumer] { consumer->evicted_ = true; }});
  return self;
}

KafkaSource::Consumer::~Consumer() {
  destroying_ = true;
  taken_.clear();
  follower_.reset();
  const auto until = steady_ms() + kSpareMs;
  while (holds_.outstanding() > 0 && steady_ms() < until) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  // A message points into its client; freeing the client under a record that somebody still reads would be worse.
  GOFUTURE_ASSERT(holds_.outstanding() == 0, "a source is destroyed while records of it are still held");
  ends_.reset();
  commits_.reset();
  if (queue_) rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
  queue_.reset();
  // A dynamic member has to say that it leaves, a static one must not.
  if (consumer_ && options_.instance.empty() && !fatal_) rd_kafka_consumer_close(consumer_.get());
}

Result<Done> KafkaSource::Consumer::attach(std::unique_ptr<Intake> owned, Intake& intake) {
  GOFUTURE_ASSERT(intake_ == nullptr, "a source feeds one pipeline");
  owned_intake_ = std::move(owned);
  intake_ = &intake;
  const auto error = subscribe();
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Error("group " + options_.group + " could not subscribe to its topics: " + text_of(error));
  return ok();
}

rd_kafka_resp_err_t KafkaSource::Consumer::subscribe() {
  Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(assignment_.topics().size())));
  for (const auto& topic : assignment_.topics())
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  return rd_kafka_subscribe(consumer_.get(), list.get());
}

void KafkaSource::Consumer::poll(std::size_t records_max) {
  wakeup_.drain();
  delivered_ = 0;
  bool empty = false;
  while (!empty && delivered_ + taken_.size() < records_max) {
    empty = !take_one();
    while (!rebalances_.empty()) {
      deliver();
      auto rebalance = std::move(rebalances_.front());
      rebalances_.pop_front();
      act_on(std::move(rebalance));
    }
    if (taken_.size() >= kChunk) deliver();
  }
  take_fed(records_max);
  deliver();
  note_fatal();
  if (phase_ == Phase::kDraining && rd_kafka_assignment_lost(consumer_.get()) != 0) {
    note_session_end();
    evicted_ = true;
  }
  // Not where it was noticed: that may be inside of a call by the pipeline, which must not be called back there.
  if (std::exchange(evicted_, false)) lose();
  if (phase_ == Phase::kStarting && steady_ms() >= retry_at_ms_) try_start();
  if (!out_of_range_.empty() && steady_ms() >= retry_at_ms_) repair_positions();
  commits_->serve();
  tick();
  change_reading();
  // librdkafka rings only when something comes into an empty queue: what we leave in it we ring for ourselves.
  if (!empty || fed_at_ < fed_.size()) wakeup_.ring();
}

bool KafkaSource::Consumer::take_one() {
  Message message(rd_kafka_consumer_poll(consumer_.get(), 0));
  if (!message) return rd_kafka_last_error() == RD_KAFKA_RESP_ERR__INTR || !rebalances_.empty();
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    take_error(*message);
  else
    take_record(std::move(message));
  return true;
}

void KafkaSource::Consumer::take_record(Message message) {
  if (phase_ != Phase::kReading) return;  // its partition is being given back: its next owner reads it
  if (message->rkt != last_topic_) {
    const auto index = assignment_.index_of(rd_kafka_topic_name(message->rkt));
    if (!index) return;
    last_topic_ = message->rkt;
    last_topic_index_ = *index;
  }
  auto* share = assignment_.find({last_topic_index_, message->partition});
  if (share == nullptr) return;
  if (!is_new(*share, {last_topic_index_, message->partition}, message->offset)) return;
  const TopicPartition at{last_topic_index_, message->partition};
  auto record = holds_.make(std::move(message));
  record.topic = last_topic_index_;
  taken_.push_back(std::move(record));
  if (share->next >= share->joins_at) join(at, *share);
}

bool KafkaSource::Consumer::is_new(Share& share, const TopicPartition& at, std::int64_t offset) {
  if (offset >= share.next) {
    share.next = offset + 1;
    return true;
  }
  // Between the request to follow and the pause of our own client both bring the same.
  if (share.following == 0 && stale_++ == 0)
    voice_.say(Level::kWarn, "Kafka's client delivered a record again (" + assignment_.topic(at.topic) + "/" + std::to_string(at.partition) +
                                 " offset " + std::to_string(offset) +
                                 "); it is dropped and counted. Known of librdkafka before 2.4, harmless here");
  return false;
}

void KafkaSource::Consumer::take_error(const rd_kafka_message_t& message) {
  const std::string topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "";
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      if (const auto index = assignment_.index_of(topic);
          index && phase_ == Phase::kReading && assignment_.find({*index, message.partition}) != nullptr) {
        deliver();  // what came before it
        intake_->on_end({*index, message.partition}, message.offset);
      }
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      if (const auto index = assignment_.index_of(topic);
          index && assignment_.find({*index, message.partition}) != nullptr) {
        out_of_range_.insert({*index, message.partition});
        retry_at_ms_ = 0;
      }
      return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      voice_.trouble(
          "topic " + topic,
          "topic " + topic +
              " does not exist; make it with `gofuture topics apply`. Reading begins by itself when it is there");
      return;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      voice_.trouble("access " + topic, "the broker denies access (" + std::string(rd_kafka_message_errstr(&message)) +
                                            "); grant Read on topic " + topic + " and on group " + options_.group);
      return;
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
      voice_.say(Level::kError, "the function's thread did not poll for longer than " +
                                    std::to_string(options_.max_poll_ms) +
                                    " ms; its partitions are given to others, then it joins again");
      note_session_end();
      evicted_ = true;  // also when an ordinary revocation stood in the queue before: it is too late for that
      return;
    case RD_KAFKA_RESP_ERR__FATAL:
      note_fatal();
      return;
    default:
      voice_.library_error(message.err, rd_kafka_message_errstr(&message));
  }
}

void KafkaSource::Consumer::deliver() {
  if (taken_.empty()) return;
  delivered_ += taken_.size();
  std::vector<Record> records;
  records.reserve(kChunk);
  records.swap(taken_);
  voice_.recovered("brokers", "Kafka answers again");
  intake_->on_records(std::move(records));
}

// After a fatal error librdkafka drops the assignment without telling: we tell.
void KafkaSource::Consumer::note_fatal() {
  if (fatal_) return;
  char why[512] = "";
  const auto error = rd_kafka_fatal_error(consumer_.get(), why, sizeof why);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  fatal_ = true;
  // A commit of our old session that a broker answers only now, after a restart: whom it met under our name were we ourselves, joining
  // again. Another process would have fenced us without an end of our session before.
  outdated_ = error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID && session_ended_ms_ && steady_ms() - *session_ended_ms_ < 2LL * options_.session_ms;
  if (outdated_)
    voice_.say(Level::kWarn, "a request of our session that has ended was answered after we had joined again; the consumer is made anew");
  else if (error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
    halt("function " + options_.plan->manifest().name + " is stopped here: another process joined group " +
         options_.group + " under our instance name \"" + options_.instance +
         "\". Give every process its own name (instance in gofuture.toml, GOFUTURE_INSTANCE) and start this one again");
  else
    halt("function " + options_.plan->manifest().name + " is stopped here: its Kafka consumer failed for good (" + why +
         "). Start this process again; if it stays so, the broker's log says why");
  lose();
}

Result<std::unique_ptr<KafkaSource::Consumer>> KafkaSource::Consumer::made_anew() {
  auto next = open(options_, probe_);
  if (!next) return next;
  if (auto attached = (*next)->attach(nullptr, *intake_); !attached) return attached.error();
  (*next)->owned_intake_ = std::move(owned_intake_);
  if (closing_) (*next)->close();
  return next;
}

void KafkaSource::Consumer::fence_for_test() {
  rd_kafka_test_fatal_error(consumer_.get(), RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "a test says so");
}

void KafkaSource::Consumer::halt(std::string sentence) {
  if (halted_) return;
  voice_.say(Level::kError, sentence);
  halted_ = std::move(sentence);
}

void KafkaSource::Consumer::tick() {
  const auto now = steady_ms();
  if (now - ticked_ms_ < kTickMs) return;
  ticked_ms_ = now;
  if (phase_ == Phase::kReading) report_lag();
}

// From what the last fetches said about the logs' ends: no request of its own.
void KafkaSource::Consumer::report_lag() {
  assignment_.each([&](const TopicPartition& at, Share& share) {
    std::optional<std::int64_t> end;
    std::int64_t low = 0, high = 0;
    if (share.fed) end = options_.reader->end_of(assignment_.where(at));
    else if (rd_kafka_get_watermark_offsets(consumer_.get(), assignment_.topic(at.topic).c_str(), at.partition, &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0) end = high;
    if (!end) return;
    probe_.lag(at, std::max<std::int64_t>(0, *end - share.done));
    follow_if_near(at, share, *end);
  });
}

void KafkaSource::Consumer::commit(const std::vector<Position>& positions) {
  if (phase_ != Phase::kReading && phase_ != Phase::kDraining) return;
  for (const auto& position : positions) {
    auto* share = assignment_.find(position.at);
    if (share == nullptr) continue;
    share->done = position.offset;
    commits_->add(assignment_.where(position.at), position.offset);
  }
  commits_->serve();
}

void KafkaSource::Consumer::ask_ends(const std::vector<TopicPartition>& partitions) {
  GOFUTURE_ASSERT(options_.answers != nullptr, "a source that is asked for ends has been told where answers go");
  if (!ends_)
    ends_ = std::make_unique<EndsReader>(consumer_.get(), [this](std::optional<Offsets> offsets) {
      Ends ends;
      if (offsets)
        for (const auto& [at, offset] : *offsets)
          if (const auto topic = assignment_.index_of(at.first)) ends.ends.push_back({{*topic, at.second}, offset});
      options_.answers->post(std::move(ends));
    });
  std::vector<Where> asked;
  for (const auto& at : partitions) asked.push_back(assignment_.where(at));
  ends_->ask(std::move(asked));
}

void KafkaSource::Consumer::committed(const std::vector<Position>& positions) {
  for (const auto& position : positions)
    if (auto* share = assignment_.find(position.at)) share->done = position.offset;
}

MembershipPtr KafkaSource::Consumer::membership() const {
  if (phase_ != Phase::kReading && phase_ != Phase::kDraining) return nullptr;
  if (evicted_ || fatal_ || rd_kafka_assignment_lost(consumer_.get()) != 0) return nullptr;
  return Membership::of(consumer_.get());
}

// Only what changes is passed on: librdkafka 2.0 refetches from an old offset when it is told to resume what is not
// paused.
void KafkaSource::Consumer::set_paused(const std::vector<TopicPartition>& partitions, bool paused) {
  for (const auto& at : partitions) {
    auto* share = assignment_.find(at);
    if (share == nullptr || share->paused == paused) continue;
    share->paused = paused;
    if (paused) {
      leave(at, *share);
      if (!share->fed) to_pause_.push_back(assignment_.where(at));
    } else {
      if (std::exchange(share->fed, false)) to_seek_[assignment_.where(at)] = share->next;
      to_resume_.push_back(assignment_.where(at));
    }
  }
  change_reading();
}

}  // namespace gofuture
