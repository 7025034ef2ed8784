// PaymentSucceeded → DriverAssignmentRequested, and again after each DriverRejected, until a driver takes the ride, too many
// have rejected it, or nobody has answered by the deadline: then DriverNotFound. The pickup comes from BookingCreated; payments
// travel on another topic, so the two may arrive in either order and a cancel before both.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Settings {
  std::int64_t deadline_s = 0;      // how long one request may go without an answer
  std::int64_t max_rejections = 0;  // after so many the search is over
};
BOOST_DESCRIBE_STRUCT(Settings, (), (deadline_s, max_rejections))

struct Pickup {
  std::string region_id;
  double lat = 0, lon = 0;
};
BOOST_DESCRIBE_STRUCT(Pickup, (), (region_id, lat, lon))

struct Ride {  // kept per booking_id
  std::optional<Pickup> pickup;
  bool paid = false, requested = false;
  bool over = false;      // called off, or nobody was found: nobody is asked any more
  std::string driver_id;  // whose ride it is now
  std::int64_t rejections = 0;
};
BOOST_DESCRIBE_STRUCT(Ride, (), (pickup, paid, requested, over, driver_id, rejections))

class RequestDriver : public gofuture::Function<Ride>, public gofuture::UsesTimers {
 public:
  using Emits = gofuture::Events<ride::DriverAssignmentRequested, ride::DriverNotFound>;

  Outcome on(const ride::BookingCreated& booking) {
    if (state().over || state().requested) return skip("the search is on or over");
    state().pickup = Pickup{booking.region_id, booking.pickup_lat, booking.pickup_lon};
    return proceed();
  }
  Outcome on(const ride::PaymentSucceeded&) {
    state().paid = true;
    return proceed();
  }

  Outcome on(const ride::DriverAssigned& given) {
    if (state().over || !state().requested) return skip("nobody is asked for; a cancel frees the driver");
    state().driver_id = given.driver_id;
    cancel(kDeadline);
    return ok();
  }
  Outcome on(const ride::DriverRejected& rejection) {
    if (state().over || state().driver_id != rejection.driver_id) return skip("it is not this driver's ride");
    state().driver_id.clear();
    state().rejections += 1;
    if (state().rejections >= settings_.max_rejections)
      return give_up(std::to_string(state().rejections) + " drivers have rejected the ride");
    return ask();
  }
  Outcome on(const gofuture::Timer&) {
    if (state().over) return skip("the search is over");
    return give_up("timeout: no driver in " + std::to_string(settings_.deadline_s) + " s");
  }

  Outcome on(const ride::DriverNotFound&) { return end(); }
  Outcome on(const ride::PaymentFailed&) { return end(); }
  Outcome on(const ride::BookingCanceled&) { return end(); }

 private:
  static constexpr std::string_view kDeadline = "driver-deadline";

  Outcome proceed() {
    if (!state().pickup || !state().paid || state().over || state().requested) return ok();
    state().requested = true;
    return ask();
  }
  Outcome ask() {
    const Pickup& pickup = *state().pickup;
    emit(ride::DriverAssignmentRequested{key(), pickup.region_id, pickup.lat, pickup.lon});
    schedule(kDeadline, std::chrono::seconds(settings_.deadline_s));
    return ok();
  }
  Outcome give_up(const std::string& why) {
    emit(ride::DriverNotFound{key(), state().pickup->region_id, why});
    return end();
  }
  Outcome end() {
    state().over = true;
    state().pickup.reset();  // no longer needed: what stays is the mark
    cancel(kDeadline);
    return ok();
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(RequestDriver)
