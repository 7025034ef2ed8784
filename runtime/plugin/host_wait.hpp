// HostWait: while it lives, the handler's thread waits for the host's database (a journaled call, a look-up, a statement), not for
// the function. Every such wait has a limit of its own, which Postgres keeps; a Postgres that is silent beyond that is no fault of
// the event, so the watchdog (overrun.hpp) must not count it.
#pragma once

#include <atomic>
#include <cstdint>

namespace gofuture {

struct HostWaits {
  std::atomic<std::uint64_t> number = 0;  // odd: it waits
};

class HostWait {
 public:
  explicit HostWait(HostWaits& waits) : waits_(waits) { ++waits_.number; }
  ~HostWait() { ++waits_.number; }
  HostWait(const HostWait&) = delete;
  HostWait& operator=(const HostWait&) = delete;

 private:
  HostWaits& waits_;
};

}  // namespace gofuture
