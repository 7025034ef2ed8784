// PaymentInitiated → FraudCheckRequested: no payment is captured before it was looked at. It waits for the answer, too: a check
// that has not come by its deadline is decided as the manifest says.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Settings {
  std::int64_t deadline_s = 0;  // how long a check may take
  std::string by_default;       // the verdict after that
};
BOOST_DESCRIBE_STRUCT(Settings, (), (deadline_s, by_default))

struct Check {  // kept per booking_id; once there is a verdict only that is kept
  bool decided = false;
  std::string region_id{}, payment_id{};
};
BOOST_DESCRIBE_STRUCT(Check, (), (decided, region_id, payment_id))

class RequestFraudCheck : public gofuture::Function<Check>, public gofuture::UsesTimers {
 public:
  using Emits = gofuture::Events<ride::FraudCheckRequested, ride::FraudCheckCompleted>;

  RequestFraudCheck() {
    if (settings_.by_default != "approved" && settings_.by_default != "denied")
      throw std::runtime_error("[config] by_default must be \"approved\" or \"denied\", is \"" + settings_.by_default + '"');
  }

  Outcome on(const ride::PaymentInitiated& payment) {
    if (has_state()) return skip("the payment's check was asked for before");
    emit(ride::FraudCheckRequested{.payment_id = payment.payment_id,
                                   .booking_id = payment.booking_id,
                                   .region_id = payment.region_id,
                                   .rider_id = payment.rider_id,
                                   .amount_minor = payment.amount_minor,
                                   .currency = payment.currency});
    state() = {.decided = false, .region_id = payment.region_id, .payment_id = payment.payment_id};
    schedule(kDeadline, std::chrono::seconds(settings_.deadline_s));
    return ok();
  }
  Outcome on(const ride::FraudCheckCompleted&) {  // the check's answer, or our own word
    if (!has_state() || state().decided) return skip("nobody waits for it");
    state() = {.decided = true};
    cancel(kDeadline);
    return ok();
  }

  // The check's own verdict may come all the same. The first one counts: capture_payment hears them in the order of their topic.
  Outcome on(const gofuture::Timer&) {
    if (state().decided) return skip("there is a verdict");
    emit(ride::FraudCheckCompleted{.payment_id = state().payment_id,
                                   .booking_id = key(),
                                   .region_id = state().region_id,
                                   .verdict = settings_.by_default,
                                   .score = 0});
    state() = {.decided = true};
    return ok();
  }

 private:
  static constexpr std::string_view kDeadline = "fraud-check-deadline";

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(RequestFraudCheck)
