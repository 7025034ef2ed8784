// PricingRequested → PricingPriceUpdated: what a ride would cost, by the distance and the present price level of its region.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

struct Settings {  // the tariff
  std::int64_t base_minor = 0, per_km_minor = 0, least_minor = 0;
  double usual_km = 0;  // of a rider who does not say where to
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (base_minor, per_km_minor, least_minor, usual_km, currency))

struct Region {  // kept per region_id
  double multiplier = 1;
};
BOOST_DESCRIBE_STRUCT(Region, (), (multiplier))

class QuotePrice : public gofuture::Function<Region> {
 public:
  using Emits = gofuture::Events<ride::PricingPriceUpdated>;

  Outcome on(const ride::DynamicPriceUpdated& level) {
    state().multiplier = level.multiplier;
    return ok();
  }
  Outcome on(const ride::PricingRequested& wish) {
    const double fare = static_cast<double>(settings_.base_minor) + static_cast<double>(settings_.per_km_minor) * km_of(wish);
    emit(ride::PricingPriceUpdated{.booking_id = wish.booking_id,
                                   .region_id = wish.region_id,
                                   .amount_minor = std::max<std::int64_t>(settings_.least_minor, std::llround(fare * state().multiplier)),
                                   .currency = settings_.currency,
                                   .stage = "quote"});
    return ok();
  }

 private:
  // As the crow flies: good to a per mille within a city.
  double km_of(const ride::PricingRequested& wish) const {
    if (!wish.dropoff_lat || !wish.dropoff_lon) return settings_.usual_km;
    constexpr double kKmOfADegree = 111.32;
    const double north = *wish.dropoff_lat - wish.pickup_lat;
    const double east = (*wish.dropoff_lon - wish.pickup_lon) * std::cos(wish.pickup_lat * std::numbers::pi / 180);
    return kKmOfADegree * std::hypot(north, east);
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(QuotePrice)
