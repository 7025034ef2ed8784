// Our side of bench D: everything as in production: the records from Kafka, the function as a library, the real pipeline, loop and
// store.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/assert.hpp"
#include "bench/bench_d.hpp"
#include "bench/preload.hpp"
#include "integration/kafka_backdoor.hpp"
#include "kafka/source.hpp"
#include "pipeline/loop.hpp"
#include "pipeline/silent_probe.hpp"
#include "plugin/handlers.hpp"
#include "plugin/library.hpp"
#include "postgres/store.hpp"
#include "system_clock.hpp"

namespace gofuture::bench {
namespace {

constexpr int kPartitions = 6;
constexpr const char* kSchema = R"({"type":"object","required":["key","n","note"],"properties":{"key":{"type":"string"},)"
                                R"("n":{"type":"integer"},"note":{"type":"string"}}})";

std::shared_ptr<const Catalogue> make_catalogue(const Setting& setting) {
  auto catalogue = std::make_shared<Catalogue>();
  for (const std::string& name : {setting.topic, std::string("bench.out")}) {
    Topic topic;
    topic.name = name;
    topic.partitions = kPartitions;
    catalogue->topics.push_back(topic);
  }
  for (const auto& [name, topic] : {std::pair{"Happened", setting.topic}, std::pair{"Done", std::string("bench.out")}}) {
    EventType type;
    type.name = name;
    type.topic = topic;
    type.schema = kSchema;
    type.schema_file = "schemas/bench.json";
    type.key = type.subject = "/key";
    catalogue->events.push_back(type);
  }
  return catalogue;
}

FunctionManifest make_manifest(const Setting& setting) {
  FunctionManifest manifest;
  manifest.name = manifest.library = "bench";
  manifest.batch_max = setting.batch;
  manifest.config_json = "{\"failing_every\":" + std::to_string(setting.failing_every) + "}";
  manifest.emits = {{"Done", "bench.out"}};
  Subscription subscription;
  subscription.topic = setting.topic;
  subscription.types = {"Happened"};
  manifest.subscriptions.push_back(subscription);
  return manifest;
}

std::uint64_t key_number(const Setting& setting, int event) {
  return static_cast<std::uint64_t>(event) * 7919 % static_cast<std::uint64_t>(setting.keys);
}

// Between the source and the pipeline, to know when the first record came: joining the group is not what is measured.
class FirstRecord : public Intake {
 public:
  explicit FirstRecord(Pipeline& pipeline) : pipeline_(pipeline) {}
  void on_assigned(const std::vector<Position>& positions) override { pipeline_.on_assigned(positions); }
  void on_records(std::vector<Record> records) override {
    if (began == std::chrono::steady_clock::time_point()) began = std::chrono::steady_clock::now();
    pipeline_.on_records(std::move(records));
  }
  void on_revoked(const std::vector<TopicPartition>& partitions) override { pipeline_.on_revoked(partitions); }
  void on_lost(const std::vector<TopicPartition>& partitions) override { pipeline_.on_lost(partitions); }
  std::chrono::steady_clock::time_point began;

 private:
  Pipeline& pipeline_;
};

class DoneCounter : public SilentProbe {
 public:
  DoneCounter(int events, bool failing) : left_(events), failing_(failing) {}
  void log(Level level, std::string_view sentence, const Event*) override {
    if (level >= Level::kWarn && !failing_) std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  }
  void parked(const Event&) override { ++parked_; }
  void done(const Event& event) override {
    if (failing_ && event.outcome == Outcome::kReject) return;  // its attempts are used up
    GOFUTURE_ASSERT(event.outcome == Outcome::kOk, "every event of the bench has its effect");
    if (--left_ != 0) return;
    const std::lock_guard lock(mutex_);
    all_done_.notify_all();
  }
  void batch_committed(std::size_t, CommitStatus, double) override { ++commits_; }

  void wait() {
    std::unique_lock lock(mutex_);
    all_done_.wait(lock, [this] { return left_ <= 0; });
  }
  int commits() const { return commits_; }
  int parked() const { return parked_; }

 private:
  std::atomic<int> left_, commits_{0}, parked_{0};
  const bool failing_;
  std::mutex mutex_;
  std::condition_variable all_done_;
};

}  // namespace

void preload(const Setting& setting) {
  make_topic(setting.topic, kPartitions);
  fill_topic(setting.topic, setting.events, [&setting](int event) { return key_number(setting, event); });
}

void unload(const Setting& setting) { remove_topic(setting.topic); }

double ours(const Setting& setting) {
  FunctionManifest manifest = make_manifest(setting);
  auto library = Library::open(BENCH_FUNCTION, manifest);
  if (!library) std::fprintf(stderr, "%s\n", library.error().message().c_str());
  GOFUTURE_ASSERT(library, "the bench's function can be loaded");
  const auto plan = Plan::make(std::move(manifest), make_catalogue(setting), (*library)->description().stateful);
  GOFUTURE_ASSERT(plan, "the bench's plan");
  int good = 0;
  for (int i = 0; i < setting.events; ++i) good += setting.failing_every > 0 && key_number(setting, i) % static_cast<std::uint64_t>(setting.failing_every) == 0 ? 0 : 1;
  DoneCounter probe(good, setting.failing_every > 0);
  Inbox inbox;
  SystemClock clock;
  SourceOptions from;
  from.brokers = test::kafka_brokers();
  from.group = test::unique_name("bench");
  from.plan = *plan;
  auto source = KafkaSource::open(std::move(from), probe);
  GOFUTURE_ASSERT(source, "the bench's source");
  auto handlers = PluginHandlers::make(*library, *plan, &inbox, clock, probe, nullptr, {.threads = 1});
  GOFUTURE_ASSERT(handlers, "the bench's handler");
  PostgresStoreOptions options;
  options.conninfo = setting.conninfo;
  options.function_id = setting.function_id;
  options.epoch = 1;
  options.plan = *plan;
  options.committers = setting.committers;
  auto store = PostgresStore::open(std::move(options), inbox, probe);
  GOFUTURE_ASSERT(store, "the bench's store opens");
  Pipeline pipeline(**plan, Ports{**source, **handlers, **store, clock, probe});
  FirstRecord intake(pipeline);
  GOFUTURE_ASSERT((*source)->attach(intake), "the bench's source subscribes");
  Loop loop(**source, pipeline, inbox, clock, probe);
  loop.start("bench");
  probe.wait();
  const auto ended = std::chrono::steady_clock::now();
  loop.stop();
  const std::chrono::duration<double> took = ended - intake.began;
  std::fprintf(stderr, "    ours: %d events in %d commits, parked %d times, %.2f s\n", good, probe.commits(), probe.parked(), took.count());
  return good / took.count();
}

std::string manifest_text(const Setting& setting) {
  return "function bench: mode postgres, state_key = key, stateful (100 B), batch_max = " + std::to_string(setting.batch) +
         ", committers = " + std::to_string(setting.committers) + ", schema validation on (both ways)\n"
         "source: Kafka, " + std::to_string(kPartitions) + " partitions preloaded, events of 300 B data and 7 headers; " + std::to_string(setting.keys) +
         " keys\nhandler: a function library through the plugin's ABI; one emission of 300 B per event";
}

}  // namespace gofuture::bench
