#include "telemetry/ingress_telemetry.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "telemetry/logging.hpp"

namespace gofuture {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

prometheus::Counter& events(Metrics& metrics, const char* outcome) {
  return prometheus::BuildCounter().Name("gofuture_ingress_events_total").Help("Events that came over HTTP and are in the outbox, by outcome")
      .Register(metrics.registry()).Add({{"outcome", outcome}});
}

}  // namespace

IngressTelemetry::IngressTelemetry(Metrics& metrics)
    : accepted_(events(metrics, "accepted")),
      repeated_(events(metrics, "repeat")),
      seconds_(prometheus::BuildHistogram().Name("gofuture_ingress_seconds").Help("Time of an accepted request, from its last byte to its commit")
                   .Register(metrics.registry()).Add({}, kSeconds)),
      refusals_(prometheus::BuildCounter().Name("gofuture_ingress_refused_total").Help("Requests that were not taken, by reason").Register(metrics.registry())) {}

void IngressTelemetry::accepted(std::size_t fresh, std::size_t repeats, double seconds) {
  accepted_.Increment(static_cast<double>(fresh));
  repeated_.Increment(static_cast<double>(repeats));
  seconds_.Observe(seconds);
}

void IngressTelemetry::refused(std::string_view reason) { refusals_.Add({{"reason", std::string(reason)}}).Increment(); }

void IngressTelemetry::log(Probe::Level level, const std::string& sentence) { log::write(level, sentence, {{"part", "ingress"}}); }

}  // namespace gofuture
