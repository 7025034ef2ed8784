#include "function.cpp"

#include <gofuture/testing.hpp>

#include <algorithm>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Refunded = ride::PaymentRefunded;

struct Booking : Harness<RefundPayment> {
  Booking() : Harness<RefundPayment>("b-1") { config(Settings{"http://gateway"}); }
  Outcome paid() { return on(ride::PaymentSucceeded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"}); }
  Outcome failed() { return on(ride::PaymentFailed{"b-1", "3776:-12243", "p-b-1", 1250, "USD", "no answer in time"}); }
  Outcome no_driver() { return on(ride::DriverNotFound{"b-1", "3776:-12243", "nobody near"}); }
  Outcome canceled() { return on(ride::BookingCanceled{"b-1", "3776:-12243", "changed my mind"}); }
};
auto refunded(std::int64_t amount) {
  return Event<Refunded>(Field(&Refunded::booking_id, "b-1"), Field(&Refunded::payment_id, "p-b-1"),
                         Field(&Refunded::region_id, "3776:-12243"), Field(&Refunded::amount_minor, amount),
                         Field(&Refunded::currency, "USD"));
}

TEST(RefundPaymentTest, ACaptureThatStandsIsKept) {
  Booking booking;
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.emitted(), IsEmpty());
  EXPECT_EQ(booking.state().captured_minor, 1250);
}

TEST(RefundPaymentTest, WhicheverEventFindsMoneyOwedAsksForTheSameRefund) {
  for (const int which : {0, 1, 2}) {
    Booking booking;
    booking.http().answer("refund", 200, R"({"status":"refunded"})");
    EXPECT_THAT(booking.paid(), IsOk());
    EXPECT_THAT(which == 0 ? booking.failed() : which == 1 ? booking.no_driver() : booking.canceled(), IsOk());
    ASSERT_EQ(booking.http().requests().size(), 1U);
    EXPECT_EQ(booking.http().requests()[0].effect, "after 0");
  }
}

// The promise of DESIGN §3, over every order of everything that can happen to a booking.
TEST(RefundPaymentTest, InAnyOrderOfArrivalACanceledBookingOwesNothing) {
  std::vector<int> order = {0, 1, 2, 3};
  do {
    Booking booking;
    booking.http().answer("refund", 200, R"({"status":"refunded"})");
    for (const int step : order) {
      const Outcome outcome = step == 0   ? booking.paid()
                              : step == 1 ? booking.failed()
                              : step == 2 ? booking.no_driver()
                                          : booking.canceled();
      EXPECT_THAT(outcome, IsOk());
    }
    EXPECT_THAT(booking.emitted(), ElementsAre(refunded(1250)));
    EXPECT_EQ(booking.state().captured_minor, booking.state().refunded_minor);
    EXPECT_EQ(booking.http().requests().size(), 1U) << "money went back more than once";
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(RefundPaymentTest, TheGatewayIsToldWhatIsOwed) {
  Booking booking;
  booking.http().answer("refund", 200);
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.canceled(), IsOk());
  EXPECT_EQ(booking.http().requests().at(0).url, "http://gateway/v1/refunds");
  EXPECT_EQ(booking.http().requests().at(0).body,
            R"({"payment_id":"p-b-1","booking_id":"b-1","amount_minor":1250,"currency":"USD"})");
}

TEST(RefundPaymentTest, WhileTheRefundIsNotKnownNothingIsWrittenDown) {
  Booking booking;
  booking.http()
      .times_out("refund")
      .answer("refund", 503)
      .unreachable("refund")
      .answer("refund", 401)
      .answer("refund", 200);
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.canceled(), IsRetry(HasSubstr("not known")));
  EXPECT_THAT(booking.canceled(), IsRetry(HasSubstr("status 503")));
  EXPECT_THAT(booking.canceled(), IsLater());
  EXPECT_THAT(booking.canceled(), IsLater(HasSubstr("status 401")));
  EXPECT_THAT(booking.emitted(), IsEmpty());
  EXPECT_FALSE(booking.state().canceled) << "the cancel comes again, so it must not have been noted";
  EXPECT_THAT(booking.canceled(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(refunded(1250)));
}

TEST(RefundPaymentTest, ARefundThatTheGatewayRefusesIsADeadLetter) {
  Booking booking;
  booking.http().answer("refund", 422);
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.canceled(), IsReject(HasSubstr("refuses to refund 1250 USD: status 422")));
}
}  // namespace
