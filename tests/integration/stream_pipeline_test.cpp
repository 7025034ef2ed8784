// Functions in `kafka` mode, the whole way on a real broker, while transactions fail, replicas die and partitions move.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "integration/stream_world.hpp"
#include "plugin/handlers.hpp"

namespace gofuture::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using Luck = UnluckyTransactions::Luck;

std::vector<std::string> some_keys(int count) {
  std::vector<std::string> keys;
  for (int k = 0; k < count; ++k) keys.push_back("key-" + std::to_string(k));
  return keys;
}

bool all_done(const StreamWorld& world) {
  return run_until({}, [&] { return world.committed() >= world.records; }, std::chrono::seconds(120));
}

// One in four commits ends badly, in each way that there is.
UnluckyTransactions::Choice bad_luck(std::uint32_t seed) {
  auto random = std::make_shared<std::mt19937>(seed);
  return [random] {
    switch ((*random)() % 12) {
      case 0: return Luck::kNeverSent;
      case 1: return Luck::kAnswerLost;
      case 2: return Luck::kFails;
      default: return Luck::kGood;
    }
  };
}

TEST(StreamPipeline, CountsEachEventOnceAndGoesOnWhereItWasAfterARestart) {
  StreamWorld world(4);
  const auto keys = some_keys(20);
  world.feed(keys, 20);
  {
    StreamReplica one(world, "one");
    ASSERT_TRUE(all_done(world));
  }
  world.feed(keys, 10);
  StreamReplica again(world, "one");
  ASSERT_TRUE(all_done(world));
  expect_each_counted_once(world, keys, 30);
}

TEST(StreamPipeline, CountsEachEventOnceWhileCommitsFailAndTheirAnswersAreLost) {
  StreamWorld world(4);
  const auto keys = some_keys(20);
  StreamReplica one(world, "one", bad_luck(1));
  for (int i = 0; i < 10; ++i) world.feed(keys, 5);
  ASSERT_TRUE(all_done(world));
  expect_each_counted_once(world, keys, 50);
}

TEST(StreamPipeline, CountsEachEventOnceWhileReplicasDieInTheMiddleAndPartitionsMove) {
  StreamWorld world(4);
  const auto keys = some_keys(20);
  const auto at_least = [&](std::int64_t events) {
    return run_until({}, [&] { return world.committed() >= events; }, std::chrono::seconds(120));
  };
  {
    StreamReplica stays(world, "stays", bad_luck(2));
    for (std::uint32_t life = 0; life < 4; ++life) {
      StreamReplica dies(world, "dies", bad_luck(3 + life));
      world.feed(keys, 10);
      ASSERT_TRUE(at_least(world.records - 100)) << "life " << life;
      dies.die();
    }
    StreamReplica dies(world, "dies");  // under its name again: nobody waits for the session of the dead one
    world.feed(keys, 10);
    ASSERT_TRUE(all_done(world));
  }
  expect_each_counted_once(world, keys, 50);
}

// --- with function libraries, as an operator runs them ---------------------------------------------------------------------------

StreamReplica::MakeHandlers of_library(const std::shared_ptr<Library>& library, const std::shared_ptr<const Plan>& plan) {
  return [=](Answers& answers, Clock& clock, Probe& probe) -> std::unique_ptr<Handlers> {
    auto made = PluginHandlers::make(library, plan, &answers, clock, probe, nullptr, {});
    EXPECT_TRUE(made) << (made ? "" : made.error().message());
    return std::move(*made);
  };
}

TEST(StreamPipeline, AStatelessFunctionOfTheSdkNeedsNothingButItsManifest) {
  StreamWorld world(4, "echo_ticks", false);
  auto library = Library::open(ECHO_TICKS, world.plan->manifest());
  ASSERT_TRUE(library) << library.error().message();
  ASSERT_FALSE((*library)->description().stateful);
  world.feed(some_keys(10), 30);
  StreamReplica one(world, "one", bad_luck(7), of_library(*library, world.plan));
  ASSERT_TRUE(all_done(world));
  EXPECT_EQ(world.shown(), 300U);
  EXPECT_THAT(read_all(changelog_topic(world.function), 4), IsEmpty());
}

TEST(StreamPipeline, AnExceptionIsRetriedInPlaceThenADeadLetterAndItsFollowersKeepTheirOrder) {
  StreamWorld world(1, "count_ticks");
  auto library = Library::open(COUNT_TICKS, world.plan->manifest());
  ASSERT_TRUE(library) << library.error().message();
  ASSERT_TRUE((*library)->description().stateful);
  world.feed({"k", "other"}, 3);
  world.feed({"k"}, 1, R"(, "poison": true)");
  world.feed({"k", "other"}, 3);
  StreamReplica one(world, "one", nullptr, of_library(*library, world.plan));
  ASSERT_TRUE(all_done(world));
  EXPECT_EQ(one.witness.said(Probe::Level::kWarn, "attempt 1 ended with retry"), 1U);
  EXPECT_EQ(one.witness.said(Probe::Level::kWarn, "attempt 2 ended with retry"), 1U);
  EXPECT_EQ(read_all(dead_letter_topic(world.in, world.function), 1).size(), 1U);
  std::map<std::string, std::vector<std::string>> shown;
  for (const auto& record : read_all(world.out, 1)) shown[*record.key].push_back(*record.value);
  ASSERT_THAT(shown["k"], SizeIs(6)) << "the rejected one has no effect";
  ASSERT_THAT(shown["other"], SizeIs(6));
  for (std::size_t i = 0; i < 6; ++i) {
    const auto count = "\"count\":" + std::to_string(i + 1);
    EXPECT_NE(shown["k"][i].find(count), std::string::npos) << shown["k"][i];
    EXPECT_NE(shown["other"][i].find(count), std::string::npos) << shown["other"][i];
  }
}

}  // namespace
}  // namespace gofuture::test
