// Many histories of two replicas that read four partitions: transactions fail in every way, answers are lost, partitions move while
// commits are on their way, zombies wake up, replicas die. Whatever happens, every event counts once and is told once, in order.
#include <random>

#include "pipeline/pipeline.hpp"
#include "stream/committer.hpp"
#include "support/answer_box.hpp"
#include "support/courier.hpp"
#include "support/fake_handlers.hpp"
#include "support/fake_probe.hpp"
#include "support/fake_source.hpp"
#include "support/manual_clock.hpp"
#include "support/record_builder.hpp"
#include "support/test_plan.hpp"
#include "unit/stream/rig.hpp"

namespace gofuture::test {
namespace {

using Fault = FakeTransactions::Fault;
using Random = std::mt19937;

constexpr int kPartitions = 4, kKeys = 6;

// The real committer behind the store's port; its thread is whoever delivers the message.
class CourierStore : public Store {
 public:
  CourierStore(const std::shared_ptr<const Plan>& plan, FakeCluster& cluster, const std::string& id, Answers& answers, Courier& courier)
      : transactions(cluster, id), changelog(cluster, "counter-changelog"),
        committer_(plan, "counter", transactions, changelog, [](kafka::Level, const std::string&) {}), answers_(answers), courier_(courier) {}
  StoreTraits traits() const override { return {.keyed = true, .owns_offsets = true, .commits_in_flight = 1}; }
  void load(BatchPtr batch) override {
    auto held = std::make_shared<BatchPtr>(std::move(batch));
    courier_.send({Message::Kind::kInside, "", "load", [this, held] {
                     std::optional<std::string> unavailable;
                     if (auto loaded = committer_.load(**held); !loaded) unavailable = loaded.error().message();
                     answers_.post(Loaded{std::move(*held), unavailable});
                   }});
  }
  void commit(BatchPtr batch) override {
    auto held = std::make_shared<BatchPtr>(std::move(batch));
    auto member = FakeCluster::member_of(generation);  // as the source knows it on the function's thread
    courier_.send({Message::Kind::kOutside, "", "commit", [this, held, member] { answers_.post(committer_.commit(std::move(*held), member)); }});
  }
  FakeTransactions transactions;
  FakeChangelog changelog;
  int generation = 0;

 private:
  StreamCommitter committer_;
  Answers& answers_;
  Courier& courier_;
};

class QueueCourier : public Courier {
 public:
  void send(Message message) override { waiting.push_back(std::move(message)); }
  std::deque<Message> waiting;
};

struct Replica {
  Replica(const std::shared_ptr<const Plan>& plan, FakeLog& log, FakeCluster& cluster, ManualClock& clock, const std::string& id, std::uint64_t seed)
      : source(log), function(*plan, seed), handlers(function, clock, answers, courier), store(plan, cluster, id, answers, courier),
        pipeline(std::make_unique<Pipeline>(*plan, Ports{source, handlers, store, clock, probe})) {}
  void step() {
    while (auto answer = answers.take()) pipeline->on_answer(std::move(*answer));
    pipeline->step();
  }
  void deliver() {
    if (courier.waiting.empty()) return;
    const Message message = std::move(courier.waiting.front());
    courier.waiting.pop_front();
    message.run();
    step();
  }
  QueueCourier courier;
  AnswerBox answers;
  FakeProbe probe;
  FakeSource source;
  CountingFunction function;
  FakeHandlers handlers;
  CourierStore store;
  std::unique_ptr<Pipeline> pipeline;
};

class History {
 public:
  explicit History(std::uint32_t seed) : random_(seed) {
    FunctionManifest manifest = test_manifest({.batch_max = 5, .concurrency = 2});
    manifest.mode = Mode::kKafka;
    manifest.subscriptions.resize(1);
    plan_ = *Plan::make(std::move(manifest), test_catalogue(), true);
    for (std::size_t i = 0; i < replicas_.size(); ++i) start(i);
    rebalance();
  }

  void run() {
    for (int i = 0; i < 400; ++i) {
      Replica& one = *replicas_[random_() % 2];
      switch (random_() % 16) {
        case 0: case 1: case 2: produce(); break;
        case 3: case 4: if (one.pipeline->wants_records()) one.pipeline->on_records(one.source.poll(1 + random_() % 6)); one.step(); break;
        case 5: clock_.advance(static_cast<std::int64_t>(random_() % 3'000)); one.step(); break;
        case 6: if (chance(4)) rebalance(); break;
        default: one.deliver();
      }
    }
    calm_ = true;
    for (int i = 0; i < 3'000 && !over(); ++i)
      for (auto& one : replicas_) {
        if (one->pipeline->wants_records()) one->pipeline->on_records(one->source.poll(10));
        clock_.advance(500);
        one->step();
        one->deliver();
      }
  }

  void expect_each_event_once() {
    EXPECT_TRUE(over()) << "it does not come to its end";
    std::map<std::string, int> told;
    for (const auto& record : cluster_.records)
      if (record.topic == "counts.out") {
        const Counted counted = read_counted(*record.value);
        EXPECT_EQ(counted.count, ++told[record.key]) << "each count of a key is told once, in order";
        causes_told_.insert(counted.cause);
      }
    std::size_t all = 0;
    for (const auto& [key, events] : produced_) {
      EXPECT_EQ(told[key], events) << key;
      all += static_cast<std::size_t>(events);
    }
    EXPECT_EQ(causes_told_.size(), all);
    std::map<std::string, std::string> state;
    for (const auto& record : cluster_.records)
      if (record.topic == "counter-changelog") state[record.key] = record.value.value_or("");
    for (const auto& [key, events] : produced_) EXPECT_EQ(Count::read(state[key]).events, events) << key;
  }

 private:
  // A replica of this name; what was one before has died with all that it had in flight.
  void start(std::size_t i) {
    replicas_[i] = std::make_unique<Replica>(plan_, log_, cluster_, clock_, "counter-" + std::to_string(i), random_());
    replicas_[i]->store.transactions.fault_of = [this](const std::string&) {
      if (calm_ || !chance(12)) return Fault::kNone;
      return std::array{Fault::kFails, Fault::kBreaks, Fault::kBreaksAfter}[random_() % 3];
    };
  }
  bool chance(unsigned one_in) { return random_() % one_in == 0; }
  bool over() const {
    for (int p = 0; p < kPartitions; ++p) {
      const auto log = log_.partitions().find({kTrips, p});
      if (log == log_.partitions().end()) continue;
      const auto committed = cluster_.positions.find({"trips.in", p});
      if (committed == cluster_.positions.end() || committed->second != log->second.end) return false;
    }
    return true;
  }
  void produce() {
    const int k = static_cast<int>(random_() % kKeys);
    const std::string key = "k" + std::to_string(k);
    auto record = trip(++number_, key);
    if (chance(15)) record.header("test-script", "retry=2");
    log_.append({kTrips, k % kPartitions}, record.content());
    ++produced_[key];
  }
  // The group shares its partitions anew under a new generation. What a member has in flight it learns to be lost only when it is
  // told, and what is on its way to Kafka stays on its way.
  void rebalance() {
    ++cluster_.generation;
    std::vector<std::vector<TopicPartition>> shares(2);
    for (int p = 0; p < kPartitions; ++p) {
      shares[random_() % 2].push_back({kTrips, p});
      log_.partition({kTrips, p}).committed.reset();
      if (const auto at = cluster_.positions.find({"trips.in", p}); at != cluster_.positions.end()) log_.partition({kTrips, p}).committed = at->second;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (chance(5)) start(i);
      Replica& one = *replicas_[i];
      if (const auto had = one.source.assigned(); !had.empty()) {
        one.source.lost(had);
        one.pipeline->on_lost(had);
      }
      one.store.generation = cluster_.generation;
      one.pipeline->on_assigned(one.source.assign(shares[i]));
      one.step();
    }
  }

  Random random_;
  std::shared_ptr<const Plan> plan_;
  FakeLog log_;
  FakeCluster cluster_;
  ManualClock clock_;
  std::array<std::unique_ptr<Replica>, 2> replicas_;
  bool calm_ = false;
  std::uint64_t number_ = 0;
  std::map<std::string, int> produced_;
  std::set<std::string> causes_told_;
};

TEST(StreamHistories, EveryEventCountsOnceAndIsToldOnceInOrder) {
  for (std::uint32_t seed = 1; seed <= 300 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    history.run();
    history.expect_each_event_once();
  }
}

}  // namespace
}  // namespace gofuture::test
