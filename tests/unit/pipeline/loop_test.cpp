// The thread of a function: what others may ask of it, and how it ends.
#include "pipeline/loop.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

class SharedClock : public Clock {
 public:
  std::int64_t steady_ms() override {
    ++reads;
    return ms;
  }
  std::int64_t unix_ms() override { return ms; }
  std::atomic<std::int64_t> ms = 1'000'000;
  std::atomic<std::uint64_t> reads = 0;
};

// A source with one partition and one event, which it gives back when it is released.
class OnePartition : public Source, public Poller {
 public:
  void commit(const std::vector<Position>&) override {}
  void pause(const std::vector<TopicPartition>&) override {}
  void resume(const std::vector<TopicPartition>&) override {}
  void ask_ends(const std::vector<TopicPartition>&) override {}
  void release(const std::vector<TopicPartition>&, const std::vector<Position>&) override { closed_ = true; }

  int wait_fd() const override { return wake_.fd(); }
  void poll(std::size_t) override {
    if (std::exchange(begun_, true)) return;
    pipeline->on_assigned({{kP0, 0}});
    std::vector<Record> records;
    records.push_back(trip(1, "k").at(kTrips, 0, 0));
    pipeline->on_records(std::move(records));
  }
  void rejoin() override {
    rejoined_on = std::this_thread::get_id();
    ++rejoined;
  }
  void close() override {
    clock->ms += 1;  // it takes its time
    pipeline->on_revoked({kP0});
    closing = true;
  }
  bool closed() const override { return closed_; }
  const std::optional<std::string>& halted() const override { return halted_; }

  Pipeline* pipeline = nullptr;
  SharedClock* clock = nullptr;
  std::atomic<int> rejoined = 0;
  std::atomic<std::thread::id> rejoined_on;
  std::atomic<bool> closing = false;

 private:
  bool begun_ = false;
  std::atomic<bool> closed_ = false;
  std::optional<std::string> halted_;
  Wake wake_;
};

bool until(const std::function<bool()>& done) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!done() && std::chrono::steady_clock::now() < late) std::this_thread::yield();
  return done();
}

// Takes batches and never answers.
class Silent : public Handlers, public Store {
 public:
  void handle(BatchPtr batch) override { keep(std::move(batch)); }
  StoreTraits traits() const override { return {.keyed = true, .inside = false, .owns_offsets = false, .commits_in_flight = 2}; }
  void load(BatchPtr batch) override { keep(std::move(batch)); }
  void commit(BatchPtr batch) override { keep(std::move(batch)); }
  std::atomic<std::size_t> kept = 0;

 private:
  void keep(BatchPtr batch) {
    batches_.push_back(std::move(batch));
    ++kept;
  }
  std::vector<BatchPtr> batches_;
};

struct Running {
  Running() {
    source.pipeline = &pipeline;
    source.clock = &clock;
    loop.start("test");
    EXPECT_TRUE(until([this] { return ports.kept > 0; }));
  }
  std::shared_ptr<const Plan> plan = test_plan();
  SharedClock clock;
  FakeProbe probe;
  OnePartition source;
  Silent ports;
  Inbox inbox;
  Pipeline pipeline{*plan, Ports{source, ports, ports, clock, probe}};
  Loop loop{source, pipeline, inbox, clock, probe};
};

TEST(Loop, TheGroupIsJoinedAgainOnTheFunctionsOwnThreadOnceForEachTimeItIsAsked) {
  Running running;
  for (int asked = 1; asked <= 3; ++asked) {
    running.loop.rejoin();
    ASSERT_TRUE(until([&] { return running.source.rejoined == asked; }));
  }
  EXPECT_NE(running.source.rejoined_on.load(), std::this_thread::get_id());
  std::thread stop([&] { running.loop.stop(); });
  EXPECT_TRUE(until([&] { return running.source.closing.load(); }));
  running.loop.rejoin();  // too late: everything is being given back for good
  running.clock.ms += 20'000;
  running.inbox.mailbox.wake().ring();
  stop.join();
  EXPECT_EQ(running.source.rejoined, 3);
}

// The positions of what has ended go with the partitions.
TEST(Loop, AStopThatRunsIntoTheBoundOfADrainStillGivesThePartitionsBack) {
  Running running;
  std::thread stop([&] { running.loop.stop(); });
  EXPECT_TRUE(until([&, seen = std::uint64_t{0}]() mutable {
    running.inbox.mailbox.wake().ring();
    if (const std::uint64_t reads = running.clock.reads; reads != seen) {
      seen = reads;
      running.clock.ms += 1;  // no faster than the loop looks, so that it sees each bound as it passes
    }
    return running.source.closed() || running.clock.ms > 1'000'000 + 60'000;
  }));
  stop.join();
  EXPECT_TRUE(running.source.closed());
}

}  // namespace
}  // namespace gofuture::test
