#include "telemetry/metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <vector>

namespace gofuture {

struct Metrics::Observed {
  struct Series {
    std::string name, help;
    std::map<std::string, std::string> labels;
    bool counter;
    std::function<double()> read;
  };
  std::mutex mutex;
  std::vector<Series> series;

  void collect(std::vector<prometheus::MetricFamily>& into) {
    const std::lock_guard lock(mutex);
    std::map<std::string, std::size_t> families;
    for (const Series& one : series) {
      auto [at, fresh] = families.try_emplace(one.name, into.size());
      if (fresh) {
        into.push_back({one.name, one.help, one.counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge, {}});
      }
      prometheus::ClientMetric metric;
      for (const auto& [name, value] : one.labels) metric.label.push_back({name, value});
      (one.counter ? metric.counter.value : metric.gauge.value) = one.read();
      into[at->second].metric.push_back(std::move(metric));
    }
  }
};

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()), observed_(std::make_shared<Observed>()) {}
Metrics::~Metrics() = default;

void Metrics::observe(const std::string& name, const std::string& help, const std::map<std::string, std::string>& labels,
                      bool counter, std::function<double()> read) {
  const std::lock_guard lock(observed_->mutex);
  observed_->series.push_back({name, help, labels, counter, std::move(read)});
}

std::string Metrics::text() {
  auto families = registry_->Collect();
  observed_->collect(families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace gofuture
