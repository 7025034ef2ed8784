#include "telemetry/function_telemetry.hpp"

#include <gmock/gmock.h>

namespace gofuture {
namespace {

using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const Plan> plan_of_one_topic() {
  auto catalogue = std::make_shared<Catalogue>();
  Topic topic;
  topic.name = "t";
  topic.partitions = 2;
  catalogue->topics.push_back(topic);
  EventType happened;
  happened.name = "Happened";
  happened.topic = "t";
  catalogue->events.push_back(happened);
  Subscription subscription;
  subscription.topic = "t";
  subscription.types = {"Happened"};
  FunctionManifest manifest;
  manifest.name = "f";
  manifest.subscriptions.push_back(subscription);
  return *Plan::make(manifest, catalogue);
}

TEST(FunctionTelemetry, EachOutcomeHasItsOwnSeries) {
  Metrics metrics;
  const auto plan = plan_of_one_topic();
  FunctionTelemetry telemetry(metrics, *plan);
  Event event;
  event.outcome = Outcome::kOk;
  telemetry.done(event);
  event.verdict = Verdict::kRepeat;
  telemetry.done(event);
  const std::string page = metrics.text();
  EXPECT_THAT(page, HasSubstr("gofuture_events_total{function=\"f\",outcome=\"ok\"} 1"));
  EXPECT_THAT(page, HasSubstr("gofuture_events_total{function=\"f\",outcome=\"repeat\"} 1"));
  EXPECT_THAT(page, HasSubstr("gofuture_events_total{function=\"f\",outcome=\"skip\"} 0"));
}

TEST(FunctionTelemetry, LagIsSummedOverThePartitionsOfATopic) {
  Metrics metrics;
  const auto plan = plan_of_one_topic();
  FunctionTelemetry telemetry(metrics, *plan);
  telemetry.lag({0, 0}, 5);
  telemetry.lag({0, 1}, 7);
  telemetry.lag({0, 0}, 2);
  EXPECT_THAT(metrics.text(), HasSubstr("gofuture_lag_events{function=\"f\",topic=\"t\"} 9"));
  EXPECT_EQ(telemetry.seen().lag, 9);
}

TEST(StallWatchdog, OnlyAssignedLaggingAndStillIsStalled) {
  FunctionTelemetry::Seen seen{.partitions = 2, .in_flight = 0, .waiting = 0, .lag = 5, .progress_ms = 1'000};
  EXPECT_TRUE(stalled(seen, 62'000, 60'000));
  EXPECT_FALSE(stalled(seen, 60'999, 60'000)) << "progress is recent enough";
  seen.lag = 0;
  EXPECT_FALSE(stalled(seen, 62'000, 60'000)) << "nothing to do";
  seen.in_flight = 1;
  EXPECT_TRUE(stalled(seen, 62'000, 60'000)) << "an event hangs in a handler";
  seen.partitions = 0;
  EXPECT_FALSE(stalled(seen, 62'000, 60'000)) << "another replica has the partitions";
}

TEST(Metrics, ObservedValuesAreReadAtTheScrape) {
  Metrics metrics;
  double value = 1;
  metrics.observe("gofuture_relay_lag_bytes", "Behind", {{"slot", "s"}}, false, [&] { return value; });
  EXPECT_THAT(metrics.text(), HasSubstr("gofuture_relay_lag_bytes{slot=\"s\"} 1"));
  value = 2;
  EXPECT_THAT(metrics.text(), HasSubstr("gofuture_relay_lag_bytes{slot=\"s\"} 2"));
  EXPECT_THAT(metrics.text(), Not(HasSubstr("} 1\n")));
}

}  // namespace
}  // namespace gofuture
