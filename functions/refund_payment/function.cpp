// The ledger of a booking: canceled ⇒ captured − refunded = 0, in whatever order the events arrive. Money that is owed
// goes back through the gateway; PaymentRefunded says so.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Settings {
  std::string gateway;  // "http://127.0.0.1:9480"
};
BOOST_DESCRIBE_STRUCT(Settings, (), (gateway))

struct Ledger {  // kept per booking_id
  std::int64_t captured_minor = 0, refunded_minor = 0;
  bool canceled = false;
  std::string payment_id, region_id, currency;  // of what was captured
};
BOOST_DESCRIBE_STRUCT(Ledger, (), (captured_minor, refunded_minor, canceled, payment_id, region_id, currency))

struct Refund {
  std::string payment_id, booking_id;
  std::int64_t amount_minor = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(Refund, (), (payment_id, booking_id, amount_minor, currency))

class RefundPayment : public gofuture::Function<Ledger>, public gofuture::UsesHttp {
 public:
  using Emits = gofuture::Events<ride::PaymentRefunded>;

  Outcome on(const ride::PaymentSucceeded& paid) {
    auto& ledger = state();
    ledger.captured_minor += paid.amount_minor;
    ledger.payment_id = paid.payment_id;
    ledger.region_id = paid.region_id;
    ledger.currency = paid.currency;
    return settle();
  }
  Outcome on(const ride::PaymentFailed&) {
    state().canceled = true;
    return settle();
  }
  Outcome on(const ride::DriverNotFound&) {
    state().canceled = true;
    return settle();
  }
  Outcome on(const ride::BookingCanceled&) {
    state().canceled = true;
    return settle();
  }

 private:
  Outcome settle() {
    auto& ledger = state();
    const auto owed = ledger.captured_minor - ledger.refunded_minor;
    if (!ledger.canceled || owed == 0) return ok();

    // Every event that finds this money owed asks for the same refund, so that a repeat after a lost answer, and a replica that
    // does not know yet that the booking is another's, cannot make it two.
    const auto answer = http()
                            .once("after " + std::to_string(ledger.refunded_minor))
                            .post("refund", settings_.gateway + "/v1/refunds",
                                  Refund{ledger.payment_id, key(), owed, ledger.currency});
    if (answer.unreachable()) return later("the gateway does not serve us: " + answer.what());
    if (!answer.answered() || answer.status >= 500)
      return retry("the refund is not known to have happened: " + answer.what());
    if (is_about_us(answer.status)) return later("the gateway does not serve us: " + answer.what());
    if (!answer.success())
      return reject("the gateway refuses to refund " + std::to_string(owed) + ' ' + ledger.currency + ": " +
                    answer.what());

    ledger.refunded_minor += owed;
    emit(ride::PaymentRefunded{key(), ledger.region_id, ledger.payment_id, owed, ledger.currency});
    return ok();
  }

  // Who we are, how often we ask: nothing is wrong with this refund.
  static bool is_about_us(int status) {
    return status == 401 || status == 403 || status == 408 || status == 425 || status == 429;
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(RefundPayment)
