#include "telemetry/function_telemetry.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <vector>

#include "telemetry/logging.hpp"

namespace gofuture {
namespace {

using prometheus::Histogram;
const Histogram::BucketBoundaries kSeconds{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
const Histogram::BucketBoundaries kEvents{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000};

}  // namespace

struct FunctionTelemetry::Series {
  Series(Metrics& metrics, const Plan& plan) {
    auto& registry = metrics.registry();
    const std::map<std::string, std::string> function{{"function", plan.manifest().name}};
    auto counter = [&](const char* name, const char* help) -> prometheus::Family<prometheus::Counter>& {
      return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    };
    auto gauge = [&](const char* name, const char* help) -> prometheus::Gauge& {
      return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(function);
    };
    auto with = [&](const char* label, const char* value) {
      auto labels = function;
      labels.emplace(label, value);
      return labels;
    };
    auto& events = counter("gofuture_events_total", "Events that have their durable outcome, by outcome");
    ok = &events.Add(with("outcome", "ok"));
    skip = &events.Add(with("outcome", "skip"));
    repeat = &events.Add(with("outcome", "repeat"));
    auto& parkings = counter("gofuture_events_parked_total", "Times that an event was parked: after retry, after later, or held behind one of its key");
    retry = &parkings.Add(with("outcome", "retry"));
    later = &parkings.Add(with("outcome", "later"));
    behind = &parkings.Add(with("outcome", "held"));
    for (std::size_t i = 0; i < dead.size(); ++i) {
      dead[i] = &counter("gofuture_dead_letters_total", "Events that ended as dead letters, by class of failure")
                     .Add(with("class", name_of(static_cast<FailureClass>(i))));
    }
    fired = &counter("gofuture_timers_fired_total", "Timers that came due and have their durable outcome").Add(function);
    foreign = &counter("gofuture_events_passed_over_total", "Events of types that the function does not subscribe to").Add(function);
    unknown = &counter("gofuture_events_unknown_type_total", "Events whose type no events.toml line declares").Add(function);
    lost = &counter("gofuture_offset_gap_events_total", "Offsets that retention removed before they were read").Add(function);
    stalls = &counter("gofuture_stalls_total", "Times that nothing was done although events waited; each time the group is joined again").Add(function);
    auto& commits = counter("gofuture_commits_total", "Batches by what became of their transaction");
    constexpr std::array kStatus{"committed", "rerun", "refused", "unavailable", "fenced"};
    for (std::size_t i = 0; i < commit.size(); ++i) commit[i] = &commits.Add(with("status", kStatus[i]));
    handle_seconds = &prometheus::BuildHistogram().Name("gofuture_handle_seconds").Help("Time of a batch in load and handler")
                          .Register(registry).Add(function, kSeconds);
    commit_seconds = &prometheus::BuildHistogram().Name("gofuture_commit_seconds").Help("Time of a batch's transaction")
                          .Register(registry).Add(function, kSeconds);
    commit_events = &prometheus::BuildHistogram().Name("gofuture_commit_events").Help("Events in one transaction")
                         .Register(registry).Add(function, kEvents);
    in_flight = &gauge("gofuture_events_in_flight", "Events between dispatch and their durable outcome");
    waiting = &gauge("gofuture_events_waiting", "Events read and not yet dispatched");
    held = &gauge("gofuture_events_held", "Events waiting in memory behind one that must be tried again");
    parked = &gauge("gofuture_parked_events", "Events that wait with the store, of all replicas");
    parked_bytes = &gauge("gofuture_parked_bytes", "Bytes of events that wait with the store, of all replicas");
    bytes = &gauge("gofuture_pipeline_bytes", "Bytes of events waiting and in flight");
    breakers = &prometheus::BuildGauge().Name("gofuture_breaker_open").Help("1 while the dependency is found down and dispatch pauses")
                    .Register(registry);
    partitions = &gauge("gofuture_partitions_assigned", "Partitions that this process reads for the function");
    paused = &gauge("gofuture_partitions_paused", "Partitions paused for back-pressure");
    auto& lags = prometheus::BuildGauge().Name("gofuture_lag_events").Help("Events between the committed position and the end, by topic")
                     .Register(registry);
    for (const PlannedTopic& topic : plan.topics()) lag.push_back(&lags.Add(with("topic", topic.topic->name.c_str())));
  }
  prometheus::Counter *ok, *skip, *repeat, *foreign, *unknown, *lost, *stalls, *retry, *later, *behind, *fired;
  std::array<prometheus::Counter*, 7> dead{};
  std::array<prometheus::Counter*, 5> commit{};
  Histogram *handle_seconds, *commit_seconds, *commit_events;
  prometheus::Gauge *in_flight, *waiting, *held, *bytes, *partitions, *paused, *parked, *parked_bytes;
  prometheus::Family<prometheus::Gauge>* breakers;
  std::vector<prometheus::Gauge*> lag;  // by topic number
};

FunctionTelemetry::FunctionTelemetry(Metrics& metrics, const Plan& plan)
    : plan_(plan), series_(std::make_unique<Series>(metrics, plan)) {}
FunctionTelemetry::~FunctionTelemetry() = default;

void FunctionTelemetry::log(Level level, std::string_view sentence, const Event* about) {
  if (!log::enabled(level)) return;
  if (about == nullptr) {
    log::write(level, sentence, {{"function", plan_.manifest().name}});
    return;
  }
  const std::string id = about->event_id.text();
  log::write(level, sentence,
             {{"function", plan_.manifest().name},
              {"event_id", id},
              {"type", about->type},
              {"correlation_id", about->envelope.correlationid},
              {"topic", plan_.topics()[about->record.topic].topic->name},
              {"partition", std::int64_t{about->record.partition}},
              {"offset", about->record.offset},
              {"attempt", std::int64_t{about->attempt}}});
}

void FunctionTelemetry::done(const Event& event) {
  if (event.type == kTimerType) series_->fired->Increment();  // also one that was parked in between
  if (event.verdict == Verdict::kRepeat) {
    series_->repeat->Increment();
  } else if (event.outcome == Outcome::kReject) {
    series_->dead[static_cast<std::size_t>(event.failure)]->Increment();
    log(Level::kError, "dead letter (" + std::string(name_of(event.failure)) + "): " + event.message, &event);
  } else if (event.outcome == Outcome::kSkip) {
    series_->skip->Increment();
  } else {
    series_->ok->Increment();
  }
}

void FunctionTelemetry::parked(const Event& event) {
  (event.outcome == Outcome::kRetry ? series_->retry : event.outcome == Outcome::kLater ? series_->later : series_->behind)->Increment();
}

void FunctionTelemetry::breaker(std::string_view dependency, bool open) {
  series_->breakers->Add({{"function", plan_.manifest().name}, {"dependency", std::string(dependency)}}).Set(open ? 1 : 0);
}

void FunctionTelemetry::passed_over(std::size_t events, bool unknown_type) {
  (unknown_type ? series_->unknown : series_->foreign)->Increment(static_cast<double>(events));
  if (unknown_type)
    log(Level::kWarn, std::to_string(events) + " events of types that events.toml does not declare were passed over", nullptr);
}

void FunctionTelemetry::batch_handled(std::size_t, double seconds) { series_->handle_seconds->Observe(seconds); }

void FunctionTelemetry::batch_committed(std::size_t events, CommitStatus status, double seconds) {
  series_->commit[static_cast<std::size_t>(status)]->Increment();
  series_->commit_seconds->Observe(seconds);
  series_->commit_events->Observe(static_cast<double>(events));
}

void FunctionTelemetry::gap(const TopicPartition& at, std::int64_t from, std::int64_t to) {
  series_->lost->Increment(static_cast<double>(to - from));
  log::write(Level::kError,
             "retention removed events before they were read: " + std::to_string(to - from) +
                 " offsets are gone for this function; raise the topic's retention or the function's speed",
             {{"function", plan_.manifest().name}, {"topic", plan_.topics()[at.topic].topic->name},
              {"partition", std::int64_t{at.partition}}, {"from", from}, {"to", to}});
}

void FunctionTelemetry::lag(const TopicPartition& at, std::int64_t events) {
  const std::lock_guard lock(mutex_);
  lags_[at] = events;
  double sum = 0;
  for (const auto& [partition, behind] : lags_)
    if (partition.topic == at.topic) sum += static_cast<double>(behind);
  series_->lag[at.topic]->Set(sum);
}

void FunctionTelemetry::gauges(const Gauges& gauges) {
  {
    const std::lock_guard lock(mutex_);
    gauges_ = gauges;
    if (gauges.partitions == 0 && !lags_.empty()) {  // nobody tells of them any more
      lags_.clear();
      for (prometheus::Gauge* lag : series_->lag) lag->Set(0);
    }
  }
  series_->in_flight->Set(static_cast<double>(gauges.in_flight));
  series_->waiting->Set(static_cast<double>(gauges.waiting));
  series_->held->Set(static_cast<double>(gauges.held));
  series_->bytes->Set(static_cast<double>(gauges.bytes));
  series_->partitions->Set(static_cast<double>(gauges.partitions));
  series_->paused->Set(static_cast<double>(gauges.paused));
  series_->parked->Set(static_cast<double>(gauges.parked));
  series_->parked_bytes->Set(static_cast<double>(gauges.parked_bytes));
}

FunctionTelemetry::Seen FunctionTelemetry::seen() const {
  const std::lock_guard lock(mutex_);
  Seen seen;
  seen.partitions = gauges_.partitions;
  seen.in_flight = gauges_.in_flight;
  seen.waiting = gauges_.waiting;
  seen.progress_ms = gauges_.progress_ms;
  for (const auto& [partition, behind] : lags_) seen.lag += behind;
  double ended = series_->ok->Value() + series_->skip->Value() + series_->repeat->Value() + series_->foreign->Value() + series_->unknown->Value() +
                 series_->retry->Value() + series_->later->Value() + series_->behind->Value();
  for (const auto* dead : series_->dead) ended += dead->Value();
  seen.ended = static_cast<std::uint64_t>(ended);
  return seen;
}

void FunctionTelemetry::stalled() { series_->stalls->Increment(); }

}  // namespace gofuture
