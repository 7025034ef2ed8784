// The end of an outbox day: sealed when no row of it can appear any more, dropped when the relay has sent them all and the
// retention is over. Days ahead are made in days.hpp.
//
// Sealing takes the WAL position after which no row of that day can be: a row carries the time its transaction began, so once
// the day is over and no transaction that began in it still runs, everything of it lies before the current end of the WAL.
// The slot having confirmed that position means that each row of the day was acknowledged by Kafka.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

class PgConnection;

struct OutboxDaysOptions {
  std::string slot = "gofuture_outbox";
  std::int64_t retention_ms = 86'400'000;  // counted from the end of the day
  std::int64_t grace_ms = 300'000;         // a clock that is set back a little changes nothing
  std::int64_t ahead_ms = 0;               // tests live in the future
};

struct OutboxDaysReport {
  std::vector<std::string> sealed, dropped;  // days, as "2026-11-22"
  std::vector<std::string> waiting;          // sentences: which day could not be sealed or dropped now, and why
  bool strays = false;                       // rows in events_outbox_default: no day had been made for them
};

// Does what can be done now; what cannot (a lock, an old transaction, a slot that is behind) waits for the next call.
Result<OutboxDaysReport> tend_outbox_days(PgConnection& connection, const OutboxDaysOptions& options);

}  // namespace gofuture
