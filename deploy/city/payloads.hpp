// The data of the events that the city itself sends; the fields are those of manifests/schemas.
#pragma once

#include <cstdint>
#include <string>

#include "ledger.hpp"

namespace city {

std::string booking_created(const Booking& booking);
std::string booking_canceled(const Booking& booking);
std::string driver_location(const std::string& driver_id, const std::string& region_id, double lat, double lon, bool busy, std::int64_t observed_ms);
// DriverRejected, DriverArrived, BookingTripStarted, BookingTripCompleted
std::string trip_step(const std::string& booking_id, const std::string& driver_id, const std::string& region_id);

}  // namespace city
