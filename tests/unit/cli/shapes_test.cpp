// Each command's JSON has the keys that runtime/cli/README.md promises. Those that need servers: integration/cli_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/trace_text.hpp"
#include "support/json_shape.hpp"
#include "unit/cli/process.hpp"

namespace gofuture::cli {
namespace {

using test::differences;
using test::documented;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const char* kBooking = R"({"booking_id": "b-1", "rider_id": "r-1", "region_id": "5251:1340", "pickup_lat": 52.51,
 "pickup_lon": 13.40, "amount_minor": 1250, "currency": "EUR"})";

class Shapes : public ::testing::Test {
 protected:
  Shapes() {
    ::unsetenv("GOFUTURE_POSTGRES");
    ::unsetenv("GOFUTURE_KAFKA");
  }
  void expect_as_documented(const std::string& command, const std::vector<std::string>& words, const std::string& manifests = "manifests") {
    const auto said = gofuture(words, Output::kPipe, manifests);
    EXPECT_THAT(differences(documented("gofuture " + command), boost::json::parse(said.out)), IsEmpty()) << said.out << said.error;
  }
};

TEST_F(Shapes, OfWhatNeedsNoServer) {
  expect_as_documented("check", {"check"});
  expect_as_documented("check", {"check"}, "manifests/invalid");
  expect_as_documented("check", {"check", "--against", "manifests"});
  expect_as_documented("check", {"check", "--libraries"});  // they are not there: mistakes without a place
  expect_as_documented("list", {"list"});
  for (const char* name : {"capture_payment", "track_drivers", "refund_payment"}) expect_as_documented("describe", {"describe", name});
  expect_as_documented("emit", {"emit", "BookingCreated", "--dry-run", "--data", kBooking});
  expect_as_documented("version", {"version"});
}

TEST_F(Shapes, OfWhatFindsNoServer) {
  ::setenv("GOFUTURE_LISTEN", "127.0.0.1:1", 1);
  expect_as_documented("doctor", {"doctor"});
  expect_as_documented("top", {"top", "--once", "--every", "0.1"});
  ::unsetenv("GOFUTURE_LISTEN");
}

TEST_F(Shapes, OfATraceWithEverythingInIt) {
  TraceReaction reaction;
  reaction.parked.emplace();
  reaction.dead_class = "transient";
  reaction.calls.emplace_back();
  reaction.timers.emplace_back();
  reaction.emitted.emplace_back().due_us = 1;
  Trace trace;
  trace.roots.emplace_back().reactions.push_back(reaction);
  EXPECT_THAT(differences(documented("gofuture trace"), boost::json::parse(trace_json(trace))), IsEmpty());
}

TEST(Differences, AreToldForEachKindOfThem) {
  const auto told = [](const char* wanted, const char* is) { return differences(boost::json::parse(wanted), boost::json::parse(is)); };
  EXPECT_THAT(told(R"({"a": 1, "b?": "x"})", R"({"a": 2})"), IsEmpty());
  EXPECT_THAT(told(R"({"a": 1})", R"({"a": null})"), IsEmpty());
  EXPECT_THAT(told(R"({"a": 1})", R"({})"), ElementsAre("/a is documented, but not printed"));
  EXPECT_THAT(told(R"({})", R"({"a": 1})"), ElementsAre("/a is printed, but not documented"));
  EXPECT_THAT(told(R"({"a": [{"b": 1}]})", R"({"a": [{"b": 1}, {"b": "x"}]})"), ElementsAre("/a[]/b is of another kind than documented"));
  EXPECT_THAT(told(R"({"<any>": 1})", R"({"x": 1, "y": "z"})"), ElementsAre("/y is of another kind than documented"));
}

}  // namespace
}  // namespace gofuture::cli
