#include "trips.hpp"

#include <boost/json.hpp>

namespace city {
namespace {
constexpr double kQuickShare = 0.1, kShortShare = 0.2;
constexpr std::uint64_t kShortSalt = 0x5407;
constexpr const char* kPhones = "drivers-phones";
}  // namespace

void Phones::position(const std::string& driver_id, double lat, double lon, bool busy, std::int64_t observed_ms) {
  auto& last = positions_[driver_id];
  if (last.count > 0 && observed_ms <= last.observed_ms) return;
  last = {observed_ms, last.count + 1};
  const auto region = region_of(lat, lon);
  const auto at = now_ms();
  producer_.send({.topic = "driver.location", .key = region, .id = uuid7(at, dice_), .type = "DriverLocationUpdated", .source = kPhones,
                  .subject = driver_id, .correlation = {}, .causation = {}, .traceparent = {}, .time = rfc3339(at),
                  .data = driver_location(driver_id, region, lat, lon, busy || riding(driver_id), observed_ms)});
}

void Phones::assigned(const Event& event) {
  if (!heard_.insert(event.id).second) return;
  boost::system::error_code error;
  const auto value = boost::json::parse(event.data, error);
  if (error || !value.is_object() || !value.as_object().contains("driver_id")) return;  // the audit speaks about it
  if (called_off_.contains(event.subject)) return;
  Trip trip{event.subject, std::string(value.at("driver_id").as_string()), event.key, event.id, traceparent(dice_), event.hops,
            Step::kArrive, dice_.unit() < kQuickShare};
  trip.rejects = chance(trip.booking_id + "/" + trip.driver_id, seed_, reject_share_);
  ++riding_[trip.driver_id];
  due_.push({now_ms() + dice_.between(150, 1200), event.id});
  trips_.emplace(event.id, std::move(trip));
}

void Phones::canceled(const std::string& booking_id) {
  if (!called_off_.insert(booking_id).second) return;
  std::vector<std::string> stopped;
  for (const auto& [id, trip] : trips_) {
    if (trip.booking_id == booking_id) stopped.push_back(id);
  }
  for (const auto& id : stopped) end(id);
}

void Phones::poison(const std::string& booking_id, const std::string& region_id) {
  const auto at = now_ms();
  const auto id = uuid7(at, dice_);
  ledger_.poisoned(id);
  producer_.send({.topic = "booking.events", .key = region_id, .id = id, .type = "DriverArrived", .source = kPhones, .subject = booking_id,
                  .correlation = booking_id, .causation = {}, .traceparent = traceparent(dice_), .time = rfc3339(at),
                  .data = trip_step(booking_id, "d-nobody", region_id)});
}

Meter Phones::meter_of(const std::string& booking_id) {
  if (!chance(booking_id, kShortSalt, kShortShare)) return {60'000, 3'600};  // more than any ride of the city costs
  const auto size = static_cast<std::int64_t>(hash(booking_id, kShortSalt) % 1'000);
  return {100 + size, 30 + size / 10};
}

void Phones::let_complete(const std::string& booking_id) {
  held_.erase(booking_id);
  const auto waiting = waiting_.extract(booking_id);
  if (!waiting) return;
  for (const auto& trip : waiting.mapped()) due_.push({0, trip});
}

void Phones::let_all_complete() {
  held_.clear();
  for (const auto& [booking, trips] : waiting_) {
    for (const auto& trip : trips) due_.push({0, trip});
  }
  waiting_.clear();
}

void Phones::play(std::int64_t at_ms) {
  while (!due_.empty() && due_.top().first <= at_ms) {
    const auto id = due_.top().second;
    due_.pop();
    advance(id, at_ms);
  }
}

void Phones::advance(const std::string& event_id, std::int64_t at_ms) {
  const auto found = trips_.find(event_id);
  if (found == trips_.end()) return;
  auto& trip = found->second;
  for (;;) {
    if (trip.step == Step::kComplete && held_.contains(trip.booking_id)) {
      waiting_[trip.booking_id].push_back(event_id);
      return;
    }
    if (trip.rejects) {
      tell(trip, "DriverRejected", at_ms);
      break;
    }
    trip.cause = tell(trip, trip.step == Step::kArrive ? "DriverArrived" : trip.step == Step::kStart ? "BookingTripStarted" : "BookingTripCompleted", at_ms);
    if (trip.step == Step::kComplete) break;
    trip.step = trip.step == Step::kArrive ? Step::kStart : Step::kComplete;
    if (!trip.quick) {
      due_.push({at_ms + (trip.step == Step::kStart ? dice_.between(100, 600) : dice_.between(500, 2500)), event_id});
      return;
    }
  }
  end(event_id);
}

std::string Phones::tell(Trip& trip, const std::string& type, std::int64_t at_ms) {
  const auto id = uuid7(at_ms, dice_);
  producer_.send({.topic = "booking.events", .key = trip.region_id, .id = id, .type = type, .source = kPhones, .subject = trip.booking_id,
                  .correlation = trip.booking_id, .causation = trip.cause, .traceparent = trip.traceparent, .time = rfc3339(at_ms),
                  .data = type == "BookingTripCompleted" ? trip_completed(trip.booking_id, trip.driver_id, trip.region_id, meter_of(trip.booking_id))
                                                         : trip_step(trip.booking_id, trip.driver_id, trip.region_id),
                  .hops = ++trip.hops});
  ledger_.sent(id, type, trip.booking_id);
  return id;
}

void Phones::end(const std::string& event_id) {
  const auto found = trips_.find(event_id);
  if (--riding_[found->second.driver_id] <= 0) riding_.erase(found->second.driver_id);
  trips_.erase(found);
}

}  // namespace city
