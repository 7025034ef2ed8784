#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Requested = ride::DriverAssignmentRequested;

class RequestDriverTest : public ::testing::Test {
 protected:
  void created() {
    EXPECT_THAT(booking.on(ride::BookingCreated{"b-1", "r-1", "3776:-12243", 37.765, -122.425, 1250, "USD"}), IsOk());
  }
  void paid() { EXPECT_THAT(booking.on(ride::PaymentSucceeded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"}), IsOk()); }
  void failed() {
    EXPECT_THAT(booking.on(ride::PaymentFailed{"b-1", "3776:-12243", "p-b-1", 1250, "USD", "declined"}), IsOk());
  }
  void canceled() { EXPECT_THAT(booking.on(ride::BookingCanceled{"b-1", "3776:-12243", "changed my mind"}), IsOk()); }
  auto one_request() {
    return ElementsAre(
        Event<Requested>(Field(&Requested::booking_id, "b-1"), Field(&Requested::region_id, "3776:-12243"),
                         Field(&Requested::pickup_lat, 37.765), Field(&Requested::pickup_lon, -122.425)));
  }
  Harness<RequestDriver> booking{"b-1"};
};

TEST_F(RequestDriverTest, APaidBookingAsksForADriver) {
  created();
  EXPECT_THAT(booking.emitted(), IsEmpty());
  paid();
  EXPECT_THAT(booking.emitted(), one_request());
}

TEST_F(RequestDriverTest, ThePaymentMayOvertakeTheBooking) {
  paid();
  created();
  EXPECT_THAT(booking.emitted(), one_request());
}

TEST_F(RequestDriverTest, ItAsksOnce) {
  created();
  paid();
  paid();
  created();
  EXPECT_THAT(booking.emitted(), one_request());
}

TEST_F(RequestDriverTest, ACanceledBookingAsksForNobodyWheneverTheCancelCame) {
  canceled();
  created();
  paid();
  EXPECT_THAT(booking.emitted(), IsEmpty());
}

TEST_F(RequestDriverTest, ASuccessAfterAFailureAsksForNobody) {
  created();
  failed();
  paid();
  EXPECT_THAT(booking.emitted(), IsEmpty());
}
}  // namespace
