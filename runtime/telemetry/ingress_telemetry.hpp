// IngressTelemetry: what the ingress does, as series of /metrics and log lines.
#pragma once

#include <map>
#include <string>

#include "ingress/probe.hpp"
#include "telemetry/metrics.hpp"

namespace prometheus {
class Counter;
class Histogram;
template <class T>
class Family;
}  // namespace prometheus

namespace gofuture {

class IngressTelemetry : public IngressProbe {
 public:
  explicit IngressTelemetry(Metrics& metrics);
  void accepted(std::size_t events, std::size_t repeats, double seconds) override;
  void refused(std::string_view reason) override;
  void log(Probe::Level level, const std::string& sentence) override;

 private:
  prometheus::Counter &accepted_, &repeated_;
  prometheus::Histogram& seconds_;
  prometheus::Family<prometheus::Counter>& refusals_;
};

}  // namespace gofuture
