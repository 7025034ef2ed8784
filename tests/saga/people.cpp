#include "saga/people.hpp"

#include <gofuture/json.hpp>
#include <ride/events.hpp>

#include <algorithm>

namespace gofuture::saga {

People::People(const Scenario& scenario, simulation::Random& random, World& world) : s_(scenario), random_(random), world_(world) {
  for (int n = 1; n <= s_.bookings; ++n) riders_.push_back("b-" + std::to_string(n));
}

namespace {

// The meter of a trip, and the tariff of manifests/settle_trip.toml.
struct Meter {
  std::int64_t distance_m, duration_s;
};
Meter meter_of(const std::string& booking) { return {2'000 * (booking.back() - '0'), 60 * (booking.back() - '0')}; }

}  // namespace

std::int64_t People::told(const std::string& booking) const {
  return booking == "b-" + std::to_string(s_.rich) ? 60'000 : 1000 + 7 * static_cast<std::int64_t>(booking.back());
}

std::int64_t People::fare(const std::string& booking) const {
  const Meter meter = meter_of(booking);
  return std::min(told(booking), 250 + 150 * meter.distance_m / 1000 + 40 * meter.duration_s / 60);
}

void People::act() {
  auto dice = random_.below(riders_.size() + cancels_.size() + echoes_.size() + trips_.size());
  const auto falls_on = [&dice](const auto& group) {
    if (dice < group.size()) return true;
    dice -= group.size();
    return false;
  };
  if (falls_on(riders_)) {
    const std::string booking = riders_.front();
    riders_.pop_front();
    if (random_.chance(s_.cancels)) cancels_.push_back(booking);
    const std::string data = to_json(ride::BookingCreated{booking, "r-" + booking, region(), 37.765, -122.425, told(booking), "USD"});
    world_.from_rider("BookingCreated", booking, data);
    if (random_.chance(s_.echoes / 2)) echoes_.push_back({"BookingCreated", booking, data});
  } else if (falls_on(cancels_)) {
    const auto which = cancels_.begin() + static_cast<std::ptrdiff_t>(dice);
    const std::string booking = *which;
    cancels_.erase(which);
    ++canceled_;
    world_.from_rider("BookingCanceled", booking, to_json(ride::BookingCanceled{booking, region(), "the rider changed his mind"}));
  } else if (falls_on(echoes_)) {
    const auto which = echoes_.begin() + static_cast<std::ptrdiff_t>(dice);
    const Echo echo = *which;
    echoes_.erase(which);
    world_.from_phone(echo.type, echo.booking, echo.data);
  } else {
    drive(trips_[dice]);
    std::erase_if(trips_, [](const Trip& one) { return one.over; });
  }
}

void People::hear(const Event& event) {
  if (event.type == "BookingCanceled") {
    called_off_.insert(event.booking);
    for (Trip& trip : trips_)
      if (trip.booking == event.booking && !random_.chance(s_.deaf)) trip.over = true;
    std::erase_if(trips_, [](const Trip& one) { return one.over; });
  } else if (event.type == "DriverAssigned") {
    const auto given = from_json<ride::DriverAssigned>(event.data);
    if (!called_off_.contains(given.booking_id) || random_.chance(s_.deaf)) trips_.push_back({given.booking_id, given.driver_id});
  }
}

void People::drive(Trip& trip) {
  const auto tell = [&](const std::string& type, const std::string& data) { world_.from_phone(type, trip.booking, data); };
  if (trip.step < 2 && random_.chance(trip.step == 0 ? s_.rejects : s_.rejects / 8)) {
    const std::string data = to_json(ride::DriverRejected{trip.booking, region(), trip.driver});
    tell("DriverRejected", data);
    if (random_.chance(s_.echoes)) echoes_.push_back({"DriverRejected", trip.booking, data});
    ++rejected_;
    trip.over = true;
    return;
  }
  switch (trip.step++) {
    case 0: return tell("DriverArrived", to_json(ride::DriverArrived{trip.booking, region(), trip.driver}));
    case 1: return tell("BookingTripStarted", to_json(ride::BookingTripStarted{trip.booking, region(), trip.driver}));
    default: {
      trip.over = true;
      const Meter meter = meter_of(trip.booking);
      const std::string data = to_json(ride::BookingTripCompleted{trip.booking, region(), trip.driver, meter.distance_m, meter.duration_s});
      if (random_.chance(s_.echoes)) echoes_.push_back({"BookingTripCompleted", trip.booking, data});
      if (random_.chance(s_.cancels)) cancels_.push_back(trip.booking);  // he wants his money back
      return tell("BookingTripCompleted", data);
    }
  }
}

}  // namespace gofuture::saga
