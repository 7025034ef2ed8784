#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Canceled = ride::BookingCanceled;

class CancelBookingTest : public ::testing::Test {
 protected:
  const ride::PaymentFailed payment_failed{"b-1", "3776:-12243", "p-b-1", 1250, "USD", "declined"};
  const ride::DriverNotFound nobody{"b-1", "3776:-12243", "nobody within 9 km"};
  Harness<CancelBooking> booking{"b-1"};
};

TEST_F(CancelBookingTest, AFailedPaymentCancelsWithItsReason) {
  EXPECT_THAT(booking.on(payment_failed), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<Canceled>(Field(&Canceled::booking_id, "b-1"),
                                                             Field(&Canceled::region_id, "3776:-12243"),
                                                             Field(&Canceled::reason, "declined"))));
}

TEST_F(CancelBookingTest, NoDriverCancels) {
  EXPECT_THAT(booking.on(nobody), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<Canceled>(Field(&Canceled::reason, "nobody within 9 km"))));
}

TEST_F(CancelBookingTest, ABookingIsCanceledOnce) {
  EXPECT_THAT(booking.on(payment_failed), IsOk());
  EXPECT_THAT(booking.on(nobody), IsSkip());
  EXPECT_EQ(booking.emitted().size(), 1U);
}

TEST_F(CancelBookingTest, WhatTheRiderCanceledIsNotCanceledAgain) {
  EXPECT_THAT(booking.on(ride::BookingCanceled{"b-1", "3776:-12243", "changed my mind"}), IsOk());
  EXPECT_THAT(booking.on(payment_failed), IsSkip());
  EXPECT_THAT(booking.emitted(), IsEmpty());
}
}  // namespace
