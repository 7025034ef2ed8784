// Phones: the drivers' side. They send positions, hear DriverAssigned, and either reject the ride or play it: DriverArrived,
// BookingTripStarted, BookingTripCompleted, each a short random time after the one before; for some rides all at once, because
// order is hardest to keep when events lie side by side. A trip whose BookingCanceled they hear stops where it is. Who rejects
// which ride follows from their names and the seed. One thread.
//
// In a replay a trip may not end before the data says so: hold_completion(booking) when it is ordered, let_complete(booking)
// when the cab of the data sets its passenger down.
#pragma once

#include <cstdint>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ids.hpp"
#include "kafka.hpp"
#include "ledger.hpp"
#include "payloads.hpp"

namespace city {

class Phones {
 public:
  Phones(Producer& producer, Ledger& ledger, std::uint64_t seed, double reject_share)
      : producer_(producer), ledger_(ledger), seed_(seed), reject_share_(reject_share), dice_(seed) {}

  // `busy` is what the driver's world says; a driver with a booking is busy anyway. A position that is not newer is not sent.
  void position(const std::string& driver_id, double lat, double lon, bool busy, std::int64_t observed_ms);
  void assigned(const Event& event);
  void canceled(const std::string& booking_id);
  // An event that no function can ever make sense of: a driver who arrives for a ride that was never ordered.
  void poison(const std::string& booking_id, const std::string& region_id);
  void hold_completion(const std::string& booking_id) { held_.insert(booking_id); }
  void let_complete(const std::string& booking_id);
  static Meter meter_of(const std::string& booking_id);  // a fifth of the trips turn out shorter than was thought
  void let_all_complete();
  void play(std::int64_t at_ms);
  bool riding(const std::string& driver_id) const { return riding_.contains(driver_id); }
  std::size_t trips() const { return trips_.size(); }
  const std::map<std::string, LastPosition>& last_positions() const { return positions_; }

 private:
  enum class Step { kArrive, kStart, kComplete };
  struct Trip {
    std::string booking_id, driver_id, region_id, cause, traceparent;
    int hops = 0;
    Step step = Step::kArrive;
    bool quick = false, rejects = false;
  };
  std::string tell(Trip& trip, const std::string& type, std::int64_t at_ms);  // the event's id
  void end(const std::string& event_id);
  void advance(const std::string& event_id, std::int64_t at_ms);

  Producer& producer_;
  Ledger& ledger_;
  std::uint64_t seed_;
  double reject_share_;
  Dice dice_;
  std::unordered_map<std::string, Trip> trips_;              // by the id of the DriverAssigned
  std::unordered_set<std::string> heard_;                    // the same event may come twice
  std::unordered_map<std::string, int> riding_;              // driver -> trips (more than one is the runtime's mistake)
  std::unordered_set<std::string> called_off_;               // bookings whose cancel has been heard
  std::unordered_set<std::string> held_;
  std::unordered_map<std::string, std::vector<std::string>> waiting_;  // booking -> trips that may not complete yet
  std::map<std::string, LastPosition> positions_;
  using Due = std::pair<std::int64_t, std::string>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace city
