// What the statements do, the race for one driver included, is proven against Postgres
// (tests/integration/functions_sql_test.cpp).
#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Assigned = ride::DriverAssigned;
using NotFound = ride::DriverNotFound;

class AssignDriverTest : public ::testing::Test {
 protected:
  AssignDriverTest() { booking.config(Settings{{1000, 3000}, 600}); }
  void known(const char* canceled, const char* assigned, const char* few = "f") {
    booking.sql().rows({"canceled", "assigned", "few"}, {{canceled, assigned, few}});
  }
  void nobody() { booking.sql().rows({"driver_id", "distance_m"}, {}); }
  Outcome request() { return booking.on(ride::DriverAssignmentRequested{"b-1", "3776:-12243", 37.765, -122.425}); }
  Harness<AssignDriver> booking{"b-1"};
};

TEST_F(AssignDriverTest, TheFirstCircleWithSomebodyInItDecides) {
  known("f", "f");
  nobody();
  booking.sql().rows({"driver_id", "distance_m"}, {{"d-7", "2100"}});
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(),
              ElementsAre(Event<Assigned>(Field(&Assigned::booking_id, "b-1"), Field(&Assigned::driver_id, "d-7"),
                                          Field(&Assigned::distance_m, 2100))));
  EXPECT_EQ(booking.sql().statements()[1].parameters[3], "1000");
  EXPECT_EQ(booking.sql().statements()[2].parameters[3], "3000");
}

TEST_F(AssignDriverTest, NobodyInTheLastCircleIsNobody) {
  known("f", "f");
  nobody();
  nobody();
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<NotFound>(Field(&NotFound::booking_id, "b-1"),
                                                             Field(&NotFound::reason, HasSubstr("3 km")))));
}

TEST_F(AssignDriverTest, WhereFewAreFreeOneLookAtThemIsEnough) {
  known("f", "f", "t");
  nobody();
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<NotFound>(Field(&NotFound::reason, HasSubstr("3 km")))));
  ASSERT_EQ(booking.sql().statements().size(), 2U);
  EXPECT_EQ(booking.sql().statements()[1].parameters[3], "3000");
}

TEST_F(AssignDriverTest, ARequestThatMeetsTheMarkAssignsNobody) {
  known("t", "f");
  EXPECT_THAT(request(), IsSkip());
  EXPECT_EQ(booking.sql().statements().size(), 1U);
  EXPECT_THAT(booking.emitted(), IsEmpty());
}

TEST_F(AssignDriverTest, ASecondRequestAssignsNobody) {
  known("f", "t");
  EXPECT_THAT(request(), IsSkip());
  EXPECT_EQ(booking.sql().statements().size(), 1U);
}

TEST_F(AssignDriverTest, ARejectionFreesThatDriverOfThatBooking) {
  EXPECT_THAT(booking.on(ride::DriverRejected{"b-1", "3776:-12243", "d-7"}), IsOk());
  EXPECT_THAT(booking.emitted(), IsEmpty()) << "when to ask again is request_driver's";
  ASSERT_EQ(booking.sql().statements().size(), 1U);
  EXPECT_THAT(booking.sql().statements()[0].parameters, ElementsAre("b-1", "d-7"));
}

TEST_F(AssignDriverTest, ACancelMarksAndFreesAndATripsEndFrees) {
  EXPECT_THAT(booking.on(ride::BookingCanceled{"b-1", "3776:-12243", "declined"}), IsOk());
  EXPECT_THAT(booking.on(ride::BookingTripCompleted{"b-1", "3776:-12243", "d-7"}), IsOk());
  ASSERT_EQ(booking.sql().statements().size(), 2U);
  EXPECT_THAT(booking.sql().statements()[0].parameters, ElementsAre("b-1", "declined"));
  EXPECT_THAT(booking.sql().statements()[1].parameters, ElementsAre("b-1"));
}
}  // namespace
