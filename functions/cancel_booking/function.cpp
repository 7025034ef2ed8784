// PaymentFailed | DriverNotFound → BookingCanceled, once per booking; a cancel that is already known needs no second
// one.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Mark {  // kept per booking_id
  bool canceled = false;
};
BOOST_DESCRIBE_STRUCT(Mark, (), (canceled))

class CancelBooking : public gofuture::Function<Mark> {
 public:
  using Emits = gofuture::Events<ride::BookingCanceled>;

  Outcome on(const ride::PaymentFailed& payment) { return cancel(payment.region_id, payment.reason); }
  Outcome on(const ride::DriverNotFound& search) { return cancel(search.region_id, search.reason); }
  Outcome on(const ride::BookingCanceled&) {  // the rider's, or our own
    state().canceled = true;
    return ok();
  }

 private:
  Outcome cancel(const std::string& region_id, const std::string& reason) {
    if (state().canceled) return skip("the booking is canceled already");
    state().canceled = true;
    emit(ride::BookingCanceled{key(), region_id, reason});
    return ok();
  }
};
GOFUTURE_FUNCTION(CancelBooking)
