// FunctionTelemetry: what is seen of one function: its log lines, its metrics, and what StallWatch judges by. It is the
// Probe that wiring gives to the function's pipeline, source, handlers and store.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"
#include "telemetry/metrics.hpp"

namespace gofuture {

class FunctionTelemetry : public Probe {
 public:
  FunctionTelemetry(Metrics& metrics, const Plan& plan);
  ~FunctionTelemetry() override;

  void log(Level level, std::string_view sentence, const Event* about) override;
  void done(const Event& event) override;
  void parked(const Event& event) override;
  void breaker(std::string_view dependency, bool open) override;
  void passed_over(std::size_t events, bool unknown_type) override;
  void batch_handled(std::size_t events, double seconds) override;
  void batch_committed(std::size_t events, CommitStatus status, double seconds) override;
  void gap(const TopicPartition& at, std::int64_t from, std::int64_t to) override;
  void lag(const TopicPartition& at, std::int64_t events) override;
  void gauges(const Gauges& gauges) override;
  void stalled();  // counts one; any thread

  struct Seen {
    std::size_t partitions = 0, in_flight = 0, waiting = 0;
    std::int64_t lag = 0;          // events, over all partitions
    std::int64_t progress_ms = 0;  // steady clock: when an event was last done, or partitions were last assigned
    std::uint64_t ended = 0;       // events that came to their end, since the start
  };
  Seen seen() const;  // any thread

 private:
  struct Series;
  const Plan& plan_;
  std::unique_ptr<Series> series_;
  mutable std::mutex mutex_;
  std::map<TopicPartition, std::int64_t> lags_;
  Gauges gauges_;
};

}  // namespace gofuture
