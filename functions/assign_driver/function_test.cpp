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
  void known(const char* canceled, const char* assigned, const char* few = "f") { known({{canceled, assigned, few}}); }
  void known(std::vector<std::vector<std::optional<std::string>>> rows) { booking.sql().rows({"canceled", "assigned", "few"}, std::move(rows)); }
  void candidates(std::vector<std::vector<std::optional<std::string>>> rows) { booking.sql().rows({"nr", "driver_id", "metres"}, std::move(rows)); }
  void taken(std::vector<std::vector<std::optional<std::string>>> rows) { booking.sql().rows({"driver_id", "distance_m"}, std::move(rows)); }
  static ride::DriverAssignmentRequested wish(const std::string& id = "b-1") { return {id, "3776:-12243", 37.765, -122.425}; }
  Outcome request() { return booking.on(wish()); }
  std::vector<std::optional<std::string>> parameters(std::size_t statement) { return booking.sql().statements().at(statement).parameters; }
  Harness<AssignDriver> booking{"b-1"};
};

TEST_F(AssignDriverTest, TheFirstCircleWithSomebodyInItDecides) {
  known("f", "f");
  candidates({});
  candidates({{"1", "d-7", "2100.4"}});
  taken({{"d-7", "2100"}});
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(),
              ElementsAre(Event<Assigned>(Field(&Assigned::booking_id, "b-1"), Field(&Assigned::driver_id, "d-7"),
                                          Field(&Assigned::distance_m, 2100))));
  EXPECT_EQ(parameters(1)[3], "{1000}");
  EXPECT_EQ(parameters(2)[3], "{3000}");
}

TEST_F(AssignDriverTest, NobodyInTheLastCircleIsNobody) {
  known("f", "f");
  candidates({});
  candidates({});
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<NotFound>(Field(&NotFound::booking_id, "b-1"),
                                                             Field(&NotFound::reason, HasSubstr("3 km")))));
}

TEST_F(AssignDriverTest, WhereFewAreFreeOneLookAtThemIsEnough) {
  known("f", "f", "t");
  candidates({});
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<NotFound>(Field(&NotFound::reason, HasSubstr("3 km")))));
  ASSERT_EQ(booking.sql().statements().size(), 2U);
  EXPECT_EQ(parameters(1)[3], "{3000}");
}

TEST_F(AssignDriverTest, OfABatchEachGetsTheNearestThatIsLeftAndWhoHasNoneLeftLooksAgain) {
  known({{"f", "f", "f"}, {"f", "f", "f"}, {"f", "f", "f"}});
  candidates({{"1", "d-1", "10"}, {"1", "d-2", "20"}, {"2", "d-1", "15"}, {"2", "d-2", "25"}, {"3", "d-1", "5"}, {"3", "d-2", "6"}});
  taken({{"d-1", "10"}, {"d-2", "25"}});
  candidates({{"1", "d-3", "40"}});
  taken({{"d-3", "40"}});
  booking.queue("b-1", wish("b-1")).queue("b-2", wish("b-2")).queue("b-3", wish("b-3"));
  EXPECT_THAT(booking.handle(), ElementsAre(IsOk(), IsOk(), IsOk()));
  const auto gave = [](const char* id, const char* driver) { return Event<Assigned>(Field(&Assigned::booking_id, id), Field(&Assigned::driver_id, driver)); };
  EXPECT_THAT(booking.emitted(), ElementsAre(gave("b-1", "d-1"), gave("b-2", "d-2"), gave("b-3", "d-3")));
  EXPECT_EQ(parameters(3)[0], "{\"b-3\"}");
}

TEST_F(AssignDriverTest, ADriverWhoIsBeingGivenAwayElsewhereIsNotAskedAgain) {
  known("f", "f");
  candidates({{"1", "d-1", "10"}});
  taken({});
  candidates({{"1", "d-2", "20"}});
  taken({{"d-2", "20"}});
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<Assigned>(Field(&Assigned::driver_id, "d-2"))));
  EXPECT_EQ(parameters(1)[5], "{}");
  EXPECT_EQ(parameters(3)[5], "{\"d-1\"}");
  EXPECT_EQ(parameters(3)[3], "{1000}") << "the circle has not been searched to its end";
}

TEST_F(AssignDriverTest, ARequestThatMeetsTheMarkAssignsNobody) {
  known("t", "f");
  EXPECT_THAT(request(), IsSkip("the booking is canceled"));
  EXPECT_EQ(booking.sql().statements().size(), 1U);
  EXPECT_THAT(booking.emitted(), IsEmpty());
}

TEST_F(AssignDriverTest, ASecondRequestAssignsNobody) {
  known("f", "t");
  EXPECT_THAT(request(), IsSkip("the booking has had its driver"));
  EXPECT_EQ(booking.sql().statements().size(), 1U);
}

TEST_F(AssignDriverTest, ARejectionFreesThatDriverOfThatBooking) {
  EXPECT_THAT(booking.on(ride::DriverRejected{"b-1", "3776:-12243", "d-7"}), IsOk());
  EXPECT_THAT(booking.emitted(), IsEmpty()) << "when to ask again is request_driver's";
  ASSERT_EQ(booking.sql().statements().size(), 1U);
  EXPECT_THAT(parameters(0), ElementsAre("{\"b-1\"}", "{\"d-7\"}", "{\"rejected\"}", "{}", "{}"));
}

TEST_F(AssignDriverTest, CancelsMarkAndFreeAndTripsEndsFreeInOneStatement) {
  booking.queue("b-1", ride::BookingCanceled{"b-1", "3776:-12243", "declined"}).queue("b-2", ride::BookingTripCompleted{"b-2", "3776:-12243", "d-7"});
  EXPECT_THAT(booking.handle(), ElementsAre(IsOk(), IsOk()));
  ASSERT_EQ(booking.sql().statements().size(), 1U);
  EXPECT_THAT(parameters(0), ElementsAre(R"({"b-1","b-2"})", "{NULL,NULL}", R"({"canceled","completed"})", R"({"b-1"})", R"({"declined"})"));
}

TEST_F(AssignDriverTest, TheEventsOfOneBookingAreHandledInTheirOrder) {
  known("f", "f");
  candidates({{"1", "d-7", "10"}});
  taken({{"d-7", "10"}});
  booking.sql().rows({}, {});
  known("t", "t");
  booking.queue("b-1", wish()).queue("b-1", ride::BookingCanceled{"b-1", "3776:-12243", "declined"}).queue("b-1", wish());
  EXPECT_THAT(booking.handle(), ElementsAre(IsOk(), IsOk(), IsSkip()));
  ASSERT_EQ(booking.sql().statements().size(), 5U);
  EXPECT_THAT(parameters(3), ElementsAre(R"({"b-1"})", "{NULL}", R"({"canceled"})", R"({"b-1"})", R"({"declined"})"));
}
}  // namespace
