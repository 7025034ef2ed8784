// Bugs planted in the store: what the pipeline cannot do wrong, the checkers must see all the same.
#include <gtest/gtest.h>

#include "simulation/replay.hpp"
#include "simulation/world.hpp"

namespace gofuture::simulation {
namespace {

using Plant = test::FakeDatabase::Plant;

// `words`: of the finding, where several checkers watch over the invariant.
void expect_named(Plant plant, const std::string& invariant, const std::string& words = "") {
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    now_running(seed);
    Scenario scenario = Scenario::of(seed);
    scenario.plant = plant;
    World world(scenario, false);
    world.run();
    for (const Finding& finding : world.findings())
      if (finding.invariant == invariant && finding.what.find(words) != std::string::npos) {
        std::printf("seed %llu: %s: %s\n", static_cast<unsigned long long>(seed), invariant.c_str(), finding.what.c_str());
        return;
      }
  }
  FAIL() << "600 seeds with the bug in the store, and nobody named " << invariant << " " << words;
}

TEST(PlantedInTheStore, EffectsWithoutTheirInboxRowAreTorn) { expect_named(Plant::kTear, "I4", "no inbox row that says ok"); }
TEST(PlantedInTheStore, EffectsWithoutTheirStateAreTorn) { expect_named(Plant::kTearState, "I4"); }
TEST(PlantedInTheStore, EmissionsOfAnAbortedTransactionAreSeen) { expect_named(Plant::kAbortedVisible, "I5"); }
TEST(PlantedInTheStore, AStoreWithoutAFenceDoublesEffects) { expect_named(Plant::kNoFence, "I2"); }

TEST(PlantedInTheStore, AParkedEventIsOvertaken) { expect_named(Plant::kOvertakes, "I3", "while an older event"); }
TEST(PlantedInTheStore, AParkedEventIsOvertakenByATimer) { expect_named(Plant::kTimerOvertakes, "I3", "\"timer of"); }
TEST(PlantedInTheStore, ADeadEventDoesNotHoldItsKey) { expect_named(Plant::kDoesNotHold, "I3", "does not hold its key"); }
TEST(PlantedInTheStore, WhatStandsBehindADeadEventIsLost) { expect_named(Plant::kLosesFollowers, "I1"); }
TEST(PlantedInTheStore, ADueEventEndsTwice) { expect_named(Plant::kTakenAnyway, "I2"); }
TEST(PlantedInTheStore, ATimerFiresTwice) { expect_named(Plant::kTimerTwice, "I2"); }
TEST(PlantedInTheStore, AnAttemptCountsForTwo) { expect_named(Plant::kCountsTwice, "I7", "handled less often"); }
TEST(PlantedInTheStore, AttemptsAreForgottenSoRetriesNeverEnd) { expect_named(Plant::kForgetsAttempt, "I8"); }
TEST(PlantedInTheStore, TheCountOfParkedEventsIsWrong) { expect_named(Plant::kMiscounts, "I4", "of its events are parked"); }
TEST(PlantedInTheStore, ParkingIsTorn) { expect_named(Plant::kTearParked, "I4", "its inbox row does not say so"); }
TEST(PlantedInTheStore, AnOldDeploymentParks) { expect_named(Plant::kEpochBack, "I9"); }
TEST(PlantedInTheStore, ADeadLetterHasLostAHeaderWhileItWasParked) { expect_named(Plant::kLosesHeader, "I7", "not the record as it was"); }

}  // namespace
}  // namespace gofuture::simulation
