// Relays that die, wait for each other and take over: what was confirmed is not asked for again, the rest comes again in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <thread>

#include "integration/relay_world.hpp"

namespace gofuture::test {
namespace {

using State = RelayStatus::State;
using testing::HasSubstr;

std::vector<std::string> without_repeats(const std::vector<std::string>& values) {
  std::set<std::string> seen;
  std::vector<std::string> list;
  for (const auto& value : values)
    if (seen.insert(value).second) list.push_back(value);
  return list;
}

TEST(RelayTakeover, GoesOnWhereTheConnectionBroke) {
  RelayWorld world;
  RunningRelay running(world);
  for (int i = 1; i <= 200; ++i) {
    world.insert(i, i);
    if (i % 50 == 0) world.db.disconnect("gofuture relay");
  }
  ASSERT_TRUE(eventually([&] { return running.sink.first_values().size() == 200; })) << running.sink.count();
  EXPECT_EQ(running.sink.first_values(), numbers(1, 200));
}

TEST(RelayTakeover, SendsAgainInOrderWhatWasNotAcknowledged) {
  RelayWorld world;
  std::vector<std::string> sent;
  {
    RunningRelay first(world, [](RelayOptions& options) { options.drain_ms = 0; }, [](MemorySink& sink) { sink.hold(); });
    for (int i = 1; i <= 9; i += 3) world.insert(i, i + 2);
    ASSERT_TRUE(eventually([&] { return first.sink.count() == 9; }));
    first.sink.release_first(4);
    ASSERT_TRUE(eventually([&] { return first.relay.status().rows == 4; }));
    sent = first.sink.values();
  }
  RunningRelay second(world);
  ASSERT_TRUE(eventually([&] { return second.sink.count() == 6; }));
  EXPECT_EQ(second.sink.values(), numbers(4, 9)) << "the transaction of 4 was acknowledged by a third";
  const auto again = second.sink.values();
  sent.insert(sent.end(), again.begin(), again.end());
  EXPECT_EQ(without_repeats(sent), numbers(1, 9));
}

TEST(RelayTakeover, WaitsAtItsEndForWhatIsUnderWay) {
  RelayWorld world;
  {
    RunningRelay running(world, {}, [](MemorySink& sink) { sink.hold(); });
    world.insert(1, 5);
    ASSERT_TRUE(eventually([&] { return running.sink.count() == 5; }));
    std::thread stopper([&] { running.relay.stop(); });
    running.sink.release();
    stopper.join();
  }
  const std::string all = world.wal_now();
  RunningRelay next(world);
  world.insert(6, 6);
  ASSERT_TRUE(eventually([&] { return next.sink.count() > 0; }));
  EXPECT_EQ(next.sink.values(), numbers(6, 6));
}

TEST(RelayTakeover, LetsTheSlotElectOneOfTwo) {
  RelayWorld world;
  auto first = std::make_unique<RunningRelay>(world);
  ASSERT_TRUE(eventually([&] { return first->is(State::kActive); }));
  RunningRelay second(world);
  ASSERT_TRUE(eventually([&] { return second.is(State::kStandby); }));
  EXPECT_THAT(second.relay.status().why, HasSubstr("another relay streams"));
  for (int i = 1; i <= 100; ++i) world.insert(i, i);
  ASSERT_TRUE(eventually([&] { return first->sink.count() == 100; }));
  EXPECT_EQ(second.sink.count(), 0u);

  for (int i = 101; i <= 150; ++i) world.insert(i, i);
  first->relay.stop();
  const auto sent = [&] { // by both; what the first sent and did not confirm in time comes again
    auto values = first->sink.values();
    const auto rest = second.sink.values();
    values.insert(values.end(), rest.begin(), rest.end());
    return without_repeats(values);
  };
  for (int i = 151; i <= 200; ++i) world.insert(i, i);
  ASSERT_TRUE(eventually([&] { return second.is(State::kActive); }));
  ASSERT_TRUE(eventually([&] { return sent().size() >= 200; })) << sent().size();
  EXPECT_EQ(sent(), numbers(1, 200));
  EXPECT_EQ(world.log.said(Probe::Level::kWarn, ""), 0u) << "standing by is no trouble";
}

// A sink whose records survive its process: each is a line of a file before it is acknowledged.
class FileSink : public Sink {
 public:
  FileSink(const std::string& path, Acks& acks) : file_(std::fopen(path.c_str(), "a")), acks_(acks) {}
  ~FileSink() override { std::fclose(file_); }
  Result<Done> send(const OutgoingRecord& record, std::uint64_t token) override {
    std::fprintf(file_, "%.*s\n", static_cast<int>(record.value->size()), record.value->data());
    std::fflush(file_);
    acks_.acked(token, std::nullopt);
    return ok();
  }

 private:
  std::FILE* file_;
  Acks& acks_;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

TEST(RelayTakeover, LosesNothingToSigkillsAndKeepsTheOrderOfFirstAppearances) {
  RelayWorld world;
  const std::string path = testing::TempDir() + world.slot + ".sent";
  const RelayOptions options = world.options();
  const auto start_child = [&] {
    const pid_t child = ::fork();
    if (child != 0) return child;
    Relay relay(options, [](Probe::Level, const std::string&) {});
    FileSink sink(path, relay);
    relay.start(sink);
    for (;;) ::pause();
  };
  constexpr int kRows = 20'000, kKills = 5;
  int killed_in_the_middle = 0;
  for (int i = 0; i < kKills; ++i) {
    const auto before = lines_of(path).size();
    world.insert(1 + i * kRows / kKills, (i + 1) * kRows / kKills);
    const pid_t child = start_child();
    ASSERT_TRUE(eventually([&] { return lines_of(path).size() > before + 100; }));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    killed_in_the_middle += without_repeats(lines_of(path)).size() < static_cast<std::size_t>((i + 1) * kRows / kKills);
  }
  EXPECT_GT(killed_in_the_middle, 0);
  const pid_t last = start_child();
  ASSERT_TRUE(eventually([&] { return without_repeats(lines_of(path)).size() == kRows; }));
  ::kill(last, SIGKILL);
  ::waitpid(last, nullptr, 0);
  EXPECT_EQ(without_repeats(lines_of(path)), numbers(1, kRows));
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace gofuture::test
