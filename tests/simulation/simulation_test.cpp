// 600 seeds of the world, and proof that the world's troubles really happened in them.
//
//   simulation                 all seeds
//   simulation --seed 42       one, with its trace (or GOFUTURE_SEED=42)
//   GOFUTURE_SEEDS=20000 simulation --gtest_filter='*Seed*'      a long night
#include <gtest/gtest.h>

#include <cstdlib>

#include "simulation/replay.hpp"
#include "simulation/world.hpp"

namespace gofuture::simulation {
namespace {

std::uint64_t seeds() {
  const char* wanted = std::getenv("GOFUTURE_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 600;
}

std::string told(const World& world) {
  std::string text;
  for (const Finding& finding : world.findings()) text += "\n  " + finding.invariant + ": " + finding.what;
  return text;
}

void add(World::Numbers& sum, const World::Numbers& more) {
  sum.crashes += more.crashes;
  sum.rebalances += more.rebalances;
  sum.evictions += more.evictions;
  sum.deployments += more.deployments;
  sum.late_commits += more.late_commits;
  sum.fenced += more.fenced;
  sum.events += more.events;
  sum.effects += more.effects;
  sum.dead += more.dead;
  sum.repeats += more.repeats;
  sum.unavailable += more.unavailable;
  sum.parked += more.parked;
  sum.timers += more.timers;
  sum.sent_late += more.sent_late;
  sum.released += more.released;
}

TEST(Simulation, EverySeedKeepsEveryInvariant) {
  World::Numbers sum;
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= seeds() && failures < 5; ++seed) {
    now_running(seed);
    World world(Scenario::of(seed), false);
    world.run();
    add(sum, world.numbers());
    if (world.findings().empty()) continue;
    ++failures;
    ADD_FAILURE() << replay_line(seed) << told(world);
  }
  std::printf("%zu events, %zu effects, %zu dead letters, %zu repeats; %zu crashes (%zu commits arrived after one), %zu rebalances, "
              "%zu zombies, %zu deployments (%zu fenced), %zu lost connections; %zu parked, %zu timers, %zu sent late, %zu released\n",
              sum.events, sum.effects, sum.dead, sum.repeats, sum.crashes, sum.late_commits, sum.rebalances, sum.evictions,
              sum.deployments, sum.fenced, sum.unavailable, sum.parked, sum.timers, sum.sent_late, sum.released);
  if (seeds() < 500) return;
  EXPECT_GT(sum.effects, 5'000U);
  EXPECT_GT(sum.dead, 500U);
  EXPECT_GT(sum.repeats, 500U);
  EXPECT_GT(sum.crashes, 500U);
  EXPECT_GT(sum.late_commits, 50U);
  EXPECT_GT(sum.evictions, 300U);
  EXPECT_GT(sum.fenced, 20U);
  EXPECT_GT(sum.unavailable, 500U);
  EXPECT_GT(sum.parked, 1'000U);
  EXPECT_GT(sum.timers, 500U);
  EXPECT_GT(sum.sent_late, 100U);
  EXPECT_GT(sum.released, 100U);
}

TEST(Simulation, OneSeedIsAlwaysTheSameWorld) {
  for (const std::uint64_t seed : {3U, 17U, 99U}) {
    std::string first;
    for (int round = 0; round < 2; ++round) {
      World world(Scenario::of(seed), false);
      world.run();
      const auto& n = world.numbers();
      const std::string told_now = std::to_string(n.steps) + "/" + std::to_string(n.effects) + "/" + std::to_string(n.crashes) + "/" +
                                   std::to_string(n.unavailable) + "/" + std::to_string(n.repeats) + "/" + std::to_string(n.late_commits);
      if (round == 0) first = told_now;
      EXPECT_EQ(told_now, first);
    }
  }
}

}  // namespace
}  // namespace gofuture::simulation

int main(int argc, char** argv) {
  std::uint64_t seed = 0;
  if (gofuture::simulation::one_seed(argc, argv, seed)) {
    gofuture::simulation::now_running(seed);
    gofuture::simulation::World world(gofuture::simulation::Scenario::of(seed), true);
    world.run();
    return world.findings().empty() ? 0 : 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
