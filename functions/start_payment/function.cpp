// BookingCreated → PaymentInitiated: every booking is paid before a driver is looked for.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

class StartPayment : public gofuture::Function<> {
 public:
  using Emits = gofuture::Events<ride::PaymentInitiated>;

  Outcome on(const ride::BookingCreated& booking) {
    emit(ride::PaymentInitiated{
        .booking_id = booking.booking_id,
        .region_id = booking.region_id,
        .payment_id = "p-" + booking.booking_id,  // one payment per booking: whoever repeats this means the same one
        .rider_id = booking.rider_id,
        .amount_minor = booking.amount_minor,
        .currency = booking.currency});
    return ok();
  }
};
GOFUTURE_FUNCTION(StartPayment)
