// Metrics: the process's Prometheus registry and its text form for /metrics. Series are resolved once, when a function is
// wired; the hot path only touches references. Names: gofuture_<what>_<unit>, labels function, topic, outcome.
//
//   Metrics metrics;
//   FunctionTelemetry probe(metrics, plan);       // a Probe
//   std::string page = metrics.text();
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace prometheus {
class Registry;
}

namespace gofuture {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  prometheus::Registry& registry() { return *registry_; }
  // For parts that know nothing of prometheus: a value read at each scrape. Any thread; `read` must outlive this object.
  void observe(const std::string& name, const std::string& help, const std::map<std::string, std::string>& labels,
               bool counter, std::function<double()> read);
  std::string text();

 private:
  struct Observed;
  std::shared_ptr<prometheus::Registry> registry_;
  std::shared_ptr<Observed> observed_;
};

}  // namespace gofuture
