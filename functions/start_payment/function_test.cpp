#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Payment = ride::PaymentInitiated;
using Failed = ride::PaymentFailed;

class StartPaymentTest : public ::testing::Test {
 protected:
  StartPaymentTest() { booking.config(Settings{120}); }
  Outcome created() {
    return booking.on(ride::BookingCreated{"b-1", "r-1", "3776:-12243", 37.765, -122.425, 1250, "USD"});
  }
  Outcome paid() { return booking.on(ride::PaymentSucceeded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"}); }
  Outcome failed() { return booking.on(Failed{"b-1", "3776:-12243", "p-b-1", 1250, "USD", "declined"}); }
  Harness<StartPayment> booking{"b-1"};
};

TEST_F(StartPaymentTest, EveryBookingIsPaidOnceUnderItsOwnName) {
  EXPECT_THAT(created(), IsOk());
  EXPECT_THAT(created(), IsSkip()) << "told again";
  EXPECT_THAT(booking.emitted(),
              ElementsAre(Event<Payment>(Field(&Payment::booking_id, "b-1"), Field(&Payment::payment_id, "p-b-1"),
                                         Field(&Payment::region_id, "3776:-12243"), Field(&Payment::rider_id, "r-1"),
                                         Field(&Payment::amount_minor, 1250), Field(&Payment::currency, "USD"))));
  EXPECT_THAT(booking.timers(), ElementsAre(IsTimer("payment-deadline", booking.now() + 2min)));
}

TEST_F(StartPaymentTest, APaymentWithoutAnAnswerFailsAtItsDeadline) {
  EXPECT_THAT(created(), IsOk());
  booking.take_emitted();
  booking.advance(119s);
  EXPECT_THAT(booking.emitted(), IsEmpty());
  EXPECT_THAT(booking.advance(1s), ElementsAre(IsOk()));
  EXPECT_THAT(booking.emitted(),
              ElementsAre(Event<Failed>(Field(&Failed::booking_id, "b-1"), Field(&Failed::payment_id, "p-b-1"),
                                        Field(&Failed::region_id, "3776:-12243"), Field(&Failed::amount_minor, 1250),
                                        Field(&Failed::currency, "USD"),
                                        Field(&Failed::reason, "timeout: no answer in 120 s"))));
}

TEST_F(StartPaymentTest, AnyAnswerTakesTheDeadlineBack) {
  for (const bool succeeds : {true, false}) {
    booking.key(succeeds ? "b-1" : "b-2");
    EXPECT_THAT(created(), IsOk());
    EXPECT_THAT(succeeds ? paid() : failed(), IsOk());
    EXPECT_THAT(booking.timers(), IsEmpty());
  }
}

TEST_F(StartPaymentTest, AfterTheDeadlineAnAnswerChangesNothingHere) {
  EXPECT_THAT(created(), IsOk());
  booking.advance(2min);
  booking.take_emitted();
  EXPECT_THAT(failed(), IsSkip()) << "its own word, come back";
  EXPECT_THAT(paid(), IsSkip());
  EXPECT_THAT(created(), IsSkip());
  EXPECT_THAT(booking.emitted(), IsEmpty());
}
}  // namespace
