// IngressRuntime: the ingress as the settings want it, with Postgres behind it and its series in the metrics.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "ingress/server.hpp"
#include "manifest/manifest.hpp"
#include "telemetry/ingress_telemetry.hpp"

namespace gofuture {

class IngressRuntime {
 public:
  // Listens when it returns. `clock` and `metrics` outlive it; it outlives the last look at the metrics.
  static Result<std::unique_ptr<IngressRuntime>> start(const Settings& settings, std::shared_ptr<const Catalogue> catalogue, Clock& clock,
                                                       Metrics& metrics);
  void stop() { server_->stop(); }

 private:
  explicit IngressRuntime(Metrics& metrics) : telemetry_(metrics) {}

  IngressTelemetry telemetry_;
  std::unique_ptr<IngressServer> server_;
};

}  // namespace gofuture
