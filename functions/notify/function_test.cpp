#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Wish = ride::NotificationRequested;

class NotifyTest : public ::testing::Test {
 protected:
  NotifyTest() {
    booking.config(Settings{{{"DriverAssigned", "rider", "A driver is on the way."},
                             {"BookingCanceled", "rider", "Canceled."},
                             {"BookingCanceled", "driver", "You are free again."},
                             {"PaymentRefunded", "rider", "Your money."}}});
  }
  template <class E>
  Outcome on(const std::string& id, const E& event) {
    booking.next().id = id;
    return booking.on(event);
  }
  Outcome created() { return on("e-1", ride::BookingCreated{"b-1", "r-1", "3776:-12243", 37.765, -122.425, 1250, "USD"}); }
  Outcome given(const std::string& driver) { return on("e-2", ride::DriverAssigned{"b-1", "3776:-12243", driver, 300}); }
  Outcome canceled() { return on("e-3", ride::BookingCanceled{"b-1", "3776:-12243", "changed my mind"}); }
  Outcome refunded() { return on("e-4", ride::PaymentRefunded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"}); }
  static auto told(const std::string& id, const std::string& user, const std::string& kind) {
    return Event<Wish>(Field(&Wish::notification_id, id), Field(&Wish::user_id, user), Field(&Wish::kind, kind), Field(&Wish::booking_id, "b-1"),
                       Field(&Wish::region_id, "3776:-12243"));
  }
  Harness<Notify> booking{"b-1"};
};

TEST_F(NotifyTest, WhoIsToldWhatStandsInTheTable) {
  EXPECT_THAT(created(), IsOk());
  EXPECT_THAT(given("d-1"), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(AllOf(told("e-2/rider", "r-1", "DriverAssigned"), Event<Wish>(Field(&Wish::text, "A driver is on the way.")))));
}

TEST_F(NotifyTest, ACancelIsToldToWhoeverHasTheRideNow) {
  EXPECT_THAT(created(), IsOk());
  EXPECT_THAT(given("d-1"), IsOk());
  EXPECT_THAT(on("e-5", ride::DriverRejected{"b-1", "3776:-12243", "d-1"}), IsOk());
  EXPECT_THAT(given("d-2"), IsOk());
  EXPECT_THAT(on("e-5", ride::DriverRejected{"b-1", "3776:-12243", "d-1"}), IsOk()) << "told again, by one who has it no more";
  booking.take_emitted();
  EXPECT_THAT(canceled(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(told("e-3/rider", "r-1", "BookingCanceled"), told("e-3/driver", "d-2", "BookingCanceled")));
}

TEST_F(NotifyTest, ARideWithoutADriverHasNoneToTell) {
  EXPECT_THAT(created(), IsOk());
  EXPECT_THAT(canceled(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(told("e-3/rider", "r-1", "BookingCanceled")));
}

TEST_F(NotifyTest, WhatOvertakesTheBookingIsToldWhenTheRiderIsKnown) {
  EXPECT_THAT(refunded(), IsOk());
  EXPECT_THAT(booking.emitted(), IsEmpty());
  EXPECT_THAT(created(), IsOk());
  EXPECT_THAT(booking.take_emitted(), ElementsAre(told("e-4/rider", "r-1", "PaymentRefunded")));
  EXPECT_THAT(given("d-1"), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(told("e-2/rider", "r-1", "DriverAssigned"))) << "and only once";
}

TEST(NotifyCreationTest, ATableThatNamesWhatIsNotThereIsRefused) {
  Harness<Notify> misspelled, nobody;
  misspelled.config(Settings{{{"DriverAsigned", "rider", "…"}}});
  nobody.config(Settings{{{"DriverAssigned", "the rider", "…"}}});
  EXPECT_THAT([&] { misspelled.host().create(); },
              ::testing::ThrowsMessage<std::runtime_error>(R"([config] tell: "DriverAsigned" is no event that notify handles)"));
  EXPECT_THAT([&] { nobody.host().create(); }, ::testing::ThrowsMessage<std::runtime_error>(HasSubstr(R"(is "the rider")")));
}
}  // namespace
