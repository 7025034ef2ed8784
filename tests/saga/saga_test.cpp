// The saga's functions over 3,000 histories, each in an order and with troubles of its own; and the proof that a bug in any of them
// would be found.
//
//   saga                 all histories, and the planted bugs
//   saga --seed 42       one, with its trace (or GOFUTURE_SEED=42); --seed 42 --planted NAME with that bug
//   GOFUTURE_SEEDS=100000 saga --gtest_filter='*Every*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "saga/planted.hpp"
#include "saga/world.hpp"
#include "simulation/replay.hpp"

namespace gofuture::saga {
namespace {

using simulation::now_running;
using simulation::replay_line;

std::uint64_t seeds() {
  const char* wanted = std::getenv("GOFUTURE_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 3'000;
}

std::string told(const World& world) {
  std::string text;
  for (const Finding& finding : world.findings()) text += "\n  " + finding.invariant + ": " + finding.what;
  return text;
}

void add(World::Numbers& sum, const World::Numbers& more) {
  sum.steps += more.steps;
  sum.bookings += more.bookings;
  sum.completed += more.completed;
  sum.canceled_by_riders += more.canceled_by_riders;
  sum.rejected += more.rejected;
  sum.payment_timeouts += more.payment_timeouts;
  sum.driver_timeouts += more.driver_timeouts;
  sum.refunds += more.refunds;
  sum.late_captures += more.late_captures;
  sum.denied += more.denied;
  sum.platform.handled += more.platform.handled;
  sum.platform.retried += more.platform.retried;
  sum.platform.dead += more.platform.dead;
  sum.platform.lost_commits += more.platform.lost_commits;
  sum.platform.timers += more.platform.timers;
}

TEST(Saga, EveryHistoryEndsWithMoneyAndDriversInBalance) {
  const Libraries libraries;
  World::Numbers sum;
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= seeds() && failures < 5; ++seed) {
    now_running(seed);
    World world(libraries, Scenario::of(seed), false);
    world.run();
    add(sum, world.numbers());
    if (world.findings().empty()) continue;
    ++failures;
    ADD_FAILURE() << replay_line(seed) << told(world);
  }
  std::printf("%zu bookings: %zu completed, %zu canceled by riders, %zu refunds; %zu rejections by drivers; timeouts: %zu of payments, "
              "%zu of drivers; %zu denied; %zu events handled, %zu retries, %zu dead letters, %zu commits lost, %zu effects at the gateway after its "
              "caller gave up\n",
              sum.bookings, sum.completed, sum.canceled_by_riders, sum.refunds, sum.rejected, sum.payment_timeouts, sum.driver_timeouts, sum.denied,
              sum.platform.handled, sum.platform.retried, sum.platform.dead, sum.platform.lost_commits, sum.late_captures);
  if (seeds() < 2'000) return;
  EXPECT_GT(sum.completed, 1'000U);
  EXPECT_GT(sum.canceled_by_riders, 500U);
  EXPECT_GT(sum.refunds, 1'000U);
  EXPECT_GT(sum.rejected, 500U);
  EXPECT_GT(sum.denied, 200U);
  EXPECT_GT(sum.payment_timeouts, 200U);
  EXPECT_GT(sum.driver_timeouts, 200U);
  EXPECT_GT(sum.platform.retried, 1'000U);
  EXPECT_GT(sum.platform.dead, 100U);
  EXPECT_GT(sum.platform.lost_commits, 1'000U);
  EXPECT_GT(sum.late_captures, 200U);
}

TEST(Saga, OneSeedIsAlwaysTheSameHistory) {
  const Libraries libraries;
  for (const std::uint64_t seed : {3U, 17U, 99U}) {
    std::string first;
    for (int round = 0; round < 2; ++round) {
      World world(libraries, Scenario::of(seed), false);
      world.run();
      const auto& n = world.numbers();
      const std::string now = std::to_string(n.steps) + "/" + std::to_string(n.platform.handled) + "/" + std::to_string(n.refunds);
      if (round == 0) first = now;
      EXPECT_EQ(now, first);
    }
  }
}

class PlantedBug : public ::testing::TestWithParam<Planted> {};
INSTANTIATE_TEST_SUITE_P(Saga, PlantedBug, ::testing::ValuesIn(kPlanted), [](const auto& bug) { return std::string(bug.param.name); });

TEST_P(PlantedBug, IsNamedByTheCheckers) {
  const Libraries libraries(GetParam().function, GetParam().file);
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    now_running(seed);
    World world(libraries, Scenario::of(seed), false);
    world.run();
    if (!world.found(GetParam().invariant)) continue;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), told(world).c_str());
    return;
  }
  FAIL() << "1,000 histories with the bug, and nobody named \"" << GetParam().invariant << '"';
}

int replay(std::uint64_t seed, const char* planted) {
  const Planted* bug = nullptr;
  for (const Planted& one : kPlanted)
    if (planted != nullptr && std::strcmp(planted, one.name) == 0) bug = &one;
  const Libraries libraries = bug != nullptr ? Libraries(bug->function, bug->file) : Libraries();
  World world(libraries, Scenario::of(seed), true);
  world.run();
  return world.findings().empty() ? 0 : 1;
}

}  // namespace
}  // namespace gofuture::saga

int main(int argc, char** argv) {
  std::uint64_t seed = 0;
  if (gofuture::simulation::one_seed(argc, argv, seed))
    return gofuture::saga::replay(seed, argc == 3 && std::strcmp(argv[1], "--planted") == 0 ? argv[2] : nullptr);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
