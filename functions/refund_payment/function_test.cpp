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
  Outcome costs(std::int64_t amount) { return on(ride::PricingPriceUpdated{"b-1", "3776:-12243", amount, "USD", "final"}); }
  // What is on its way back is sent: the outcomes of its timer.
  std::vector<Outcome> send() { return advance(std::chrono::milliseconds(0)); }
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

TEST(RefundPaymentTest, WhatEveryEventFindsOwedIsWrittenDownBeforeItIsSent) {
  for (const int which : {0, 1, 2, 3}) {
    Booking booking;
    EXPECT_THAT(booking.paid(), IsOk());
    EXPECT_THAT(which == 0 ? booking.failed() : which == 1 ? booking.no_driver() : which == 2 ? booking.canceled() : booking.costs(400), IsOk());
    EXPECT_EQ(booking.state().refunding_minor, which == 3 ? 850 : 1250);
    EXPECT_THAT(booking.http().requests(), IsEmpty());
    booking.http().answer("refund", 200, R"({"status":"refunded"})");
    EXPECT_THAT(booking.send(), ElementsAre(IsOk()));
    ASSERT_EQ(booking.http().requests().size(), 1U);
    EXPECT_EQ(booking.http().requests()[0].effect, "after 0");
    EXPECT_EQ(booking.state().refunding_minor, 0);
    EXPECT_THAT(booking.timers(), IsEmpty());
  }
}

// The promise of DESIGN §3, over every order of everything that can happen to a booking, the refund's answer included: what is on
// its way is sent after 0, 1, … of the events.
TEST(RefundPaymentTest, InAnyOrderOfArrivalACanceledBookingOwesNothing) {
  std::vector<int> order = {0, 1, 2, 3, 4};
  do {
    for (std::size_t sent_after = 0; sent_after <= order.size(); ++sent_after) {
      Booking booking;
      booking.http().answer("refund", 200).answer("refund", 200);
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (i == sent_after) booking.send();
        const int step = order[i];
        const Outcome outcome = step == 0   ? booking.paid()
                                : step == 1 ? booking.failed()
                                : step == 2 ? booking.no_driver()
                                : step == 3 ? booking.canceled()
                                            : booking.costs(400);
        EXPECT_THAT(outcome, IsOk());
      }
      booking.send();
      booking.send();
      std::int64_t back = 0;
      for (const auto& emitted : booking.emitted()) back += emitted.as<Refunded>().amount_minor;
      EXPECT_EQ(back, 1250);
      EXPECT_EQ(booking.state().refunded_minor, 1250);
      EXPECT_THAT(booking.timers(), IsEmpty());
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(RefundPaymentTest, WhatARideCostsLessThanWasCapturedGoesBack) {
  for (const bool paid_first : {true, false}) {
    Booking booking;
    booking.http().answer("refund", 200);
    EXPECT_THAT(paid_first ? booking.paid() : booking.costs(400), IsOk());
    EXPECT_THAT(paid_first ? booking.costs(400) : booking.paid(), IsOk());
    EXPECT_THAT(booking.send(), ElementsAre(IsOk()));
    EXPECT_THAT(booking.emitted(), ElementsAre(refunded(850)));
    EXPECT_EQ(booking.http().requests().at(0).body, R"({"payment_id":"p-b-1","booking_id":"b-1","amount_minor":850,"currency":"USD"})");
  }
}

TEST(RefundPaymentTest, ACancelAfterTheRideGivesBackTheRest) {
  Booking booking;
  booking.http().answer("refund", 200).answer("refund", 200);
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.costs(400), IsOk());
  EXPECT_THAT(booking.canceled(), IsOk()) << "while the first sum is on its way";
  EXPECT_EQ(booking.state().refunding_minor, 850) << "which may have been sent: it keeps its amount";
  booking.send();
  booking.send();
  EXPECT_THAT(booking.emitted(), ElementsAre(refunded(850), refunded(400)));
  EXPECT_EQ(booking.http().requests().at(1).effect, "after 850");
}

TEST(RefundPaymentTest, AQuoteMovesNoMoney) {
  Booking booking;
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.on(ride::PricingPriceUpdated{"b-1", "3776:-12243", 400, "USD", "quote"}), IsSkip());
  EXPECT_THAT(booking.on(ride::PricingPriceUpdated{"b-1", "3776:-12243", 400, "USD"}), IsSkip());
  EXPECT_THAT(booking.timers(), IsEmpty());
}

TEST(RefundPaymentTest, ARideThatCostsWhatWasCapturedOwesNothing) {
  Booking booking;
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.costs(1250), IsOk());
  EXPECT_THAT(booking.timers(), IsEmpty());
}

TEST(RefundPaymentTest, TheGatewayIsToldWhatIsOwed) {
  Booking booking;
  booking.http().answer("refund", 200);
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.canceled(), IsOk());
  booking.send();
  EXPECT_EQ(booking.http().requests().at(0).url, "http://gateway/v1/refunds");
  EXPECT_EQ(booking.http().requests().at(0).body,
            R"({"payment_id":"p-b-1","booking_id":"b-1","amount_minor":1250,"currency":"USD"})");
}

TEST(RefundPaymentTest, WhileTheRefundIsNotKnownItStaysOnItsWay) {
  Booking booking;
  booking.http()
      .times_out("refund")
      .answer("refund", 503)
      .unreachable("refund")
      .answer("refund", 401)
      .answer("refund", 200);
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.canceled(), IsOk());
  EXPECT_THAT(booking.send(), ElementsAre(IsRetry(HasSubstr("not known"))));
  EXPECT_THAT(booking.send(), ElementsAre(IsRetry(HasSubstr("status 503"))));
  EXPECT_THAT(booking.send(), ElementsAre(IsLater()));
  EXPECT_THAT(booking.send(), ElementsAre(IsLater(HasSubstr("status 401"))));
  EXPECT_THAT(booking.emitted(), IsEmpty());
  EXPECT_EQ(booking.state().refunding_minor, 1250);
  EXPECT_EQ(booking.state().refunded_minor, 0);
  EXPECT_THAT(booking.send(), ElementsAre(IsOk()));
  EXPECT_THAT(booking.emitted(), ElementsAre(refunded(1250)));
}

TEST(RefundPaymentTest, ARefundThatTheGatewayRefusesIsADeadLetter) {
  Booking booking;
  booking.http().answer("refund", 422);
  EXPECT_THAT(booking.paid(), IsOk());
  EXPECT_THAT(booking.canceled(), IsOk());
  EXPECT_THAT(booking.send(), ElementsAre(IsReject(HasSubstr("refuses to refund 1250 USD: status 422"))));
}
}  // namespace
