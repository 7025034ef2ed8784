#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Requested = ride::DriverAssignmentRequested;
using NotFound = ride::DriverNotFound;

class RequestDriverTest : public ::testing::Test {
 protected:
  RequestDriverTest() { booking.config(Settings{180, 3}); }
  void created() { tell(ride::BookingCreated{"b-1", "r-1", "3776:-12243", 37.765, -122.425, 1250, "USD"}); }
  void paid() { tell(ride::PaymentSucceeded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"}); }
  void failed() { tell(ride::PaymentFailed{"b-1", "3776:-12243", "p-b-1", 1250, "USD", "declined"}); }
  void canceled() { tell(ride::BookingCanceled{"b-1", "3776:-12243", "changed my mind"}); }
  void assigned(const std::string& driver) { tell(ride::DriverAssigned{"b-1", "3776:-12243", driver, 300}); }
  Outcome rejected(const std::string& driver) {
    return booking.on(ride::DriverRejected{"b-1", "3776:-12243", driver});
  }
  template <class E>
  void tell(const E& event) {
    const Outcome outcome = booking.on(event);
    EXPECT_TRUE(outcome.is_ok() || outcome.kind() == Outcome::Kind::kSkip);
  }
  void searching() {
    created();
    paid();
  }
  auto not_found(const std::string& why) {
    return ElementsAre(Event<NotFound>(Field(&NotFound::booking_id, "b-1"), Field(&NotFound::region_id, "3776:-12243"),
                                       Field(&NotFound::reason, why)));
  }
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
TEST_F(RequestDriverTest, ADriverWhoRejectsMakesItAskForTheNext) {
  searching();
  assigned("d-1");
  booking.take_emitted();
  EXPECT_THAT(rejected("d-1"), IsOk());
  EXPECT_THAT(booking.emitted(), one_request());
  EXPECT_THAT(booking.timers(), ElementsAre(IsTimer("driver-deadline", booking.now() + 3min)));
}

TEST_F(RequestDriverTest, AfterTheLastRejectionNobodyIsFound) {
  searching();
  for (const char* driver : {"d-1", "d-2", "d-3"}) {
    assigned(driver);
    booking.take_emitted();
    EXPECT_THAT(rejected(driver), IsOk());
  }
  EXPECT_THAT(booking.emitted(), not_found("3 drivers have rejected the ride"));
  EXPECT_THAT(booking.timers(), IsEmpty());
}

TEST_F(RequestDriverTest, OnlyTheRidesOwnDriverCanRejectItAndOnce) {
  searching();
  booking.take_emitted();
  EXPECT_THAT(rejected("d-1"), IsSkip()) << "nobody has it yet";
  assigned("d-1");
  EXPECT_THAT(rejected("d-9"), IsSkip());
  EXPECT_THAT(rejected("d-1"), IsOk());
  assigned("d-2");
  EXPECT_THAT(rejected("d-1"), IsSkip()) << "told again";
  EXPECT_THAT(booking.emitted(), one_request());
  EXPECT_EQ(booking.state().rejections, 1);
}

TEST_F(RequestDriverTest, ARejectionOfARideThatIsCalledOffAsksForNobody) {
  searching();
  assigned("d-1");
  canceled();
  booking.take_emitted();
  EXPECT_THAT(rejected("d-1"), IsSkip());
  EXPECT_THAT(booking.emitted(), IsEmpty());
}

TEST_F(RequestDriverTest, ARequestWithoutAnAnswerEndsAtItsDeadline) {
  searching();
  booking.take_emitted();
  EXPECT_THAT(booking.advance(3min), ElementsAre(IsOk()));
  EXPECT_THAT(booking.emitted(), not_found("timeout: no driver in 180 s"));
  assigned("d-1");  // the answer was on its way
  EXPECT_THAT(rejected("d-1"), IsSkip());
  EXPECT_EQ(booking.emitted().size(), 1U);
}

TEST_F(RequestDriverTest, EveryAnswerTakesTheDeadlineBack) {
  for (const int answer : {0, 1, 2, 3}) {
    booking.key("b-" + std::to_string(answer));
    searching();
    if (answer == 0) assigned("d-1");
    if (answer == 1) tell(NotFound{"b-1", "3776:-12243", "nobody near"});
    if (answer == 2) canceled();
    if (answer == 3) failed();
    EXPECT_THAT(booking.timers(), IsEmpty()) << answer;
  }
}

TEST_F(RequestDriverTest, AfterASearchWithoutSuccessNothingStartsItAgain) {
  searching();
  tell(NotFound{"b-1", "3776:-12243", "nobody near"});
  booking.take_emitted();
  searching();
  EXPECT_THAT(booking.emitted(), IsEmpty());
}
}  // namespace
