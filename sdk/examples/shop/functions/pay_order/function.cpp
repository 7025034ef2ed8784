// Has an order paid that has its pieces: asks the payment provider, and waits for the answer until a deadline. Money that comes
// after the order has failed goes back.
#include <gofuture/function.hpp>
#include <shop/events.hpp>

struct Settings {
  std::int64_t deadline_s = 0;  // how long the provider may take
};
BOOST_DESCRIBE_STRUCT(Settings, (), (deadline_s))

enum class Stage { kWaiting, kPaid, kFailed };
BOOST_DESCRIBE_ENUM(Stage, kWaiting, kPaid, kFailed)

struct Payment {  // kept per order_id
  Stage stage = Stage::kWaiting;
  std::string sku;
};
BOOST_DESCRIBE_STRUCT(Payment, (), (stage, sku))

class PayOrder : public gofuture::Function<Payment>, public gofuture::UsesTimers {
 public:
  using Emits = gofuture::Events<shop::ChargeRequested, shop::OrderPaid, shop::OrderFailed, shop::RefundRequested>;

  Outcome on(const shop::StockReserved& order) {
    if (has_state()) return skip("its payment was asked for before");
    state().sku = order.sku;
    emit(shop::ChargeRequested{.order_id = order.order_id, .amount_minor = order.amount_minor});
    schedule("deadline", std::chrono::seconds(settings_.deadline_s));
    return ok();
  }
  Outcome on(const shop::CardCharged& charged) {
    if (!has_state()) return reject("money for an order that nobody placed");
    if (state().stage == Stage::kPaid) return skip("it is paid");
    if (state().stage == Stage::kFailed) {  // too late
      emit(shop::RefundRequested{.order_id = key(), .amount_minor = charged.amount_minor});
      return ok();
    }
    state().stage = Stage::kPaid;
    cancel("deadline");
    emit(shop::OrderPaid{.order_id = key(), .sku = state().sku});
    return ok();
  }
  Outcome on(const shop::CardDeclined& declined) { return failed(declined.reason); }
  Outcome on(const gofuture::Timer&) { return failed("no answer in " + std::to_string(settings_.deadline_s) + " s"); }

 private:
  Outcome failed(const std::string& reason) {
    if (!has_state() || state().stage != Stage::kWaiting) return skip("nobody waits for it");
    state().stage = Stage::kFailed;
    cancel("deadline");
    emit(shop::OrderFailed{.order_id = key(), .sku = state().sku, .reason = reason});
    return ok();
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(PayOrder)
