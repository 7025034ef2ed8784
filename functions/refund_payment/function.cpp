// The ledger of a booking: captured − refunded = what the ride costs, and a canceled ride costs nothing, in whatever order the
// events arrive. Money that is owed goes back through the gateway; PaymentRefunded says so.
//
// What goes back is written down before the gateway is asked: an event decides how much, a timer at once sends exactly that. So
// whatever is repeated after a crash, and whatever came in between, a refund that may have happened keeps its amount and its name.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

#include <algorithm>

struct Settings {
  std::string gateway;  // "http://127.0.0.1:9480"
};
BOOST_DESCRIBE_STRUCT(Settings, (), (gateway))

struct Ledger {  // kept per booking_id
  std::int64_t captured_minor = 0, refunded_minor = 0;
  bool canceled = false;
  std::optional<std::int64_t> fare_minor{};     // what a completed ride costs
  std::int64_t refunding_minor = 0;             // is on its way back; nothing else is sent before it is known to have arrived
  std::string payment_id, region_id, currency;  // of what was captured
};
BOOST_DESCRIBE_STRUCT(Ledger, (), (captured_minor, refunded_minor, canceled, fare_minor, refunding_minor, payment_id, region_id, currency))

struct Refund {
  std::string payment_id, booking_id;
  std::int64_t amount_minor = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(Refund, (), (payment_id, booking_id, amount_minor, currency))

class RefundPayment : public gofuture::Function<Ledger>, public gofuture::UsesHttp, public gofuture::UsesTimers {
 public:
  using Emits = gofuture::Events<ride::PaymentRefunded>;

  Outcome on(const ride::PaymentSucceeded& paid) {
    auto& ledger = state();
    ledger.captured_minor += paid.amount_minor;
    ledger.payment_id = paid.payment_id;
    ledger.region_id = paid.region_id;
    ledger.currency = paid.currency;
    return decide();
  }
  Outcome on(const ride::PaymentFailed&) { return call_off(); }
  Outcome on(const ride::DriverNotFound&) { return call_off(); }
  Outcome on(const ride::BookingCanceled&) { return call_off(); }
  Outcome on(const ride::PricingPriceUpdated& price) {
    if (price.stage != "final") return skip("a quote moves no money");
    state().fare_minor = price.amount_minor;
    return decide();
  }

  Outcome on(const gofuture::Timer&) {
    auto& ledger = state();
    const auto amount = ledger.refunding_minor;
    if (amount == 0) return skip("nothing is on its way back");
    // The name says how much had gone back before: no other refund of this booking has it.
    const auto answer = http()
                            .once("after " + std::to_string(ledger.refunded_minor))
                            .post("refund", settings_.gateway + "/v1/refunds",
                                  Refund{ledger.payment_id, key(), amount, ledger.currency});
    if (answer.unreachable() || answer.about_us()) return later("the gateway does not serve us: " + answer.what());
    if (!answer.answered() || answer.status >= 500)
      return retry("the refund is not known to have happened: " + answer.what());
    if (!answer.success())
      return reject("the gateway refuses to refund " + std::to_string(amount) + ' ' + ledger.currency + ": " + answer.what());

    ledger.refunded_minor += amount;
    ledger.refunding_minor = 0;
    emit(ride::PaymentRefunded{key(), ledger.region_id, ledger.payment_id, amount, ledger.currency});
    return decide();
  }

 private:
  static constexpr std::string_view kRefund = "refund";

  Outcome call_off() {
    state().canceled = true;
    return decide();
  }
  Outcome decide() {
    auto& ledger = state();
    const auto costs = ledger.canceled ? 0 : ledger.fare_minor.value_or(ledger.captured_minor);
    const auto owed = ledger.captured_minor - ledger.refunded_minor - costs;
    if (ledger.refunding_minor != 0 || owed <= 0) return ok();
    ledger.refunding_minor = owed;
    schedule(kRefund, std::chrono::milliseconds(0));
    return ok();
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(RefundPayment)
