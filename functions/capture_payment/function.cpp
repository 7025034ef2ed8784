// FraudCheckCompleted → PaymentSucceeded | PaymentFailed, by asking the payment gateway. What is to be captured comes from
// PaymentInitiated, on another topic, so the two may arrive in either order. A charge whose answer did not
// come may have happened, so the gateway is asked about it before anything is concluded; and whoever repeats the charge of a
// booking carries the same Idempotency-Key.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Settings {
  std::string gateway;  // "http://127.0.0.1:9480"
};
BOOST_DESCRIBE_STRUCT(Settings, (), (gateway))

struct Charge {
  std::string payment_id, booking_id;
  std::int64_t amount_minor = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(Charge, (), (payment_id, booking_id, amount_minor, currency))

struct ChargeAnswer {
  std::optional<std::string> status, reason;
};
BOOST_DESCRIBE_STRUCT(ChargeAnswer, (), (status, reason))

struct Payment {  // kept per booking_id; once there is an answer only that is kept
  bool answered = false;
  std::optional<ride::PaymentInitiated> wanted{};
  std::string verdict{};  // the first one
};
BOOST_DESCRIBE_STRUCT(Payment, (), (answered, wanted, verdict))

class CapturePayment : public gofuture::Function<Payment>, public gofuture::UsesHttp {
 public:
  using Emits = gofuture::Events<ride::PaymentSucceeded, ride::PaymentFailed>;

  Outcome on(const ride::PaymentInitiated& payment) {
    if (state().answered || state().wanted) return skip("the payment is known");
    state().wanted = payment;
    return proceed();
  }
  Outcome on(const ride::FraudCheckCompleted& check) {
    if (state().answered || !state().verdict.empty()) return skip("the payment was judged before");
    state().verdict = check.verdict;
    return proceed();
  }

 private:
  Outcome proceed() {
    if (!state().wanted || state().verdict.empty()) return ok();
    const auto payment = *state().wanted;
    return state().verdict == "denied" ? failed(payment, "the fraud check denied the payment") : charge(payment);
  }

  Outcome charge(const ride::PaymentInitiated& payment) {
    // Named, so that the booking is charged once: also when this event is redriven after a charge whose answer was lost.
    const auto charge = http()
                            .once("payment")
                            .post("charge", settings_.gateway + "/v1/charges",
                                  Charge{payment.payment_id, payment.booking_id, payment.amount_minor, payment.currency});
    if (charge.answered() && (charge.success() || charge.status == 402)) return conclude(payment, charge);
    if (charge.unknown() || is_refusal(charge)) return ask(payment, charge);
    return not_now(charge);
  }

  // What became of a charge whose own answer is missing or says nothing about the money.
  Outcome ask(const ride::PaymentInitiated& payment, const gofuture::Response& charge) {
    const auto answer = http().get("ask", settings_.gateway + "/v1/charges/" + in_url(payment.payment_id));
    if (answer.success()) return conclude(payment, answer);
    if (!answer.answered() || answer.status != 404) return not_now(answer);
    if (charge.unknown())
      return retry("the gateway gave no answer and has not heard of " + payment.payment_id + "; it is sent again");
    return failed(payment, "the gateway refused the charge: " + charge.what());
  }

  Outcome conclude(const ride::PaymentInitiated& payment, const gofuture::Response& response) {
    const auto answer = response.json<ChargeAnswer>();
    if (response.status == 402 || answer.status == "declined") {
      const bool readable = answer.reason && !answer.reason->empty() && answer.reason->size() <= 500;
      return failed(payment, readable ? *answer.reason : "declined");
    }
    if (answer.status != "captured")
      return retry("the gateway answered " + response.what() + " without saying that it captured");
    emit(ride::PaymentSucceeded{payment.booking_id, payment.region_id, payment.payment_id, payment.amount_minor,
                                payment.currency});
    state() = {.answered = true};
    return ok();
  }

  Outcome failed(const ride::PaymentInitiated& payment, const std::string& reason) {
    emit(ride::PaymentFailed{payment.booking_id, payment.region_id, payment.payment_id, payment.amount_minor,
                             payment.currency, reason});
    state() = {.answered = true};
    return ok();
  }

  // The gateway is down, or does not accept us: nothing is known to be wrong with this payment.
  Outcome not_now(const gofuture::Response& response) {
    const bool busy = response.answered() && response.status >= 500;
    return busy ? retry("the gateway is in trouble: " + response.what())
                : later("the gateway does not serve us: " + response.what());
  }

  // An answer about the request itself: it will be the same next time, unless it is about us (who we are, how often we
  // ask).
  static bool is_refusal(const gofuture::Response& response) {
    return response.answered() && response.status >= 400 && response.status < 500 && !response.about_us();
  }

  static std::string in_url(std::string_view text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                         c == '_' || c == '~';
      if (plain) {
        out += c;
      } else {
        out += '%';
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
      }
    }
    return out;
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(CapturePayment)
