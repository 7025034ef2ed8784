#include "payloads.hpp"

#include <boost/json.hpp>

#include "ids.hpp"

namespace city {
namespace json = boost::json;

std::string booking_created(const Booking& b) {
  return json::serialize(json::object{{"booking_id", b.booking_id}, {"rider_id", b.rider_id}, {"region_id", b.region_id},
                                      {"pickup_lat", b.lat}, {"pickup_lon", b.lon}, {"amount_minor", b.amount_minor}, {"currency", b.currency}});
}

std::string booking_canceled(const Booking& b) {
  return json::serialize(json::object{{"booking_id", b.booking_id}, {"region_id", b.region_id}, {"reason", "the rider changed his mind"}});
}

std::string driver_location(const std::string& driver_id, const std::string& region_id, double lat, double lon, bool busy, std::int64_t observed_ms) {
  return json::serialize(json::object{{"driver_id", driver_id}, {"region_id", region_id}, {"lat", lat}, {"lon", lon},
                                      {"status", busy ? "busy" : "available"}, {"observed_at", rfc3339(observed_ms)}});
}

std::string trip_step(const std::string& booking_id, const std::string& driver_id, const std::string& region_id) {
  return json::serialize(json::object{{"booking_id", booking_id}, {"driver_id", driver_id}, {"region_id", region_id}});
}

std::string trip_completed(const std::string& booking_id, const std::string& driver_id, const std::string& region_id, const Meter& meter) {
  return json::serialize(json::object{{"booking_id", booking_id}, {"driver_id", driver_id}, {"region_id", region_id},
                                      {"distance_m", meter.distance_m}, {"duration_s", meter.duration_s}});
}

std::string pricing_requested(const Booking& b) {
  return json::serialize(json::object{{"booking_id", b.booking_id}, {"region_id", b.region_id}, {"pickup_lat", b.lat}, {"pickup_lon", b.lon},
                                      {"dropoff_lat", b.to_lat}, {"dropoff_lon", b.to_lon}});
}

std::string price_level(const std::string& region_id, double multiplier, std::int64_t at_ms) {
  return json::serialize(json::object{{"region_id", region_id}, {"multiplier", multiplier}, {"computed_at", rfc3339(at_ms)}});
}

}  // namespace city
