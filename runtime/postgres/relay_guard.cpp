#include "postgres/relay_guard.hpp"

namespace gofuture {
namespace {

std::string in_mebibytes(std::int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

std::optional<WalGuard::Warning> WalGuard::look(const SlotHealth& health) {
  const std::string now = health.there ? health.wal_status : "missing";
  if (now == last_) return std::nullopt;
  last_ = now;
  const std::string slot = "replication slot " + slot_;
  const std::string behind = in_mebibytes(health.lag_bytes());
  if (now == "reserved") return Warning{Probe::Level::kInfo, slot + " has caught up: the WAL that it keeps is within limits again"};
  if (now == "extended")
    return Warning{Probe::Level::kWarn,
                   slot + " is " + behind + " behind and keeps more WAL than max_wal_size" +
                       (health.safe_wal_size ? "; after " + in_mebibytes(*health.safe_wal_size) + " more it is in danger of being lost"
                                             : "; without max_slot_wal_keep_size it will fill the disk") +
                       ". See why the relay does not get on: is Kafka up, does a relay run?"};
  if (now == "unreserved")
    return Warning{Probe::Level::kError,
                   slot + " is " + behind + " behind and is lost at the next checkpoint: raise max_slot_wal_keep_size now (a reload is enough), " +
                       "then see why the relay does not get on"};
  if (now == "lost")
    return Warning{Probe::Level::kError, slot + " is lost: the WAL that it needs is gone. A relay makes it again and sends what was not confirmed "
                                                "from the table; some events will be sent twice"};
  return Warning{Probe::Level::kWarn, slot + " is not there; a relay makes it"};
}

}  // namespace gofuture
