// The process dies at every named point once, and is started again: the audit finds what it would find without.
#include <gtest/gtest.h>

#include "faults/points.hpp"
#include "faults/world.hpp"

namespace gofuture::test {
namespace {

class EveryPoint : public testing::TestWithParam<Point> {};

TEST_P(EveryPoint, KillsTheProcessAndLeavesOneEffectPerEvent) {
  const Point& point = GetParam();
  World world;
  world.send(16);
  if (point.after_crash) {
    world.send_crash();
    world.start();
    ASSERT_EQ(world.program().end(), "signal 6");
  }
  world.start(point.name + ":" + std::to_string(point.passage));
  ASSERT_EQ(world.program().end(), "signal 9");
  ASSERT_TRUE(world.program().says("fault point " + point.name + "\n"));
  if (!point.waits_for_lease) world.end_leases();
  world.send(8);
  world.start();
  world.rest();
  if (HasFatalFailure()) return;
  world.audit();
  EXPECT_EQ(world.stop(), "status 0");
}

INSTANTIATE_TEST_SUITE_P(, EveryPoint, testing::ValuesIn(points_of(Point::At::kPipeline)), [](const auto& one) {
  std::string name = one.param.name;
  for (char& c : name)
    if (c == '.') c = '_';
  return name;
});

}  // namespace
}  // namespace gofuture::test
