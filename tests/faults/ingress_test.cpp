// The process dies between the commit and the answer, and before the commit: the sender comes again, and the event is there once, all
// the way to the function.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "faults/points.hpp"
#include "faults/until.hpp"
#include "faults/world.hpp"

namespace gofuture::test {
namespace {

std::string post(World& world) {
  const std::string name = "\"ingress_port\":";
  EXPECT_TRUE(until([&] { return world.program().says(name); }));
  const std::string log = world.program().log();
  const int port = std::stoi(log.substr(log.find(name) + name.size()));
  std::FILE* pipe = ::popen(("curl -s -w ' %{http_code}' http://127.0.0.1:" + std::to_string(port) + "/v1/events -H 'Content-Type: application/cloudevents+json'"
                             R"( -d '{"specversion":"1.0","type":"Asked","source":"/test","id":"one","data":{"key":"a","n":1,"fails":0,"rejected":false,"crashes":false}}')").c_str(), "r");
  std::string out;
  char some[4096];
  for (std::size_t got = 0; (got = std::fread(some, 1, sizeof some, pipe)) > 0;) out.append(some, got);
  ::pclose(pipe);
  return out;
}

class EveryIngressPoint : public testing::TestWithParam<Point> {};

TEST_P(EveryIngressPoint, LeavesTheEventOnceWhenItsSenderComesAgain) {
  const Point& point = GetParam();
  World world;
  world.start(point.name);
  EXPECT_THAT(post(world), testing::EndsWith(" 000")) << "no answer";
  ASSERT_EQ(world.program().end(), "signal 9");
  EXPECT_EQ(world.number("SELECT count(*) FROM gofuture.events_outbox"), point.name == "ingress.committed" ? 1 : 0);
  world.start();
  const std::string repeated = point.name == "ingress.committed" ? "\"repeated\":1" : "\"repeated\":0";
  EXPECT_THAT(post(world), testing::AllOf(testing::HasSubstr(repeated), testing::EndsWith(" 202")));
  EXPECT_THAT(post(world), testing::AllOf(testing::HasSubstr("\"repeated\":1"), testing::EndsWith(" 202")));
  EXPECT_EQ(world.number("SELECT count(*) FROM gofuture.events_outbox WHERE type = 'Asked'"), 1);
  EXPECT_TRUE(until([&] { return world.number("SELECT count(*) FROM gofuture.inbox WHERE function_id > 0 AND outcome = 0") == 1; })) << "and the function has it";
  EXPECT_EQ(world.number("SELECT count(*) FROM gofuture.inbox WHERE function_id = 0"), 1);
  EXPECT_EQ(world.stop(), "status 0");
}

INSTANTIATE_TEST_SUITE_P(, EveryIngressPoint, testing::ValuesIn(points_of(Point::At::kIngress)), [](const auto& one) {
  std::string name = one.param.name;
  for (char& c : name)
    if (c == '.') c = '_';
  return name;
});

}  // namespace
}  // namespace gofuture::test
