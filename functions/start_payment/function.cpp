// BookingCreated → PaymentInitiated: every booking is paid before a driver is looked for. It waits for the answer, too: a
// payment that is neither captured nor declined by its deadline has failed.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Settings {
  std::int64_t deadline_s = 0;  // how long a payment may take
};
BOOST_DESCRIBE_STRUCT(Settings, (), (deadline_s))

struct Payment {  // kept per booking_id; once it is answered only that is kept
  bool answered = false;
  std::string region_id{}, currency{};
  std::int64_t amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(Payment, (), (answered, region_id, currency, amount_minor))

class StartPayment : public gofuture::Function<Payment>, public gofuture::UsesTimers {
 public:
  using Emits = gofuture::Events<ride::PaymentInitiated, ride::PaymentFailed>;

  Outcome on(const ride::BookingCreated& booking) {
    if (has_state()) return skip("the booking's payment was started before");
    emit(ride::PaymentInitiated{.booking_id = booking.booking_id,
                                .region_id = booking.region_id,
                                .payment_id = payment_id(),
                                .rider_id = booking.rider_id,
                                .amount_minor = booking.amount_minor,
                                .currency = booking.currency});
    state() = {.answered = false,
               .region_id = booking.region_id,
               .currency = booking.currency,
               .amount_minor = booking.amount_minor};
    schedule(kDeadline, std::chrono::seconds(settings_.deadline_s));
    return ok();
  }
  Outcome on(const ride::PaymentSucceeded&) { return answered(); }
  Outcome on(const ride::PaymentFailed&) { return answered(); }  // the gateway's answer, or our own word

  // The money may have been captured all the same, or be captured later: then PaymentSucceeded comes after this, and
  // refund_payment gives it back.
  Outcome on(const gofuture::Timer&) {
    if (state().answered) return skip("the payment is answered");
    emit(ride::PaymentFailed{.booking_id = key(),
                             .region_id = state().region_id,
                             .payment_id = payment_id(),
                             .amount_minor = state().amount_minor,
                             .currency = state().currency,
                             .reason = "timeout: no answer in " + std::to_string(settings_.deadline_s) + " s"});
    state() = {.answered = true};
    return ok();
  }

 private:
  static constexpr std::string_view kDeadline = "payment-deadline";

  Outcome answered() {
    if (!has_state() || state().answered) return skip("nobody waits for it");
    state() = {.answered = true};
    cancel(kDeadline);
    return ok();
  }
  std::string payment_id() const { return "p-" + key(); }  // one payment per booking: whoever repeats it means the same one

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(StartPayment)
