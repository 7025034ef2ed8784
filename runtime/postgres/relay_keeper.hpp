// RelayKeeper: the relay's side of the database that may take its time: writes the position, watches the slot, ends days,
// offers dead letters again that their topic refused. A
// thread and a normal connection of its own, so that no query ever stands in the way of an event.
//
// Owned by the Relay; start() and stop() by its owner; stop() writes the last position.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "pipeline/io.hpp"
#include "postgres/outbox_days.hpp"
#include "postgres/relay_guard.hpp"
#include "postgres/relay_slot.hpp"

namespace gofuture {

class PgConnection;

class RelayKeeper {
 public:
  struct Options {
    std::string conninfo;
    std::string slot;                  // the relay's
    OutboxDaysOptions days;            // its slot is that of whoever carries the outbox
    std::int64_t position_ms = 1'000, watch_ms = 2'000, days_ms = 60'000, refused_ms = 300'000;
  };
  struct Position {
    pgoutput::Lsn confirmed = 0;
    std::int64_t seq = 0, committed_us = 0;
    bool operator==(const Position&) const = default;
  };
  // What the keeper asks and tells; called on its thread.
  struct Ports {
    std::function<Position()> position;
    std::function<bool()> active;      // only the active relay ends days
    std::function<void(const SlotHealth&)> health;
    std::function<void(const OutboxDaysReport&)> days;
    std::function<void(Probe::Level, const std::string&)> log;
  };

  RelayKeeper(Options options, Ports ports);
  ~RelayKeeper();
  void start();
  void stop();

 private:
  void run();
  std::optional<std::string> round(PgConnection& connection);  // what went wrong
  std::optional<std::string> write_position(PgConnection& connection);
  std::optional<std::string> watch(PgConnection& connection);
  std::optional<std::string> tend_days(PgConnection& connection);
  std::optional<std::string> offer_again(PgConnection& connection);

  Options options_;
  Ports ports_;
  WalGuard guard_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
  Position written_;
  std::string last_waiting_;
  bool strays_told_ = false;
  std::int64_t next_position_ms_ = 0, next_watch_ms_ = 0, next_days_ms_ = 0, next_refused_ms_ = 0;
};

}  // namespace gofuture
