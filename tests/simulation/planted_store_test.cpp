// Bugs planted in the store: what the pipeline cannot do wrong, the checkers must see all the same.
#include <gtest/gtest.h>

#include "simulation/world.hpp"

namespace gofuture::simulation {
namespace {

using Plant = test::FakeDatabase::Plant;

void expect_named(Plant plant, const std::string& invariant) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Scenario scenario = Scenario::of(seed);
    scenario.plant = plant;
    World world(scenario, false);
    world.run();
    if (world.found(invariant)) return;
  }
  FAIL() << "100 seeds with the bug in the store, and nobody named " << invariant;
}

TEST(PlantedInTheStore, EffectsWithoutTheirInboxRowAreTorn) { expect_named(Plant::kTear, "I4"); }
TEST(PlantedInTheStore, EffectsWithoutTheirStateAreTorn) { expect_named(Plant::kTearState, "I4"); }
TEST(PlantedInTheStore, EmissionsOfAnAbortedTransactionAreSeen) { expect_named(Plant::kAbortedVisible, "I5"); }
TEST(PlantedInTheStore, AStoreWithoutAFenceDoublesEffects) { expect_named(Plant::kNoFence, "I2"); }

}  // namespace
}  // namespace gofuture::simulation
