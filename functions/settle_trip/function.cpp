// BookingTripCompleted → PricingPriceUpdated: the final fare, by the driver's meter and never above what the rider was told.
// What was captured beyond it is given back by refund_payment.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

#include <algorithm>
#include <cmath>

struct Settings {  // the tariff
  std::int64_t base_minor = 0, per_km_minor = 0, per_minute_minor = 0;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (base_minor, per_km_minor, per_minute_minor))

struct Trip {  // kept per booking_id; once it is settled only that is kept
  bool settled = false;
  std::int64_t told_minor = 0;
  std::string currency{};
};
BOOST_DESCRIBE_STRUCT(Trip, (), (settled, told_minor, currency))

class SettleTrip : public gofuture::Function<Trip> {
 public:
  using Emits = gofuture::Events<ride::PricingPriceUpdated>;

  Outcome on(const ride::BookingCreated& booking) {
    if (has_state()) return skip("the booking's price is known");
    state() = {.settled = false, .told_minor = booking.amount_minor, .currency = booking.currency};
    return ok();
  }
  Outcome on(const ride::BookingTripCompleted& trip) {
    if (!has_state()) return reject("the trip of " + key() + " has ended, but it was never ordered");
    if (state().settled) return skip("the trip is settled");
    emit(ride::PricingPriceUpdated{.booking_id = key(),
                                   .region_id = trip.region_id,
                                   .amount_minor = fare_of(trip),
                                   .currency = state().currency,
                                   .stage = "final"});
    state() = {.settled = true};
    return ok();
  }

 private:
  // A trip without a meter costs what was told.
  std::int64_t fare_of(const ride::BookingTripCompleted& trip) {
    const auto told = state().told_minor;
    if (!trip.distance_m || !trip.duration_s) return told;
    const double metered = static_cast<double>(settings_.base_minor) +
                           static_cast<double>(settings_.per_km_minor) * static_cast<double>(*trip.distance_m) / 1000 +
                           static_cast<double>(settings_.per_minute_minor) * static_cast<double>(*trip.duration_s) / 60;
    return std::clamp<std::int64_t>(std::llround(metered), 1, told);
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(SettleTrip)
