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

TEST(FunctionTelemetry, ATimerThatFiredIsCountedAlsoWhenItWasParkedBefore) {
  Metrics metrics;
  const auto plan = plan_of_one_topic();
  FunctionTelemetry telemetry(metrics, *plan);
  Event timer;
  timer.type = kTimerType;
  timer.timer = 7;
  timer.outcome = Outcome::kRetry;
  telemetry.parked(timer);
  EXPECT_THAT(metrics.text(), HasSubstr("gofuture_timers_fired_total{function=\"f\"} 0"));
  timer.timer = 0;
  timer.parked = 3;
  timer.outcome = Outcome::kOk;
  telemetry.done(timer);
  EXPECT_THAT(metrics.text(), HasSubstr("gofuture_timers_fired_total{function=\"f\"} 1"));
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

TEST(FunctionTelemetry, WhoHasNoPartitionsAnyMoreIsNotBehind) {
  Metrics metrics;
  const auto plan = plan_of_one_topic();
  FunctionTelemetry telemetry(metrics, *plan);
  telemetry.lag({0, 0}, 5);
  Probe::Gauges gauges;
  gauges.partitions = 1;
  telemetry.gauges(gauges);
  EXPECT_THAT(metrics.text(), HasSubstr("gofuture_lag_events{function=\"f\",topic=\"t\"} 5"));
  gauges.partitions = 0;
  telemetry.gauges(gauges);
  EXPECT_THAT(metrics.text(), HasSubstr("gofuture_lag_events{function=\"f\",topic=\"t\"} 0"));
  EXPECT_EQ(telemetry.seen().lag, 0);
}

TEST(FunctionTelemetry, CountsStallsAndWhatHasEnded) {
  Metrics metrics;
  const auto plan = plan_of_one_topic();
  FunctionTelemetry telemetry(metrics, *plan);
  telemetry.stalled();
  EXPECT_THAT(metrics.text(), HasSubstr("gofuture_stalls_total{function=\"f\"} 1"));
  EXPECT_EQ(telemetry.seen().ended, 0U);
  telemetry.passed_over(3, false);
  EXPECT_EQ(telemetry.seen().ended, 3U);
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
