// Maintenance: the calendar of the partitions, on a thread and a connection of its own. Makes the inbox days of today and tomorrow
// and the outbox days of the coming two weeks; drops inbox days that are older than the window and remembers that; purges the hashed
// part of the inbox by age, a few thousand rows at a time. Waits at most a second for a lock and tries again next time. (Outbox
// days are dropped by the relay, which knows how far it has come.)
//
// One per process is enough; more do no harm.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

struct MaintenanceOptions {
  std::string conninfo;
  std::int64_t inbox_window_days = 16;
  std::chrono::milliseconds period = std::chrono::minutes(10);
};

struct MaintenanceReport {
  int inbox_days_made = 0, inbox_days_dropped = 0, outbox_days_made = 0;
  std::int64_t hashed_rows_purged = 0, http_calls_purged = 0;
};

// One round, also for tools and tests.
Result<MaintenanceReport> maintain(const MaintenanceOptions& options);

class Maintenance {
 public:
  using Log = std::function<void(Probe::Level, const std::string&)>;  // called on its thread

  Maintenance(MaintenanceOptions options, Log log);
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

 private:
  void run();

  const MaintenanceOptions options_;
  const Log log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace gofuture
