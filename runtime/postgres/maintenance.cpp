#include "postgres/maintenance.hpp"

#include "base/thread_name.hpp"
#include "postgres/connection.hpp"
#include "postgres/days.hpp"

namespace gofuture {
namespace {

constexpr int kOutboxDaysAhead = 14;
constexpr int kPurgeRows = 2000;

// Small transactions: who looks for one of these rows waits for milliseconds.
Result<std::int64_t> purge(PgConnection& connection, const std::string& table, const std::string& time, std::int64_t window_days) {
  const std::string statement = "DELETE FROM " + table + " WHERE ctid = ANY (ARRAY(SELECT ctid FROM " + table + " WHERE " + time +
                                " < now() - interval '" + std::to_string(window_days) + " days' LIMIT " + std::to_string(kPurgeRows) +
                                " FOR UPDATE SKIP LOCKED))";
  std::int64_t purged = 0;
  for (;;) {
    const PgResult deleted = connection.run(statement);
    if (!deleted.ok()) return deleted.failure().error().within("purging " + table);
    purged += deleted.affected();
    if (deleted.affected() < kPurgeRows) return purged;
  }
}

}  // namespace

Result<MaintenanceReport> maintain(const MaintenanceOptions& options) {
  auto connection = PgConnection::open(options.conninfo, "gofuture maintenance");
  if (!connection) return connection.error();
  if (const PgResult set = connection->run("SET lock_timeout TO '1s'"); !set.ok()) return set.failure().error();
  MaintenanceReport report;

  auto today = database_day(*connection);
  if (!today) return today.error();
  for (const std::int32_t day : {*today, *today + 1}) {
    auto made = ensure_inbox_day(*connection, day);
    if (!made) return made.error();
    report.inbox_days_made += *made == DayState::kMade ? 1 : 0;
  }
  auto outbox = ensure_outbox_days(*connection, 0, kOutboxDaysAhead);
  if (!outbox) return outbox.error();
  report.outbox_days_made = *outbox;

  auto dropped = drop_inbox_days(*connection, *today - static_cast<std::int32_t>(options.inbox_window_days));
  if (!dropped) return dropped.error();
  report.inbox_days_dropped = *dropped;
  auto purged = purge(*connection, "gofuture.inbox_hashed", "done_at", options.inbox_window_days);
  if (!purged) return purged.error();
  report.hashed_rows_purged = *purged;
  auto calls = purge(*connection, "gofuture.http_journal", "requested_at", options.inbox_window_days);
  if (!calls) return calls.error();
  report.http_calls_purged = *calls;
  return report;
}

Maintenance::Maintenance(MaintenanceOptions options, Log log)
    : options_(std::move(options)), log_(std::move(log)), thread_([this] { run(); }) {}

Maintenance::~Maintenance() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Maintenance::run() {
  name_this_thread("maintenance");
  for (;;) {
    const auto report = maintain(options_);
    if (!report)
      log_(Probe::Level::kWarn, "inbox and outbox days: " + report.error().message() + "; tried again later");
    else if (report->inbox_days_dropped > 0 || report->hashed_rows_purged > 0)
      log_(Probe::Level::kInfo, "inbox: dropped " + std::to_string(report->inbox_days_dropped) + " days and purged " +
                                    std::to_string(report->hashed_rows_purged) + " rows older than " +
                                    std::to_string(options_.inbox_window_days) + " days");
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, options_.period, [this] { return stopping_; })) return;
  }
}

}  // namespace gofuture
