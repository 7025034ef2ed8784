// The events of the ride platform, as its functions read and write them: one described struct per type of the catalogue
// (manifests/events.toml), with the members that its JSON Schema (manifests/schemas/<Type>.json) requires. Amounts are
// minor units of `currency`; region_id is that of the pickup, floor(lat*100):floor(lon*100), and never changes during a
// ride.
//
//   #include <ride/events.hpp>
//   Outcome on(const ride::PaymentSucceeded& paid);
#pragma once

#include <gofuture/event.hpp>
#include <gofuture/json.hpp>
#include <optional>
#include <string>

namespace ride {

// --- booking.events, keyed by region_id
// -------------------------------------------------------------------------------

struct BookingCreated {
  std::string booking_id, rider_id, region_id;
  double pickup_lat = 0, pickup_lon = 0;
  std::int64_t amount_minor = 0;
  std::string currency;
  std::optional<double> dropoff_lat{}, dropoff_lon{};
};
BOOST_DESCRIBE_STRUCT(BookingCreated, (),
                      (booking_id, rider_id, region_id, pickup_lat, pickup_lon, amount_minor, currency, dropoff_lat,
                       dropoff_lon))

struct BookingCanceled {
  std::string booking_id, region_id, reason;
};
BOOST_DESCRIBE_STRUCT(BookingCanceled, (), (booking_id, region_id, reason))

struct BookingTripStarted {
  std::string booking_id, region_id, driver_id;
};
BOOST_DESCRIBE_STRUCT(BookingTripStarted, (), (booking_id, region_id, driver_id))

struct BookingTripCompleted {
  std::string booking_id, region_id, driver_id;
  std::optional<std::int64_t> distance_m{}, duration_s{};  // by the driver's meter
};
BOOST_DESCRIBE_STRUCT(BookingTripCompleted, (), (booking_id, region_id, driver_id, distance_m, duration_s))

struct DriverAssignmentRequested {
  std::string booking_id, region_id;
  double pickup_lat = 0, pickup_lon = 0;
};
BOOST_DESCRIBE_STRUCT(DriverAssignmentRequested, (), (booking_id, region_id, pickup_lat, pickup_lon))

struct DriverAssigned {
  std::string booking_id, region_id, driver_id;
  std::int64_t distance_m = 0;
};
BOOST_DESCRIBE_STRUCT(DriverAssigned, (), (booking_id, region_id, driver_id, distance_m))

struct DriverArrived {
  std::string booking_id, region_id, driver_id;
};
BOOST_DESCRIBE_STRUCT(DriverArrived, (), (booking_id, region_id, driver_id))

struct DriverRejected {
  std::string booking_id, region_id, driver_id;
};
BOOST_DESCRIBE_STRUCT(DriverRejected, (), (booking_id, region_id, driver_id))

struct DriverNotFound {
  std::string booking_id, region_id, reason;
};
BOOST_DESCRIBE_STRUCT(DriverNotFound, (), (booking_id, region_id, reason))

// --- driver.location, keyed by region_id
// ------------------------------------------------------------------------------

struct DriverLocationUpdated {
  std::string driver_id, region_id;
  double lat = 0, lon = 0;
  std::string status;       // "available" or "busy", as the driver's phone says
  std::string observed_at;  // RFC 3339, by the driver's own time
};
BOOST_DESCRIBE_STRUCT(DriverLocationUpdated, (), (driver_id, region_id, lat, lon, status, observed_at))

// --- pricing.events, keyed by booking_id (DynamicPriceUpdated: region_id)
// ---------------------------------------------

struct PricingRequested {
  std::string booking_id, region_id;
  double pickup_lat = 0, pickup_lon = 0;
  std::optional<double> dropoff_lat{}, dropoff_lon{};
};
BOOST_DESCRIBE_STRUCT(PricingRequested, (), (booking_id, region_id, pickup_lat, pickup_lon, dropoff_lat, dropoff_lon))

struct PricingPriceUpdated {
  std::string booking_id, region_id;
  std::int64_t amount_minor = 0;
  std::string currency;
  std::optional<std::string> stage{};  // "quote" before the ride, "final" after it
};
BOOST_DESCRIBE_STRUCT(PricingPriceUpdated, (), (booking_id, region_id, amount_minor, currency, stage))

struct DynamicPriceUpdated {
  std::string region_id;
  double multiplier = 1;
  std::string computed_at;
};
BOOST_DESCRIBE_STRUCT(DynamicPriceUpdated, (), (region_id, multiplier, computed_at))

// --- payments.status, keyed by booking_id
// -----------------------------------------------------------------------------

struct PaymentInitiated {
  std::string booking_id, region_id, payment_id, rider_id;
  std::int64_t amount_minor = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(PaymentInitiated, (), (booking_id, region_id, payment_id, rider_id, amount_minor, currency))

struct PaymentSucceeded {
  std::string booking_id, region_id, payment_id;
  std::int64_t amount_minor = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(PaymentSucceeded, (), (booking_id, region_id, payment_id, amount_minor, currency))

struct PaymentFailed {
  std::string booking_id, region_id, payment_id;
  std::int64_t amount_minor = 0;
  std::string currency, reason;
};
BOOST_DESCRIBE_STRUCT(PaymentFailed, (), (booking_id, region_id, payment_id, amount_minor, currency, reason))

struct PaymentRefunded {
  std::string booking_id, region_id, payment_id;
  std::int64_t amount_minor = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(PaymentRefunded, (), (booking_id, region_id, payment_id, amount_minor, currency))

// --- fraud.events, keyed by payment_id
// --------------------------------------------------------------------------------

struct FraudCheckRequested {
  std::string payment_id, booking_id, region_id, rider_id;
  std::int64_t amount_minor = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(FraudCheckRequested, (), (payment_id, booking_id, region_id, rider_id, amount_minor, currency))

struct FraudCheckCompleted {
  std::string payment_id, booking_id, region_id;
  std::string verdict;  // "approved", "denied" or "review"
  double score = 0;     // 0 harmless … 1 certain fraud
};
BOOST_DESCRIBE_STRUCT(FraudCheckCompleted, (), (payment_id, booking_id, region_id, verdict, score))

// --- notification.events, keyed by user_id
// ----------------------------------------------------------------------------

struct NotificationRequested {
  std::string notification_id, user_id, kind, text;
  std::optional<std::string> booking_id{}, region_id{};
};
BOOST_DESCRIBE_STRUCT(NotificationRequested, (), (notification_id, user_id, kind, text, booking_id, region_id))

struct NotificationSent {
  std::string notification_id, user_id, channel;
  std::optional<std::string> booking_id{}, region_id{};
};
BOOST_DESCRIBE_STRUCT(NotificationSent, (), (notification_id, user_id, channel, booking_id, region_id))

using Events = gofuture::Events<BookingCreated, BookingCanceled, BookingTripStarted, BookingTripCompleted,
                                DriverAssignmentRequested, DriverAssigned, DriverArrived, DriverRejected,
                                DriverNotFound, DriverLocationUpdated, PricingRequested, PricingPriceUpdated,
                                DynamicPriceUpdated, PaymentInitiated, PaymentSucceeded, PaymentFailed, PaymentRefunded,
                                FraudCheckRequested, FraudCheckCompleted, NotificationRequested, NotificationSent>;

}  // namespace ride
GOFUTURE_EVENTS(ride::Events)
