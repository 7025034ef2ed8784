// The data of the events that the city itself sends; the fields are those of manifests/schemas.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "ledger.hpp"

namespace city {

std::string booking_created(const Booking& booking);
std::string booking_canceled(const Booking& booking);
std::string driver_location(const std::string& driver_id, const std::string& region_id, double lat, double lon, bool busy, std::int64_t observed_ms);
// DriverRejected, DriverArrived, BookingTripStarted
std::string trip_step(const std::string& booking_id, const std::string& driver_id, const std::string& region_id);
struct Meter {
  std::int64_t distance_m = 0, duration_s = 0;
};
std::string trip_completed(const std::string& booking_id, const std::string& driver_id, const std::string& region_id, const Meter& meter);
std::string pricing_requested(const Booking& booking);
constexpr std::array<double, 4> kPriceLevels{1, 1.2, 1.5, 2};  // that the city's price desk ever names
std::string price_level(const std::string& region_id, double multiplier, std::int64_t at_ms);

}  // namespace city
