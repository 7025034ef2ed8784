#include "fleet.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace city {
namespace {
constexpr Place kDowntown{37.7850, -122.4100};
constexpr double kSouth = 37.71, kNorth = 37.81, kWest = -122.50, kEast = -122.38;
}  // namespace

Place some_place(Dice& dice) {
  if (dice.unit() < 0.5) {  // around downtown, thinning out
    const double angle = dice.unit() * 6.283185307, far = dice.unit() * dice.unit() * 0.05;
    return {std::clamp(kDowntown.lat + far * std::sin(angle), kSouth, kNorth), std::clamp(kDowntown.lon + far * std::cos(angle), kWest, kEast)};
  }
  return {kSouth + dice.unit() * (kNorth - kSouth), kWest + dice.unit() * (kEast - kWest)};
}

Place remote_place(Dice& dice) { return {38.90 + dice.unit() * 0.05, -123.70 + dice.unit() * 0.05}; }

Booking nth_booking(const std::string& run, std::uint64_t seed, std::int64_t n, double remote_share, const Place* at) {
  Dice dice(mix(seed) ^ static_cast<std::uint64_t>(n));
  char number[24];
  std::snprintf(number, sizeof number, "%06lld", static_cast<long long>(n));
  Booking b;
  b.booking_id = "b-" + run + "-" + number;
  b.rider_id = "r-" + run + "-" + std::to_string(dice.between(1, 50'000));
  b.currency = "USD";
  b.amount_minor = dice.between(450, 6'500);
  const auto place = at != nullptr ? *at : dice.unit() < remote_share ? remote_place(dice) : some_place(dice);
  b.lat = place.lat;
  b.lon = place.lon;
  b.region_id = region_of(b.lat, b.lon);
  const auto goal = some_place(dice);
  b.to_lat = goal.lat;
  b.to_lon = goal.lon;
  b.at_ms = now_ms();
  return b;
}

Fleet::Fleet(const std::string& run, std::uint64_t seed, int drivers, std::int64_t report_every_ms) : dice_(mix(seed) ^ 0xf1ee7), every_ms_(report_every_ms) {
  const auto now = now_ms();
  for (int i = 0; i < drivers; ++i) {
    char number[16];
    std::snprintf(number, sizeof number, "%05d", i);
    // Everybody reports within the first second, so that the first riders find somebody.
    drivers_.push_back({"d-" + run + "-" + number, some_place(dice_), some_place(dice_), now + dice_.between(0, 1000)});
  }
}

void Fleet::drive(std::int64_t at_ms, Phones& phones) {
  for (auto& driver : drivers_) {
    if (driver.due_ms > at_ms) continue;
    const double dlat = driver.goal.lat - driver.at.lat, dlon = driver.goal.lon - driver.at.lon;
    const double far = std::hypot(dlat, dlon), step = 0.0004;  // some forty metres
    if (far < step) {
      driver.goal = some_place(dice_);
    } else {
      driver.at = {driver.at.lat + dlat / far * step, driver.at.lon + dlon / far * step};
    }
    phones.position(driver.id, driver.at.lat, driver.at.lon, false, at_ms);
    driver.due_ms = at_ms + every_ms_ + dice_.between(-every_ms_ / 8, every_ms_ / 8);
  }
}

}  // namespace city
