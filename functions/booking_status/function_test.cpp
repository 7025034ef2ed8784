// What the statement does is proven against Postgres (tests/integration/functions_sql_test.cpp).
#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;

TEST(BookingStatusTest, ABatchIsOneStatement) {
  Harness<BookingStatus> bookings;
  bookings.queue("b-1", ride::PaymentSucceeded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"})
      .queue("b-2", ride::DriverAssigned{"b-2", "3776:-12243", "d-7", 2100})
      .queue("b-1", ride::PaymentRefunded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"});
  EXPECT_THAT(bookings.handle(), ElementsAre(IsOk(), IsOk(), IsOk()));
  ASSERT_EQ(bookings.sql().statements().size(), 1U);
  EXPECT_THAT(bookings.sql().statements()[0].parameters,
              ElementsAre(R"({"b-1","b-2","b-1"})", R"({"paid","assigned","refunded"})", R"({NULL,"d-7",NULL})", "{1250,0,0}",
                          "{0,0,1250}"));
}

TEST(BookingStatusTest, ARejectionStandsInTheStoryAndMovesNothing) {
  Harness<BookingStatus> bookings;
  EXPECT_THAT(bookings.on(ride::DriverRejected{"b-1", "3776:-12243", "d-7"}), IsOk());
  EXPECT_THAT(bookings.sql().statements().at(0).parameters,
              ElementsAre(R"({"b-1"})", R"({"rejected"})", "{NULL}", "{0}", "{0}"));
}

TEST(BookingStatusTest, NewsOfABookingWithoutARowComesAgain) {
  Harness<BookingStatus> bookings;
  bookings.sql().rows({"booking_id"}, {{"b-2"}});
  bookings.queue("b-1", ride::PaymentInitiated{"b-1", "3776:-12243", "p-b-1", "r-1", 1250, "USD"})
      .queue("b-2", ride::PaymentInitiated{"b-2", "3776:-12243", "p-b-2", "r-2", 1250, "USD"});
  EXPECT_THAT(bookings.handle(), ElementsAre(IsOk(), IsRetry("booking b-2 has no row yet")));
}

TEST(BookingStatusTest, TheWholeStoryIsFollowed) {
  EXPECT_EQ(Harness<BookingStatus>().description().handled_count, 12U);
}
}  // namespace
