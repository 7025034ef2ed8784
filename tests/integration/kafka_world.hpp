// What the tests of runtime/kafka share: topics that nobody else uses, a way to fill them, a listener in the pipeline's
// place.
#pragma once

#include <poll.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "integration/kafka_backdoor.hpp"
#include "kafka/sink.hpp"
#include "kafka/source.hpp"
#include "kafka/topics.hpp"
#include "pipeline/silent_probe.hpp"

namespace gofuture::test {

inline kafka::Say quiet() {
  return [](kafka::Level, const std::string&) {};
}

// Everything that was said and seen, from any thread.
class Witness : public SilentProbe {
 public:
  struct Gap {
    TopicPartition at;
    std::int64_t from, to;
  };
  void log(Level level, std::string_view sentence, const Event*) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(level, sentence);
    if (std::getenv("GOFUTURE_TEST_LOUD") != nullptr)
      std::fprintf(stderr, "  %d %.*s\n", static_cast<int>(level), static_cast<int>(sentence.size()), sentence.data());
  }
  void gap(const TopicPartition& at, std::int64_t from, std::int64_t to) override { gaps.push_back({at, from, to}); }
  void lag(const TopicPartition& at, std::int64_t events) override { lags[at] = events; }

  std::size_t said(Level at_least, std::string_view part) const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [level, sentence] : lines_) count += level >= at_least && sentence.find(part) != std::string::npos;
    return count;
  }

  std::vector<Gap> gaps;  // on the polling thread
  std::map<TopicPartition, std::int64_t> lags;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<Level, std::string>> lines_;
};

class MemoryLedger : public StartLedger {
 public:
  using Entries = std::map<std::pair<std::string, std::int32_t>, Entry>;
  Result<Entries> recorded() override {
    if (broken) return Error("the ledger is away");
    return entries;
  }
  Result<Done> record(const Entries& more) override {
    if (broken) return Error("the ledger is away");
    for (const auto& [at, entry] : more) entries[at] = entry;
    return ok();
  }
  Entries entries;
  bool broken = false;
};

struct PlanRequest {
  std::vector<std::pair<std::string, std::int32_t>> topics;  // name, partitions
  Start start = Start::kEarliest;
  std::int64_t start_timestamp_ms = 0;
  std::map<std::string, std::string> emits = {};  // type "Echo" to a topic of the list
  bool uses_timers = false;
};
// A function that reads these topics; each has the one type "Tick<number>".
inline std::shared_ptr<const Plan> plan_of(const PlanRequest& request, const std::string& function = "reader") {
  auto catalogue = std::make_shared<Catalogue>();
  FunctionManifest manifest;
  manifest.name = function;
  manifest.mode = Mode::kAtLeastOnce;
  int number = 0;
  for (const auto& [name, partitions] : request.topics) {
    Topic topic;
    topic.name = name;
    topic.partitions = partitions;
    catalogue->topics.push_back(topic);
    EventType type;
    type.name = "Tick" + std::to_string(number++);
    type.topic = name;
    type.schema_file = "schemas/" + type.name + ".json";
    type.schema = R"({"type": "object"})";
    type.key = "/key";
    type.subject = "/key";
    catalogue->events.push_back(type);
    Subscription subscription;
    subscription.topic = name;
    subscription.types = {type.name};
    subscription.start = request.start;
    subscription.start_timestamp_ms = request.start_timestamp_ms;
    manifest.subscriptions.push_back(subscription);
  }
  for (const auto& [type_name, topic_name] : request.emits) {
    if (catalogue->topic(topic_name) == nullptr) {
      Topic topic;
      topic.name = topic_name;
      catalogue->topics.push_back(topic);
    }
    EventType type;
    type.name = type_name;
    type.topic = topic_name;
    type.schema_file = "schemas/" + type_name + ".json";
    type.schema = R"({"type": "object"})";
    type.key = "/key";
    type.subject = "/key";
    catalogue->events.push_back(type);
  }
  manifest.emits = request.emits;
  auto plan = Plan::make(std::move(manifest), std::move(catalogue), true, request.uses_timers);
  if (!plan) {
    std::fprintf(stderr, "%s\n", plan.error().message().c_str());
    std::abort();
  }
  return *plan;
}

// Makes topics and forgets them at the end.
class TopicGarden {
 public:
  TopicGarden() {
    auto connected = KafkaTopics::connect({.brokers = kafka_brokers(), .properties = {}}, quiet());
    if (!connected) std::fprintf(stderr, "%s\n", connected.error().message().c_str());
    topics_ = std::move(*connected);
  }
  ~TopicGarden() {
    if (!made_.empty()) (void)topics_->remove(made_);
  }
  KafkaTopics& admin() { return *topics_; }

  std::string make(std::int32_t partitions, std::map<std::string, std::string> settings = {}) {
    const auto name = unique_name("test");
    make(std::vector<WantedTopic>{{name, partitions, std::move(settings)}});
    return name;
  }
  void make(const std::vector<WantedTopic>& wanted) {
    auto plan = topics_->plan(wanted, 1);
    if (!plan) FAIL() << plan.error().message();
    auto applied = topics_->apply(*plan);
    if (!applied) FAIL() << applied.error().message();
    for (const auto& one : wanted) made_.push_back(one.name);
  }
  void forget_later(const std::string& name) { made_.push_back(name); }

 private:
  std::unique_ptr<KafkaTopics> topics_;
  std::vector<std::string> made_;
};

// Acknowledgements in the order of their coming.
class AckList : public Sink::Acks {
 public:
  void acked(std::uint64_t token, const std::optional<std::string>& error) override {
    const std::lock_guard lock(mutex_);
    (error ? failed_ : tokens_).push_back(token);
    if (error) errors_.push_back(*error);
  }
  std::vector<std::uint64_t> tokens() const {
    const std::lock_guard lock(mutex_);
    return tokens_;
  }
  std::vector<std::uint64_t> failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }
  std::vector<std::string> errors() const {
    const std::lock_guard lock(mutex_);
    return errors_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> tokens_, failed_;
  std::vector<std::string> errors_;
};

// `count` records with the values "<first>", "<first + 1>", … into one partition.
inline void fill(const std::string& topic, std::int32_t partition, int count, int first = 0,
                 std::int64_t timestamp_ms = 0) {
  AckList acks;
  auto sink = KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "fill"}, acks, quiet());
  ASSERT_TRUE(sink) << sink.error().message();
  for (int i = 0; i < count; ++i) {
    const auto value = std::to_string(first + i);
    OutgoingRecord record;
    record.topic = topic;
    record.key = value;
    record.value = value;
    record.partition = partition;
    record.timestamp_ms = timestamp_ms == 0 ? 0 : timestamp_ms + i;
    const auto sent = (*sink)->send(record, static_cast<std::uint64_t>(i));
    ASSERT_TRUE(sent) << sent.error().message();
  }
  ASSERT_TRUE((*sink)->flush(30'000)) << "the broker did not take the records of the test";
}

// In the pipeline's place: remembers what comes and gives back at once what is taken.
class Listener : public Intake {
 public:
  struct Heard {
    TopicPartition at;
    std::int64_t offset;
    std::optional<std::string> key, value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  };
  explicit Listener(KafkaSource& source) : source_(source) {}

  void on_assigned(const std::vector<Position>& positions) override {
    ++assignments;
    for (const auto& position : positions) next[position.at] = begun[position.at] = position.offset;
  }
  void on_records(std::vector<Record> records) override {
    for (auto& record : records) {
      Heard one{{record.topic, record.partition}, record.offset, {}, {}, {}};
      if (record.key) one.key = *record.key;
      if (record.value) one.value = *record.value;
      for (const auto& header : record.headers())
        one.headers.emplace_back(header.name, header.value ? std::optional<std::string>(*header.value) : std::nullopt);
      heard.push_back(std::move(one));
      next[{record.topic, record.partition}] = record.offset + 1;
    }
  }
  void on_revoked(const std::vector<TopicPartition>& partitions) override {
    ++revocations;
    revoked.insert(revoked.end(), partitions.begin(), partitions.end());
  }
  void on_lost(const std::vector<TopicPartition>& partitions) override {
    lost.insert(lost.end(), partitions.begin(), partitions.end());
    for (const auto& at : partitions) next.erase(at);
  }

  // What a pipeline does in step().
  void step() {
    if (commits && !next.empty()) source_.commit(positions());
    if (holds_back || revoked.empty()) return;
    const auto all = std::exchange(revoked, {});
    std::vector<Position> done;
    for (const auto& at : all)
      if (const auto found = next.find(at); found != next.end()) {
        done.push_back({at, found->second});
        next.erase(found);
      }
    source_.release(all, done);
  }
  std::vector<Position> positions() const {
    std::vector<Position> list;
    for (const auto& [at, offset] : next) list.push_back({at, offset});
    return list;
  }
  std::vector<std::string> values() const {
    std::vector<std::string> list;
    for (const auto& one : heard) list.push_back(one.value.value_or("(null)"));
    return list;
  }

  std::vector<Heard> heard;
  std::map<TopicPartition, std::int64_t> next, begun;
  std::vector<TopicPartition> revoked, lost;
  int assignments = 0, revocations = 0;
  bool commits = false;     // commits what it has heard in every step
  bool holds_back = false;  // a pipeline that does not finish draining

 private:
  KafkaSource& source_;
};

// A source and its listener, run by the test's own thread.
struct Member {
  Member(const std::shared_ptr<const Plan>& plan, const std::string& group, const std::string& instance,
         StartLedger* ledger = nullptr, const std::function<void(SourceOptions&)>& change = {}) {
    SourceOptions options{.brokers = kafka_brokers(),
                          .properties = {},
                          .group = group,
                          .instance = instance,
                          .plan = plan,
                          .ledger = ledger};
    if (change) change(options);
    auto opened = KafkaSource::open(options, witness);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().message().c_str());
      std::abort();
    }
    source = std::move(*opened);
    listener = std::make_unique<Listener>(*source);
    const auto attached = source->attach(*listener);
    EXPECT_TRUE(attached);
  }
  void turn() {
    source->poll(500);
    listener->step();
  }

  Witness witness;
  std::unique_ptr<KafkaSource> source;
  std::unique_ptr<Listener> listener;
};

// Runs the members until `done`; false when that takes longer than a broken test may.
inline bool run_until(const std::vector<Member*>& members, const std::function<bool()>& done,
                      std::chrono::seconds at_most = std::chrono::seconds(60)) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::vector<pollfd> fds;
    for (const auto* member : members) fds.push_back({member->source->wait_fd(), POLLIN, 0});
    ::poll(fds.data(), fds.size(), fds.empty() ? 20 : 200);
    for (auto* member : members) member->turn();
  }
  return true;
}

}  // namespace gofuture::test
