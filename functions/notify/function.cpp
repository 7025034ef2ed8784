// What happens to a booking → NotificationRequested: which events tell whom what stands in the manifest's [config].
#include <gofuture/function.hpp>
#include <ride/events.hpp>

#include <algorithm>

struct Tell {
  std::string on;    // an event type
  std::string whom;  // "rider" or "driver"
  std::string text;  // as it is shown
};
BOOST_DESCRIBE_STRUCT(Tell, (), (on, whom, text))
struct Settings {
  std::vector<Tell> tell;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (tell))

struct Untold {
  std::string event_id, type;
};
BOOST_DESCRIBE_STRUCT(Untold, (), (event_id, type))
struct Booking {  // kept per booking_id
  std::string rider_id, driver_id, region_id;
  std::vector<Untold> untold;  // came before the rider was known
};
BOOST_DESCRIBE_STRUCT(Booking, (), (rider_id, driver_id, region_id, untold))

class Notify : public gofuture::Function<Booking> {
 public:
  using Emits = gofuture::Events<ride::NotificationRequested>;
  using Handles = gofuture::Events<ride::BookingCreated, ride::DriverAssigned, ride::DriverRejected, ride::BookingTripCompleted,
                                   ride::BookingCanceled, ride::PaymentRefunded>;

  Notify() {
    for (const Tell& one : settings_.tell) {
      if (!handles(one.on)) throw std::runtime_error("[config] tell: \"" + one.on + "\" is no event that notify handles");
      if (one.whom != "rider" && one.whom != "driver")
        throw std::runtime_error("[config] tell: whom must be \"rider\" or \"driver\", is \"" + one.whom + '"');
    }
  }

  Outcome on(const ride::BookingCreated& booking) {
    state().rider_id = booking.rider_id;
    state().region_id = booking.region_id;
    for (const Untold& earlier : std::exchange(state().untold, {})) tell(earlier);
    return tell_of_this();
  }
  Outcome on(const ride::DriverAssigned& given) {
    state().driver_id = given.driver_id;
    return tell_of_this();
  }
  Outcome on(const ride::DriverRejected& rejection) {
    const auto outcome = tell_of_this();
    if (state().driver_id == rejection.driver_id) state().driver_id.clear();
    return outcome;
  }
  Outcome on(const ride::BookingTripCompleted&) { return tell_of_this(); }
  Outcome on(const ride::BookingCanceled&) { return tell_of_this(); }
  Outcome on(const ride::PaymentRefunded&) { return tell_of_this(); }

 private:
  static bool handles(std::string_view type) {
    bool found = false;
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, Handles>>(
        [&](auto one) { found = found || gofuture::type_name<typename decltype(one)::type>() == type; });
    return found;
  }

  // Payments travel on another topic, so a refund may come before the booking itself: it is told when the rider is known.
  Outcome tell_of_this() {
    const Untold news{std::string(event().id()), std::string(event().type())};
    if (state().rider_id.empty()) state().untold.push_back(news);
    else tell(news);
    return ok();
  }
  void tell(const Untold& news) {
    for (const Tell& one : settings_.tell) {
      if (one.on != news.type) continue;
      const std::string& user = one.whom == "rider" ? state().rider_id : state().driver_id;
      if (user.empty()) continue;  // a ride without a driver has none to tell
      emit(ride::NotificationRequested{.notification_id = news.event_id + '/' + one.whom,
                                       .user_id = user,
                                       .kind = news.type,
                                       .text = one.text,
                                       .booking_id = key(),
                                       .region_id = state().region_id});
    }
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(Notify)
