#include "postgres/relay_keeper.hpp"

#include <algorithm>
#include <chrono>

#include "base/thread_name.hpp"
#include "postgres/connection.hpp"

namespace gofuture {
namespace {

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

RelayKeeper::RelayKeeper(Options options, Ports ports)
    : options_(std::move(options)), ports_(std::move(ports)), guard_(options_.slot) {}

RelayKeeper::~RelayKeeper() { stop(); }

void RelayKeeper::start() {
  thread_ = std::thread([this] { run(); });
}

void RelayKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RelayKeeper::run() {
  name_this_thread("relay-keeper");
  std::optional<PgConnection> connection;
  std::string last_trouble;
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      const auto due = std::chrono::milliseconds(std::min({options_.position_ms, options_.watch_ms, options_.days_ms, options_.refused_ms}));
      last = changed_.wait_for(lock, due, [this] { return stopping_; });
    }
    if (last && ports_.position() == written_) break;
    std::optional<std::string> trouble;
    if (!connection || !connection->alive()) {
      connection.reset();
      auto opened = PgConnection::open(options_.conninfo, "gofuture relay keeper");
      // The position is only where a re-emission would begin: its commit need not wait for the disk.
      if (opened && opened->run("SET synchronous_commit = off").ok())
        connection = std::move(*opened);
      else
        trouble = opened ? "Postgres closed the connection" : opened.error().message();
    }
    if (connection) trouble = last ? write_position(*connection) : round(*connection);
    if (trouble && *trouble != last_trouble) ports_.log(Probe::Level::kWarn, "relay: " + *trouble);
    last_trouble = trouble.value_or("");
  }
}

std::optional<std::string> RelayKeeper::round(PgConnection& connection) {
  const std::int64_t now = steady_ms();
  std::optional<std::string> trouble;
  if (now >= next_position_ms_) {
    next_position_ms_ = now + options_.position_ms;
    trouble = write_position(connection);
  }
  if (now >= next_watch_ms_ && !trouble) {
    next_watch_ms_ = now + options_.watch_ms;
    trouble = watch(connection);
  }
  if (now >= next_days_ms_ && !trouble && ports_.active()) {
    next_days_ms_ = now + options_.days_ms;
    trouble = tend_days(connection);
  }
  if (now >= next_refused_ms_ && !trouble && ports_.active()) {
    next_refused_ms_ = now + options_.refused_ms;
    trouble = offer_again(connection);
  }
  return trouble;
}

std::optional<std::string> RelayKeeper::write_position(PgConnection& connection) {
  const Position position = ports_.position();
  // Only rows count: a position written for its own WAL would write itself for ever.
  if (position.seq == written_.seq && position.committed_us == written_.committed_us) return std::nullopt;
  if (auto done = write_relay_position(connection, options_.slot, position.confirmed, position.seq, position.committed_us); !done)
    return done.error().message();
  written_ = position;
  return std::nullopt;
}

std::optional<std::string> RelayKeeper::watch(PgConnection& connection) {
  const auto health = look_at_slot(connection, options_.slot);
  if (!health) return health.error().message();
  ports_.health(*health);
  if (const auto warning = guard_.look(*health)) ports_.log(warning->level, "relay: " + warning->sentence);
  return std::nullopt;
}

std::optional<std::string> RelayKeeper::offer_again(PgConnection& connection) {
  const auto offered = offer_refused_again(connection, options_.refused_ms);
  if (!offered) return offered.error().message();
  if (*offered > 0)
    ports_.log(Probe::Level::kInfo, "relay: offers " + std::to_string(*offered) + " dead letters to their topics again, which had refused them");
  return std::nullopt;
}

std::optional<std::string> RelayKeeper::tend_days(PgConnection& connection) {
  const auto report = tend_outbox_days(connection, options_.days);
  if (!report) return report.error().message();
  ports_.days(*report);
  for (const std::string& day : report->dropped) ports_.log(Probe::Level::kInfo, "relay: dropped outbox day " + day + ", all of which Kafka has");
  const std::string waiting = report->waiting.empty() ? "" : report->waiting.front();
  if (waiting != last_waiting_ && !waiting.empty()) ports_.log(Probe::Level::kWarn, "relay: outbox " + waiting);
  last_waiting_ = waiting;
  if (report->strays && !strays_told_)
    ports_.log(Probe::Level::kWarn, "relay: rows stand in gofuture.events_outbox_default: no partition had been made for their day. They are "
                                    "relayed, but never dropped; run `gofuture migrate`, then move them or delete them");
  strays_told_ = report->strays;
  return std::nullopt;
}

}  // namespace gofuture
