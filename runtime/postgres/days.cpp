#include "postgres/days.hpp"

#include "postgres/connection.hpp"

namespace gofuture {
namespace {

// Serializes everything that makes or drops partitions, in all processes.
constexpr const char* kBegin =
    "BEGIN; SET LOCAL lock_timeout = '1s'; SELECT pg_advisory_xact_lock(hashtextextended('gofuture partitions', 0))";

// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(PgConnection& connection) : connection_(connection), begun_(connection.run(kBegin)) {}
  ~Transaction() {
    if (!committed_) connection_.run("ROLLBACK");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  const PgResult& begun() const { return begun_; }
  PgResult commit() {
    committed_ = true;
    return connection_.run("COMMIT");
  }

 private:
  PgConnection& connection_;
  PgResult begun_;
  bool committed_ = false;
};

std::string day_name(PgConnection& connection, std::int32_t day, const char* format) {
  const PgResult named = connection.run(std::string("SELECT to_char(date '1970-01-01' + ") + std::to_string(day) + ", '" + format + "')");
  return named.ok() ? std::string(named.text(0, 0)) : "";
}

Error failed(const char* what, std::int32_t day, const SqlFailure& failure) {
  return Error(std::string(what) + " of day " + std::to_string(day) + " (counted from 1970): " + failure.sentence());
}

}  // namespace

// A partitioned table without a partition for the row: a check violation that names no constraint.
bool is_missing_inbox_day(const SqlFailure& failure) {
  return failure.state == "23514" && failure.table == "inbox" && failure.constraint.empty();
}

Result<std::int32_t> database_day(PgConnection& connection) {
  const PgResult today = connection.run("SELECT (now() AT TIME ZONE 'utc')::date - date '1970-01-01'");
  if (!today.ok()) return today.failure().error();
  return static_cast<std::int32_t>(today.number(0, 0));
}

Result<DayState> ensure_inbox_day(PgConnection& connection, std::int32_t bucket) {
  const char* what = "making the inbox partition";
  const std::string number = std::to_string(bucket);
  Transaction transaction(connection);
  if (!transaction.begun().ok()) return failed(what, bucket, transaction.begun().failure());
  const PgResult known = connection.run("SELECT dropped_at IS NOT NULL FROM gofuture.inbox_days WHERE bucket = " + number);
  if (!known.ok()) return failed(what, bucket, known.failure());
  if (known.rows() == 1) return known.text(0, 0) == "t" ? DayState::kDropped : DayState::kThere;

  const std::string table = "gofuture.inbox_" + day_name(connection, bucket, "YYYYMMDD");
  const PgResult made = connection.run("CREATE TABLE " + table + " (LIKE gofuture.inbox INCLUDING ALL); ALTER TABLE gofuture.inbox ATTACH PARTITION " +
                                       table + " FOR VALUES IN (" + number + "); INSERT INTO gofuture.inbox_days (bucket) VALUES (" + number + ")");
  if (!made.ok()) return failed(what, bucket, made.failure());
  if (const PgResult done = transaction.commit(); !done.ok()) return failed(what, bucket, done.failure());
  return DayState::kMade;
}

Result<int> drop_inbox_days(PgConnection& connection, std::int32_t oldest_kept) {
  const char* what = "dropping the inbox partition";
  const PgResult old = connection.run("SELECT bucket FROM gofuture.inbox_days WHERE dropped_at IS NULL AND bucket < " +
                                      std::to_string(oldest_kept) + " ORDER BY bucket");
  if (!old.ok()) return old.failure().error();
  for (int row = 0; row < old.rows(); ++row) {
    const auto bucket = static_cast<std::int32_t>(old.number(row, 0));
    Transaction transaction(connection);
    if (!transaction.begun().ok()) return failed(what, bucket, transaction.begun().failure());
    const std::string table = "gofuture.inbox_" + day_name(connection, bucket, "YYYYMMDD");
    const PgResult dropped = connection.run("UPDATE gofuture.inbox_days SET dropped_at = now() WHERE bucket = " +
                                            std::to_string(bucket) + "; DROP TABLE IF EXISTS " + table);
    if (!dropped.ok()) return failed(what, bucket, dropped.failure());
    if (const PgResult done = transaction.commit(); !done.ok()) return failed(what, bucket, done.failure());
  }
  return old.rows();
}

Result<int> ensure_outbox_days(PgConnection& connection, int from, int to) {
  const char* what = "making the outbox partition";
  const auto today = database_day(connection);
  if (!today) return today.error();
  int fresh = 0;
  for (std::int32_t day = *today + from; day <= *today + to; ++day) {
    const std::string date = "date '1970-01-01' + " + std::to_string(day);
    const PgResult known = connection.run("SELECT 1 FROM gofuture.outbox_days WHERE day = " + date);
    if (!known.ok()) return failed(what, day, known.failure());
    if (known.rows() != 0) continue;

    Transaction transaction(connection);
    if (!transaction.begun().ok()) return failed(what, day, transaction.begun().failure());
    // Asked again behind the lock: another process may have been quicker.
    const PgResult again = connection.run("SELECT 1 FROM gofuture.outbox_days WHERE day = " + date +
                                          " UNION ALL SELECT 1 FROM gofuture.events_outbox_default WHERE created_at >= " + date +
                                          " AND created_at < " + date + " + 1 LIMIT 1");
    if (!again.ok()) return failed(what, day, again.failure());
    if (again.rows() != 0) continue;
    const std::string table = "gofuture.events_outbox_" + day_name(connection, day, "YYYYMMDD");
    const PgResult made = connection.run(
        "CREATE TABLE " + table + " (LIKE gofuture.events_outbox INCLUDING ALL); ALTER TABLE gofuture.events_outbox ATTACH PARTITION " +
        table + " FOR VALUES FROM ('" + day_name(connection, day, "YYYY-MM-DD") + "') TO ('" + day_name(connection, day + 1, "YYYY-MM-DD") +
        "'); INSERT INTO gofuture.outbox_days (day) VALUES (" + date + ")");
    if (!made.ok()) return failed(what, day, made.failure());
    if (const PgResult done = transaction.commit(); !done.ok()) return failed(what, day, done.failure());
    ++fresh;
  }
  return fresh;
}

}  // namespace gofuture
