#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

class ReserveStockTest : public ::testing::Test {
 protected:
  ReserveStockTest() { EXPECT_THAT(shelf.on(shop::StockDelivered{"mug-blue", 3}), IsOk()); }
  Outcome placed(const std::string& order, std::int64_t quantity) {
    return shelf.on(shop::OrderPlaced{order, "mug-blue", quantity, 1990});
  }
  Harness<ReserveStock> shelf{"mug-blue"};
};

TEST_F(ReserveStockTest, AnOrderGetsItsPiecesSetAsideOnce) {
  EXPECT_THAT(placed("o-1", 2), IsOk());
  EXPECT_THAT(placed("o-1", 2), IsSkip()) << "told again";
  EXPECT_EQ(shelf.state().free, 1);
  EXPECT_THAT(shelf.emitted(), ElementsAre(Event<shop::StockReserved>(Field(&shop::StockReserved::order_id, "o-1"),
                                                                      Field(&shop::StockReserved::amount_minor, 1990))));
}

TEST_F(ReserveStockTest, WhatIsNotThereIsSoldOut) {
  EXPECT_THAT(placed("o-1", 4), IsOk());
  EXPECT_EQ(shelf.state().free, 3);
  EXPECT_THAT(shelf.emitted(), ElementsAre(Event<shop::OrderFailed>(Field(&shop::OrderFailed::reason, "sold out"))));
}

TEST_F(ReserveStockTest, ThePiecesOfAFailedOrderComeBackAndThoseOfAPaidOneLeave) {
  EXPECT_THAT(placed("o-1", 2), IsOk());
  EXPECT_THAT(placed("o-2", 1), IsOk());
  EXPECT_THAT(shelf.on(shop::OrderFailed{"o-1", "mug-blue", "card expired"}), IsOk());
  EXPECT_THAT(shelf.on(shop::OrderFailed{"o-1", "mug-blue", "card expired"}), IsSkip()) << "told again";
  EXPECT_THAT(shelf.on(shop::OrderPaid{"o-2", "mug-blue"}), IsOk());
  EXPECT_EQ(shelf.state().free, 2);
  EXPECT_THAT(shelf.state().reserved, IsEmpty());
}
}  // namespace
