// The runtime as seen from outside: its /metrics and /readyz over HTTP, and its pid in a file. Any thread.
//
// Killer: SIGKILLs the runtime at busy moments. How many times, and how the moments are spread, follows from the seed; each
// waits until the runtime is ready again and has events in flight, so a kill always hurts. A thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace city {

struct RuntimeLoad {
  std::int64_t in_flight = 0, lag = 0;
};
// The sum over all samples of one metric in the Prometheus text format; a series that is not a number counts nothing.
std::int64_t sum_of(const std::string& metrics, const std::string& name);
std::optional<RuntimeLoad> look_at_runtime(const std::string& url);  // nothing: it does not answer
bool runtime_is_ready(const std::string& url);

class Killer {
 public:
  // `told` gets one sentence per kill, on the killer's thread.
  Killer(std::string url, std::string pid_file, int kills, std::int64_t during_ms, std::uint64_t seed, std::function<void(const std::string&)> told);
  ~Killer();
  std::vector<std::int64_t> in_flight_at_kills();
  bool done() const { return done_; }

 private:
  void work();
  bool sleep_until(std::int64_t at_ms) const;
  bool kill_when_busy();
  std::string url_, pid_file_;
  std::function<void(const std::string&)> told_;
  std::vector<std::int64_t> moments_;  // monotonic ms
  std::mutex mutex_;
  std::vector<std::int64_t> in_flight_;
  std::atomic<bool> stop_ = false, done_ = false;
  std::thread thread_;
};

}  // namespace city
