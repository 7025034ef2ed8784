// Planted bugs: this program is built once for each bug of the pipeline (GOFUTURE_PLANT_…), with the invariant that must be
// named in EXPECTED. A checker that stays silent would be no checker.
#include <gtest/gtest.h>

#include "simulation/replay.hpp"
#include "simulation/world.hpp"

#ifndef EXPECTED
#error "EXPECTED names the invariant that this planted bug breaks"
#endif

namespace gofuture::simulation {
namespace {

TEST(PlantedBug, IsNamedByTheCheckers) {
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    now_running(seed);
    World world(Scenario::of(seed), false);
    world.run();
    if (!world.found(EXPECTED)) continue;
    for (const Finding& finding : world.findings())
      if (finding.invariant == EXPECTED) {
        std::printf("seed %llu: %s: %s\n", static_cast<unsigned long long>(seed), EXPECTED, finding.what.c_str());
        break;
      }
    return;
  }
  FAIL() << "600 seeds with the bug in the pipeline, and nobody named " EXPECTED;
}

}  // namespace
}  // namespace gofuture::simulation

int main(int argc, char** argv) {
  std::uint64_t seed = 0;
  if (gofuture::simulation::one_seed(argc, argv, seed)) {
    gofuture::simulation::World world(gofuture::simulation::Scenario::of(seed), true);
    world.run();
    return world.findings().empty() ? 0 : 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
