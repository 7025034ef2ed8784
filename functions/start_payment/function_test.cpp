#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;

TEST(StartPaymentTest, EveryBookingIsPaidOnceUnderItsOwnName) {
  Harness<StartPayment> booking{"b-1"};
  EXPECT_THAT(booking.on(ride::BookingCreated{"b-1", "r-1", "3776:-12243", 37.765, -122.425, 1250, "USD"}), IsOk());
  using Payment = ride::PaymentInitiated;
  EXPECT_THAT(booking.emitted(),
              ElementsAre(Event<Payment>(Field(&Payment::booking_id, "b-1"), Field(&Payment::payment_id, "p-b-1"),
                                         Field(&Payment::region_id, "3776:-12243"), Field(&Payment::rider_id, "r-1"),
                                         Field(&Payment::amount_minor, 1250), Field(&Payment::currency, "USD"))));
}
}  // namespace
