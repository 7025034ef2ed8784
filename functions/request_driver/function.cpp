// PaymentSucceeded → DriverAssignmentRequested, once per booking and only while it stands. The pickup comes from
// BookingCreated; payments travel on another topic, so the two may arrive in either order and a cancel before both.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Pickup {
  std::string region_id;
  double lat = 0, lon = 0;
};
BOOST_DESCRIBE_STRUCT(Pickup, (), (region_id, lat, lon))

struct Ride {  // kept per booking_id
  std::optional<Pickup> pickup;
  bool paid = false, canceled = false, requested = false;
};
BOOST_DESCRIBE_STRUCT(Ride, (), (pickup, paid, canceled, requested))

class RequestDriver : public gofuture::Function<Ride> {
 public:
  using Emits = gofuture::Events<ride::DriverAssignmentRequested>;

  Outcome on(const ride::BookingCreated& booking) {
    state().pickup = Pickup{booking.region_id, booking.pickup_lat, booking.pickup_lon};
    return proceed();
  }
  Outcome on(const ride::PaymentSucceeded&) {
    state().paid = true;
    return proceed();
  }
  Outcome on(const ride::PaymentFailed&) { return call_off(); }
  Outcome on(const ride::BookingCanceled&) { return call_off(); }

 private:
  Outcome proceed() {
    auto& ride = state();
    if (!ride.pickup || !ride.paid || ride.canceled || ride.requested) return ok();
    emit(ride::DriverAssignmentRequested{key(), ride.pickup->region_id, ride.pickup->lat, ride.pickup->lon});
    ride.requested = true;
    ride.pickup.reset();  // no longer needed: what stays is the mark
    return ok();
  }
  Outcome call_off() {
    state().canceled = true;
    state().pickup.reset();
    return ok();
  }
};
GOFUTURE_FUNCTION(RequestDriver)
