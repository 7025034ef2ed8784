// Where the city's people are when nothing is replayed: a fleet that drives about San Francisco and riders who call from where
// people are. Deterministic by seed: names, places, amounts, the number of drivers; the clock only says when.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ids.hpp"
#include "ledger.hpp"
#include "trips.hpp"

namespace city {

struct Place {
  double lat = 0, lon = 0;
};
Place some_place(Dice& dice);  // denser downtown
Place remote_place(Dice& dice);  // where no driver ever is

// The n-th booking of a run, wholly determined by (run, seed, n). `at` replaces the place.
Booking nth_booking(const std::string& run, std::uint64_t seed, std::int64_t n, double remote_share, const Place* at = nullptr);
constexpr std::int64_t kFraudMinor = 60'000;  // what a ride costs that somebody pays with a stolen card

class Fleet {
 public:
  Fleet(const std::string& run, std::uint64_t seed, int drivers, std::int64_t report_every_ms);
  // Everybody who is due moves a little and says where he is.
  void drive(std::int64_t at_ms, Phones& phones);
  std::size_t size() const { return drivers_.size(); }

 private:
  struct Driver {
    std::string id;
    Place at, goal;
    std::int64_t due_ms = 0;
  };
  Dice dice_;
  std::int64_t every_ms_;
  std::vector<Driver> drivers_;
};

}  // namespace city
