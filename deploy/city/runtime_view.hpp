// The runtime as seen from outside: its /metrics and /readyz over HTTP, and its pid in a file. Any thread.
//
// RuntimeView: one or more processes together. What they have counted is added up over their restarts; what a process counted
// between our last look and its SIGKILL nobody knows, so the sums are the least that happened.
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

// The sum over all samples of one metric in the Prometheus text format, of those with this label ("outcome=\"ok\"") if one is
// named; a series that is not a number counts nothing.
std::int64_t sum_of(const std::string& metrics, const std::string& name, const std::string& label = {});

struct RuntimeCounts {  // what only grows, until the process is another one
  std::int64_t events = 0, retries = 0, timers_fired = 0;
};
struct RuntimeLoad {
  std::int64_t in_flight = 0, lag = 0;
  RuntimeCounts counted;
};
RuntimeLoad load_of(const std::string& metrics);

// The counts of one address over all its processes. A page on which the events went back is of a new process.
class CountsOverRestarts {
 public:
  void see(const RuntimeCounts& now);
  RuntimeCounts total() const;

 private:
  RuntimeCounts before_, last_;
};

class RuntimeView {
 public:
  explicit RuntimeView(const std::vector<std::string>& urls);  // the first one matters, the others may come and go
  std::optional<RuntimeLoad> look();        // all that answer, together; nothing: the first one does not
  std::optional<RuntimeLoad> look_at_first();
  bool first_is_ready() const;
  RuntimeCounts counted();

 private:
  struct Process {
    std::string url;
    CountsOverRestarts counts;
  };
  std::optional<RuntimeLoad> look_at(Process& process);
  std::mutex mutex_;
  std::vector<Process> processes_;
};

class Killer {
 public:
  // `told` gets one sentence per kill, on the killer's thread. `view` stays longer than the killer.
  Killer(RuntimeView& view, std::string pid_file, int kills, std::int64_t during_ms, std::uint64_t seed, std::function<void(const std::string&)> told);
  ~Killer();
  std::vector<std::int64_t> in_flight_at_kills();
  bool done() const { return done_; }

 private:
  void work();
  bool sleep_until(std::int64_t at_ms) const;
  bool kill_when_busy();
  RuntimeView& view_;
  std::string pid_file_;
  std::function<void(const std::string&)> told_;
  std::vector<std::int64_t> moments_;  // monotonic ms
  std::mutex mutex_;
  std::vector<std::int64_t> in_flight_;
  std::atomic<bool> stop_ = false, done_ = false;
  std::thread thread_;
};

}  // namespace city
