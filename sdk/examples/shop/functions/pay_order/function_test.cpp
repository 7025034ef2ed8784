#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

class PayOrderTest : public ::testing::Test {
 protected:
  PayOrderTest() { order.config(Settings{.deadline_s = 900}); }
  Outcome reserved() { return order.on(shop::StockReserved{"o-1", "mug-blue", 1990}); }
  Outcome charged() { return order.on(shop::CardCharged{"o-1", 1990}); }
  auto failed(const std::string& why) {
    return ElementsAre(Event<shop::OrderFailed>(Field(&shop::OrderFailed::reason, why), Field(&shop::OrderFailed::sku, "mug-blue")));
  }
  Harness<PayOrder> order{"o-1"};
};

TEST_F(PayOrderTest, AnOrderWithItsPiecesIsPaidOnce) {
  EXPECT_THAT(reserved(), IsOk());
  EXPECT_THAT(reserved(), IsSkip()) << "told again";
  EXPECT_THAT(order.take_emitted(), ElementsAre(Event<shop::ChargeRequested>(Field(&shop::ChargeRequested::amount_minor, 1990))));
  EXPECT_THAT(order.timers(), ElementsAre(IsTimer("deadline", order.now() + 15min)));
  EXPECT_THAT(charged(), IsOk());
  EXPECT_THAT(charged(), IsSkip()) << "told again";
  EXPECT_THAT(order.emitted(), ElementsAre(Event<shop::OrderPaid>(Field(&shop::OrderPaid::sku, "mug-blue"))));
  EXPECT_THAT(order.timers(), IsEmpty());
}

TEST_F(PayOrderTest, ADeclinedCardFailsTheOrder) {
  EXPECT_THAT(reserved(), IsOk());
  order.take_emitted();
  EXPECT_THAT(order.on(shop::CardDeclined{"o-1", "card expired"}), IsOk());
  EXPECT_THAT(order.emitted(), failed("card expired"));
  EXPECT_THAT(order.timers(), IsEmpty());
}

TEST_F(PayOrderTest, WithoutAnAnswerItFailsAndMoneyThatComesLateGoesBack) {
  EXPECT_THAT(reserved(), IsOk());
  order.take_emitted();
  EXPECT_THAT(order.advance(15min), ElementsAre(IsOk()));
  EXPECT_THAT(order.take_emitted(), failed("no answer in 900 s"));
  EXPECT_THAT(charged(), IsOk());
  EXPECT_THAT(order.emitted(), ElementsAre(Event<shop::RefundRequested>(Field(&shop::RefundRequested::amount_minor, 1990))));
}

TEST_F(PayOrderTest, MoneyForAnUnknownOrderIsADeadLetter) { EXPECT_THAT(charged(), IsReject()); }
}  // namespace
