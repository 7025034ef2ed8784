// Prices: a quote per question, a final fare per trip, both as the tariffs of the manifests say; here they are reckoned anew.
#include <algorithm>
#include <cmath>

#include "payloads.hpp"
#include "story.hpp"

namespace city {
namespace {

// manifests/quote_price.toml; distances as the crow flies. A level that the price desk set in an earlier run still holds.
bool is_a_quote(std::int64_t amount, const Booking& asked) {
  const double north = asked.to_lat - asked.lat, east = (asked.to_lon - asked.lon) * std::cos(asked.lat * M_PI / 180);
  const double fare = 350 + 190 * 111.32 * std::hypot(north, east);
  return std::any_of(kPriceLevels.begin(), kPriceLevels.end(), [&](double level) {
    return std::abs(static_cast<double>(amount) - std::max(500.0, fare * level)) < 1;
  });
}

}  // namespace

// manifests/settle_trip.toml: by the meter, never above what the rider was told.
std::int64_t fare_of(const Evidence& evidence, const std::string& booking, const Story& story) {
  const auto order = evidence.city.ordered.find(booking);
  const auto* trip = story.one("BookingTripCompleted");
  if (order == evidence.city.ordered.end() || trip == nullptr) return 0;
  const auto metered = std::llround(250 + 0.150 * static_cast<double>(trip->distance_m) + 40.0 / 60 * static_cast<double>(trip->duration_s));
  return std::min<std::int64_t>(order->second.amount_minor, metered);
}

void check_prices(const Evidence& evidence, const Stories& stories, const Report& report) {
  for (const auto& [booking, asked] : evidence.city.asked) {
    const auto told = stories.by_booking.find(booking);
    const auto* question = told == stories.by_booking.end() ? nullptr : told->second.one("PricingRequested");
    const auto* quote = told == stories.by_booking.end() ? nullptr : told->second.one("PricingPriceUpdated/quote");
    if (question == nullptr) report("lost", booking, "its rider asked for the price, and PricingRequested never reached its topic", "pricing.events");
    if (question == nullptr) continue;
    if (quote == nullptr) report("lost", booking, "PricingRequested was never followed by a quote", place_of(*question));
    if (quote == nullptr) continue;
    if (!is_a_quote(quote->amount_minor, asked)) report("money", booking, "was quoted " + std::to_string(quote->amount_minor) + ", which no price level explains", place_of(*quote));
    const auto order = evidence.city.ordered.find(booking);
    if (order != evidence.city.ordered.end() && order->second.amount_minor != quote->amount_minor)
      report("money", booking, "was ordered for " + std::to_string(order->second.amount_minor) + " and quoted " + std::to_string(quote->amount_minor), place_of(*quote));
  }
  for (const auto& [booking, story] : stories.by_booking) {
    const auto* final_price = story.one("PricingPriceUpdated/final");
    if (final_price == nullptr) continue;
    const auto fare = fare_of(evidence, booking, story);
    if (final_price->amount_minor != fare)
      report("money", booking, "its final fare is " + std::to_string(final_price->amount_minor) + ", by its meter it costs " + std::to_string(fare), place_of(*final_price));
  }
}

}  // namespace city
