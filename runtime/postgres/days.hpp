// Daily partitions: of the inbox (by the day in the event_id) and of the outbox (by created_at). Made ahead by `migrate` and
// Maintenance, on demand by a committer; each in a transaction of its own, under one advisory lock, with short lock waits.
//
// A partition is made beside its table and then attached, which stops no reader and no writer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

class PgConnection;
struct SqlFailure;

// A row of the inbox found no partition of its day.
bool is_missing_inbox_day(const SqlFailure& failure);

enum class DayState { kThere, kMade, kDropped };

// Makes the partition of this bucket (a day) unless it is there or has been dropped: a dropped day stays dropped.
Result<DayState> ensure_inbox_day(PgConnection& connection, std::int32_t bucket);
// Drops the days before `oldest_kept`, oldest first, and remembers that they were dropped. Stops at the first that cannot be
// locked now.
Result<int> drop_inbox_days(PgConnection& connection, std::int32_t oldest_kept);

// Makes the outbox partitions of the days [from, to], counted from today in UTC; says how many are new. A day whose rows already
// went to the default partition is left there.
Result<int> ensure_outbox_days(PgConnection& connection, int from, int to);

// Days since 1970 by the database's clock.
Result<std::int32_t> database_day(PgConnection& connection);

}  // namespace gofuture
