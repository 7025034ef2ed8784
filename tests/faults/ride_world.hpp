// RideWorld: the ride functions as they are shipped, with a copy of their manifests with shorter deadlines, in a database, topics
// and groups of their own. Two processes: one has the functions, one has the relay (and track_drivers, for a process needs a function;
// nobody drives here). So the relay can die while the functions go on.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "faults/program.hpp"
#include "faults/ride_gateway.hpp"
#include "integration/kafka_world.hpp"
#include "integration/postgres_database.hpp"

namespace gofuture::test {

class RideWorld {
 public:
  RideWorld();
  ~RideWorld();

  // Waits until every partition is somebody's: the seconds of a deadline are none of a start.
  void start_functions();
  void start_relay();
  void kill_relay() { relay_.reset(); }

  // What the riders' app does: bookings "<name>-1" … in ride.bookings and the outbox, by one transaction. A driver waits at each pickup.
  void order(const std::string& name, int count);
  // Drivers are found, and not given away until they are let go.
  void hold_drivers();
  void let_drivers_go() { driver_lock_.reset(); }
  RideGateway& gateway() { return gateway_; }

  // How many records the relay has brought there; exact until it dies for the first time.
  std::int64_t booking_records() const { return records(bookings_); }
  std::int64_t payment_records() const { return records(payments_); }
  std::int64_t check_records() const { return records(checks_); }

  TestDatabase& database() { return database_; }

 private:
  static constexpr int kPartitions = 4;
  void copy_manifests();
  std::unique_ptr<Program> start(const std::string& part, const std::string& command);
  std::int64_t records(const std::string& topic) const;

  TopicGarden garden_;
  const std::string bookings_ = garden_.make(kPartitions), payments_ = garden_.make(kPartitions), positions_ = garden_.make(kPartitions),
                    prices_ = garden_.make(kPartitions), checks_ = garden_.make(kPartitions), messages_ = garden_.make(kPartitions);
  TestDatabase database_{TestDatabase::Tables::kNone};
  std::unique_ptr<PgConnection> driver_lock_;
  RideGateway gateway_;
  std::filesystem::path folder_;
  int started_ = 0;
  std::unique_ptr<Program> functions_, relay_;
};

}  // namespace gofuture::test
