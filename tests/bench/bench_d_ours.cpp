// Our side of bench D: the real pipeline, loop and store; a source that has its records already; a handler in process.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "base/assert.hpp"
#include "bench/bench_d.hpp"
#include "pipeline/loop.hpp"
#include "postgres/store.hpp"
#include "system_clock.hpp"

namespace gofuture::bench {
namespace {

constexpr int kPartitions = 6;
constexpr const char* kSchema = R"({"type":"object","required":["key","n","note"],"properties":{"key":{"type":"string"},)"
                                R"("n":{"type":"integer"},"note":{"type":"string"}}})";

std::shared_ptr<const Plan> make_plan(const Setting& setting) {
  auto catalogue = std::make_shared<Catalogue>();
  for (const char* name : {"bench.in", "bench.out"}) {
    Topic topic;
    topic.name = name;
    topic.partitions = kPartitions;
    catalogue->topics.push_back(topic);
  }
  for (const auto& [name, topic] : {std::pair{"Happened", "bench.in"}, std::pair{"Done", "bench.out"}}) {
    EventType type;
    type.name = name;
    type.topic = topic;
    type.schema = kSchema;
    type.schema_file = "schemas/bench.json";
    type.key = type.subject = "/key";
    catalogue->events.push_back(type);
  }
  FunctionManifest manifest;
  manifest.name = manifest.library = "bench";
  manifest.batch_max = setting.batch;
  manifest.emits = {{"Done", "bench.out"}};
  Subscription subscription;
  subscription.topic = "bench.in";
  subscription.types = {"Happened"};
  manifest.subscriptions.push_back(subscription);
  auto plan = Plan::make(manifest, catalogue);
  GOFUTURE_ASSERT(plan, "the bench's plan");
  return *plan;
}

std::vector<std::vector<Record>> preload(const Setting& setting, std::uint64_t seed) {
  UuidV7Generator ids(seed);
  const std::int64_t now_ms = SystemClock().unix_ms();
  std::vector<std::vector<Record>> partitions(kPartitions);
  for (int i = 0; i < setting.events; ++i) {
    const std::string key = "k" + std::to_string((seed + static_cast<std::uint64_t>(i) * 7919) % static_cast<std::uint64_t>(setting.keys));
    std::string data = "{\"key\":\"" + key + "\",\"n\":" + std::to_string(i) + ",\"note\":\"";
    data.append(298 - data.size(), 'x').append("\"}");
    OwnedRecord content;
    content.key = key;
    content.value = std::move(data);
    content.headers = {{"ce_specversion", "1.0"}, {"ce_id", ids.next(now_ms).text()}, {"ce_source", "bench"}, {"ce_type", "Happened"},
                       {"ce_subject", key}, {"ce_time", "2026-11-22T12:00:00Z"}, {"content-type", "application/json"}};
    auto& records = partitions[static_cast<std::size_t>(i % kPartitions)];
    records.push_back(make_record(0, i % kPartitions, static_cast<std::int64_t>(records.size()), now_ms, std::move(content)));
  }
  return partitions;
}

class PreloadedSource : public Source, public Poller {
 public:
  explicit PreloadedSource(std::vector<std::vector<Record>> partitions) : partitions_(std::move(partitions)), next_(kPartitions, 0), paused_(kPartitions, false) {}
  Pipeline* pipeline = nullptr;

  void commit(const std::vector<Position>&) override {}
  void pause(const std::vector<TopicPartition>& all) override { set_paused(all, true); }
  void resume(const std::vector<TopicPartition>& all) override { set_paused(all, false); }
  void release(const std::vector<TopicPartition>&, const std::vector<Position>&) override { closed_ = true; }

  int wait_fd() const override { return wake_.fd(); }
  void poll(std::size_t records_max) override {
    wake_.drain();
    if (!assigned_) {
      assigned_ = true;
      std::vector<Position> start;
      for (int p = 0; p < kPartitions; ++p) start.push_back({{0, p}, 0});
      pipeline->on_assigned(start);
    }
    std::vector<Record> records;
    bool more = false;
    for (std::size_t p = 0; p < partitions_.size(); ++p) {
      if (paused_[p]) continue;
      for (std::size_t n = 0; n < records_max / kPartitions && next_[p] < partitions_[p].size(); ++n)
        records.push_back(std::move(partitions_[p][next_[p]++]));
      more = more || next_[p] < partitions_[p].size();
    }
    if (!records.empty()) pipeline->on_records(std::move(records));
    if (more) wake_.ring();
  }
  void close() override {
    std::vector<TopicPartition> all;
    for (int p = 0; p < kPartitions; ++p) all.push_back({0, p});
    pipeline->on_revoked(all);
  }
  bool closed() const override { return closed_; }
  const std::optional<std::string>& halted() const override { return halted_; }

 private:
  void set_paused(const std::vector<TopicPartition>& all, bool paused) {
    for (const TopicPartition& one : all) paused_[static_cast<std::size_t>(one.partition)] = paused;
    if (!paused) wake_.ring();
  }
  std::vector<std::vector<Record>> partitions_;
  std::vector<std::size_t> next_;
  std::vector<bool> paused_;
  bool assigned_ = false, closed_ = false;
  std::optional<std::string> halted_;
  mutable Wake wake_;
};

// 100 B of state and one 300 B event per event, on a thread of its own.
class BenchHandlers : public Handlers {
 public:
  BenchHandlers(const Plan& plan, Answers& answers) : plan_(plan), answers_(answers), ids_(std::random_device{}()), thread_([this] { run(); }) {}
  ~BenchHandlers() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void handle(BatchPtr batch) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(batch));
    changed_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      BatchPtr batch = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      handle_all(*batch);
      answers_.post(Handled{std::move(batch)});
    }
  }
  void handle_all(Batch& batch) {
    const PlannedEmission& out = *plan_.emission("Done");
    const std::int64_t now_ms = clock_.unix_ms();
    for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
      Event& event = *batch.events[i];
      if (event.decided) continue;
      Slot& slot = batch.slots[event.slot];
      std::string state = "{\"count\":" + std::to_string((slot.state ? slot.state->size() : 0) + i) + ",\"note\":\"";
      state.append(98 - state.size(), 's').append("\"}");
      slot.state = std::move(state);
      slot.dirty = true;
      Emission emission;
      emission.event = i;
      emission.id = ids_.next(now_ms);
      emission.type = out.type->name;
      emission.topic = out.topic->name;
      emission.key = emission.subject = slot.key;
      emission.data = std::string(event.envelope.data);
      emission.time_ms = now_ms;
      batch.emissions.push_back(std::move(emission));
      event.outcome = Outcome::kOk;
    }
  }

  const Plan& plan_;
  Answers& answers_;
  SystemClock clock_;
  UuidV7Generator ids_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<BatchPtr> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

class DoneCounter : public Probe {
 public:
  explicit DoneCounter(int events) : left_(events) {}
  void log(Level level, std::string_view sentence, const Event*) override {
    if (level >= Level::kWarn) std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  }
  void done(const Event& event) override {
    GOFUTURE_ASSERT(event.outcome == Outcome::kOk, "every event of the bench has its effect");
    if (--left_ != 0) return;
    const std::lock_guard lock(mutex_);
    all_done_.notify_all();
  }
  void passed_over(std::size_t, bool) override {}
  void batch_handled(std::size_t, double) override {}
  void batch_committed(std::size_t, CommitStatus, double) override { ++commits_; }
  void gap(const TopicPartition&, std::int64_t, std::int64_t) override {}
  void lag(const TopicPartition&, std::int64_t) override {}
  void gauges(const Gauges&) override {}

  void wait() {
    std::unique_lock lock(mutex_);
    all_done_.wait(lock, [this] { return left_ <= 0; });
  }
  int commits() const { return commits_; }

 private:
  std::atomic<int> left_, commits_{0};
  std::mutex mutex_;
  std::condition_variable all_done_;
};

}  // namespace

double ours(const Setting& setting) {
  static std::uint64_t seed = 0;
  seed += 1'000'003;
  const auto plan = make_plan(setting);
  DoneCounter probe(setting.events);
  Inbox inbox;
  SystemClock clock;
  PreloadedSource source(preload(setting, seed));
  PostgresStoreOptions options;
  options.conninfo = setting.conninfo;
  options.function_id = setting.function_id;
  options.epoch = 1;
  options.plan = plan;
  options.committers = setting.committers;
  auto store = PostgresStore::open(std::move(options), inbox, probe);
  GOFUTURE_ASSERT(store, "the bench's store opens");
  BenchHandlers handlers(*plan, inbox);
  Pipeline pipeline(*plan, Ports{source, handlers, **store, clock, probe});
  source.pipeline = &pipeline;
  Loop loop(source, pipeline, inbox, clock, probe);
  const auto begun = std::chrono::steady_clock::now();
  loop.start("bench");
  probe.wait();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  loop.stop();
  std::fprintf(stderr, "    ours: %d events in %d commits, %.2f s\n", setting.events, probe.commits(), took.count());
  return setting.events / took.count();
}

std::string manifest_text(const Setting& setting) {
  return "function bench: mode postgres, state_key = key, stateful (100 B), batch_max = " + std::to_string(setting.batch) +
         ", committers = " + std::to_string(setting.committers) + ", schema validation on\n"
         "source: " + std::to_string(kPartitions) + " partitions preloaded in memory (no Kafka), events of 300 B data and 7 headers; " +
         std::to_string(setting.keys) + " keys\nhandler: in this process without the plugin's ABI; one emission of 300 B per event";
}

}  // namespace gofuture::bench
