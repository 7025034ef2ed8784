// What the tests of `kafka` mode share: a function's topics, its plan, a producer whose steps go wrong on request, and a replica as
// wiring.cpp makes it, which can also die without a word.
#pragma once

#include <atomic>
#include <chrono>

#include "event/envelope.hpp"
#include "integration/kafka_world.hpp"
#include "kafka/changelog.hpp"
#include "pipeline/dead_letter.hpp"
#include "kafka/transactional_producer.hpp"
#include "stream/store.hpp"

namespace gofuture::test {

// The topics of one function: input "in" with Tick0, output "out" with Echo, its dead letters and its changelog.
struct StreamWorld {
  explicit StreamWorld(std::int32_t count, std::string name = unique_name("counter"), bool is_stateful = true)
      : partitions(count), function(std::move(name)), group(unique_name("group")), in(garden.make(count)), out(garden.make(count)) {
    garden.make(std::vector<WantedTopic>{{dead_letter_topic(in, function), 1, {}}, {changelog_topic(function), count, {{"cleanup.policy", "compact"}}}});
    const auto ready = plan_of({.topics = {{in, count}}, .emits = {{"Echo", out}}}, function);
    FunctionManifest manifest = ready->manifest();
    manifest.mode = Mode::kKafka;
    manifest.batch_max = 50;
    manifest.retry.initial_ms = 20;
    auto made = Plan::make(std::move(manifest), std::make_shared<const Catalogue>(ready->catalogue()), is_stateful);
    EXPECT_TRUE(made);
    plan = *made;
  }

  // The next `count` ticks of each key, in order.
  void feed(const std::vector<std::string>& keys, int count, const std::string& more = "") {
    AckList acks;
    auto sink = std::move(*KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "feed"}, acks, quiet()));
    for (int i = 0; i < count; ++i, ++fed)
      for (const auto& key : keys) {
        const std::string data = R"({"key": ")" + key + R"(", "n": )" + std::to_string(fed) + more + "}";
        const std::string id = unique_name("event");
        OutgoingRecord record;
        record.topic = in;
        record.key = key;
        record.value = data;
        record.headers = {{"ce_specversion", "1.0"}, {"ce_id", id}, {"ce_source", "test"}, {"ce_type", "Tick0"}, {"ce_subject", key},
                          {"content-type", "application/json"}};
        ASSERT_TRUE(sink->send(record, 0));
        ++records;
      }
    ASSERT_TRUE(sink->flush(30'000));
  }

  std::int64_t committed() const {  // events; transactions leave no marks in the input, so positions count them
    std::int64_t sum = 0;
    for (int p = 0; p < partitions; ++p) sum += committed_offset(group, in, p).value_or(0);
    return sum;
  }
  // The state as a new owner would see it.
  std::map<std::string, std::string> state() const {
    std::map<std::string, std::string> keys;
    std::set<std::int32_t> all;
    for (int p = 0; p < partitions; ++p) all.insert(p);
    ChangelogReader reader({.brokers = kafka_brokers(), .properties = {}, .topic = changelog_topic(function)}, quiet());
    const auto read = reader.read(all, [&](std::int32_t, std::string_view key, std::optional<std::string_view> state) {
      if (state) keys[std::string(key)] = *state;
      else keys.erase(std::string(key));
    });
    EXPECT_TRUE(read) << read.error().message();
    return keys;
  }
  std::size_t shown() const { return read_all(out, partitions).size(); }

  TopicGarden garden;
  const std::int32_t partitions;
  const std::string function, group, in, out;
  std::shared_ptr<const Plan> plan;
  int fed = 0, records = 0;
};

// The real producer, but for what the test wants to go wrong.
class UnluckyTransactions : public kafka::Transactions {
 public:
  using Kind = kafka::Step::Kind;
  enum class Luck { kGood, kNeverSent, kAnswerLost, kFails, kDies };  // of a commit; kDies: never sent, and no producer comes after it
  using Choice = std::function<Luck()>;

  UnluckyTransactions(const StreamWorld& world, const std::string& instance, Choice choice)
      : real_(std::move(*TransactionalProducer::make({.brokers = kafka_brokers(),
                                                      .properties = {},
                                                      .transactional_id = world.group + "-" + instance,
                                                      .group = world.group},
                                                     quiet()))),
        choice_(std::move(choice)) {}

  Result<Done> open() override { return dead_ ? Error("its process has died") : real_->open(); }
  kafka::Step begin() override { return real_->begin(); }
  kafka::Step produce(const OutgoingRecord& record) override { return real_->produce(record); }
  kafka::Step add_positions(const kafka::Offsets& positions, const kafka::Membership& member) override {
    return real_->add_positions(positions, member);
  }
  kafka::Step commit() override {
    switch (choice_ ? choice_() : Luck::kGood) {
      case Luck::kGood: return real_->commit();
      case Luck::kNeverSent: return {Kind::kBroken, "the commit was never sent"};
      case Luck::kFails: return {Kind::kFailed, "the test says so"};
      case Luck::kDies: dead_ = true; return {Kind::kBroken, "its process has died"};
      case Luck::kAnswerLost: break;
    }
    (void)real_->commit();
    return {Kind::kBroken, "the answer was lost"};
  }
  kafka::Step abort() override { return real_->abort(); }
  Result<kafka::Offsets> committed(const std::vector<kafka::Where>& partitions) override { return real_->committed(partitions); }

 private:
  std::unique_ptr<TransactionalProducer> real_;
  const Choice choice_;
  bool dead_ = false;
};

inline std::unique_ptr<StreamStore> stream_store(const StreamWorld& world, const std::string& instance, Answers& answers,
                                                 std::function<kafka::MembershipPtr()> membership, UnluckyTransactions::Choice luck = nullptr) {
  StreamStoreOptions options;
  options.plan = world.plan;
  options.group = world.group;
  options.transactions = std::make_unique<UnluckyTransactions>(world, instance, std::move(luck));
  options.changelog = std::make_unique<ChangelogReader>(
      ChangelogOptions{.brokers = kafka_brokers(), .properties = {}, .topic = changelog_topic(world.function)}, quiet());
  options.membership = std::move(membership);
  auto store = StreamStore::open(std::move(options), answers, quiet());
  EXPECT_TRUE(store) << (store ? "" : store.error().message());
  return std::move(*store);
}

// Counts the events of each key and tells the count, on the pipeline's own thread.
inline void count(const Plan& plan, Batch& batch) {
  static std::atomic<std::uint64_t> ids{1};
  const auto* planned = plan.emission("Echo");
  for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
    Event& event = *batch.events[i];
    if (event.decided || event.outcome != Outcome::kPending) continue;
    event.outcome = Outcome::kOk;
    Slot& slot = batch.slots[event.slot];
    const int counted = slot.state ? std::stoi(*slot.state) + 1 : 1;
    slot.state = std::to_string(counted);
    slot.dirty = true;
    Emission emission;
    emission.event = i;
    emission.id = Uuid::v5(kDerivedSpace, "echo-" + std::to_string(ids++));
    emission.type = planned->type->name;
    emission.topic = planned->topic->name;
    emission.key = emission.subject = slot.key;
    emission.data = std::to_string(counted);
    emission.time_ms = 1'700'000'000'000;
    batch.emissions.push_back(std::move(emission));
  }
}

class CountingHandlers : public Handlers {
 public:
  CountingHandlers(const Plan& plan, Answers& answers) : plan_(plan), answers_(answers) {}
  void handle(BatchPtr batch) override {
    count(plan_, *batch);
    answers_.post(Handled{std::move(batch)});
  }

 private:
  const Plan& plan_;
  Answers& answers_;
};

class RealClock : public Clock {
 public:
  std::int64_t steady_ms() override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  std::int64_t unix_ms() override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

class StreamReplica {
 public:
  using MakeHandlers = std::function<std::unique_ptr<Handlers>(Answers& answers, Clock& clock, Probe& probe)>;

  StreamReplica(const StreamWorld& world, const std::string& instance, UnluckyTransactions::Choice luck = nullptr, const MakeHandlers& make = nullptr) {
    source = std::move(*KafkaSource::open(
        {.brokers = kafka_brokers(), .properties = {}, .group = world.group, .instance = instance, .plan = world.plan, .heartbeat_ms = 200}, witness));
    handlers = make ? make(inbox, clock, witness) : std::make_unique<CountingHandlers>(*world.plan, inbox);
    store = stream_store(world, instance, inbox, [this] { return source->membership(); }, std::move(luck));
    pipeline = std::make_unique<Pipeline>(*world.plan, Ports{*source, *handlers, *store, clock, witness});
    EXPECT_TRUE(source->attach(*pipeline));
    loop = std::make_unique<Loop>(*source, *pipeline, inbox, clock, witness);
    loop->start(instance);
  }
  ~StreamReplica() {
    if (loop) loop->stop(dies_ ? 0 : 12'000);
    loop.reset();
    handlers.reset();
    store.reset();
    std::vector<Answer> left;
    inbox.mailbox.take(left);
    left.clear();
    pipeline.reset();
  }
  // Without draining, committing or leaving, as SIGKILL would have it: what is in flight is dropped where it is.
  void die() { dies_ = true; }

  RealClock clock;
  Witness witness;
  Inbox inbox;
  std::unique_ptr<KafkaSource> source;
  std::unique_ptr<Handlers> handlers;
  std::unique_ptr<StreamStore> store;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Loop> loop;

 private:
  bool dies_ = false;
};

// Every output of every key once, in order: 1, 2, … as often as the key has had events; and the state says the same.
inline void expect_each_counted_once(const StreamWorld& world, const std::vector<std::string>& keys, int each) {
  std::map<std::string, std::vector<std::string>> shown;
  for (const auto& record : read_all(world.out, world.partitions)) shown[record.key.value_or("")].push_back(record.value.value_or(""));
  const auto state = world.state();
  std::vector<std::string> expected;
  for (int n = 1; n <= each; ++n) expected.push_back(std::to_string(n));
  for (const auto& key : keys) {
    EXPECT_EQ(shown[key], expected) << key;
    EXPECT_EQ(state.count(key) == 1 ? state.at(key) : "", std::to_string(each)) << key;
  }
}

}  // namespace gofuture::test
