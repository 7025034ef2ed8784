// Whom the database gives, the race for one driver included, is proven against Postgres
// (tests/integration/functions_sql_test.cpp).
#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Assigned = ride::DriverAssigned;
using NotFound = ride::DriverNotFound;

class AssignDriverTest : public ::testing::Test {
 protected:
  using Row = std::vector<std::optional<std::string>>;
  AssignDriverTest() { booking.config(Settings{{1000, 3000}, 600}); }
  void given(std::vector<Row> rows) { booking.sql().rows({"driver_id", "distance_m", "refusal"}, std::move(rows)); }
  static ride::DriverAssignmentRequested wish(const std::string& id = "b-1") { return {id, "3776:-12243", 37.765, -122.425}; }
  Outcome request() { return booking.on(wish()); }
  Row parameters(std::size_t statement) { return booking.sql().statements().at(statement).parameters; }
  Harness<AssignDriver> booking{"b-1"};
};

TEST_F(AssignDriverTest, TheDriverWhomTheDatabaseGivesIsAssigned) {
  given({{"d-7", "2100", {}}});
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(),
              ElementsAre(Event<Assigned>(Field(&Assigned::booking_id, "b-1"), Field(&Assigned::region_id, "3776:-12243"),
                                          Field(&Assigned::driver_id, "d-7"), Field(&Assigned::distance_m, 2100))));
  EXPECT_THAT(parameters(0), ElementsAre("{\"b-1\"}", "{\"3776:-12243\"}", "{37.765}", "{-122.425}", "{1000,3000}", "600"));
}

TEST_F(AssignDriverTest, NobodyInTheLastCircleIsNobody) {
  given({{{}, {}, {}}});
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<NotFound>(Field(&NotFound::booking_id, "b-1"), Field(&NotFound::region_id, "3776:-12243"),
                                                             Field(&NotFound::reason, "no free driver within 3 km"))));
}

TEST_F(AssignDriverTest, WithoutACircleNobodyIsNear) {
  booking.config(Settings{{}, 600});
  given({{{}, {}, {}}});
  EXPECT_THAT(request(), IsOk());
  EXPECT_THAT(booking.emitted(), ElementsAre(Event<NotFound>(Field(&NotFound::reason, "no free driver within 0 km"))));
}

TEST_F(AssignDriverTest, ARefusedRequestIsSkippedWithTheReason) {
  given({{{}, {}, "the booking is canceled"}});
  EXPECT_THAT(request(), IsSkip("the booking is canceled"));
  EXPECT_THAT(booking.emitted(), IsEmpty());
}

TEST_F(AssignDriverTest, TheRequestsOfABatchAreOneStatement) {
  given({{"d-1", "10", {}}, {{}, {}, "the booking has had its driver"}, {"d-3", "40", {}}, {{}, {}, {}}});
  booking.queue("b-1", wish("b-1")).queue("b-2", wish("b-2")).queue("b-3", wish("b-3")).queue("b-4", wish("b-4"));
  EXPECT_THAT(booking.handle(), ElementsAre(IsOk(), IsSkip(), IsOk(), IsOk()));
  const auto gave = [](const char* id, const char* driver) { return Event<Assigned>(Field(&Assigned::booking_id, id), Field(&Assigned::driver_id, driver)); };
  EXPECT_THAT(booking.emitted(), ElementsAre(gave("b-1", "d-1"), gave("b-3", "d-3"), Event<NotFound>(Field(&NotFound::booking_id, "b-4"))));
  EXPECT_EQ(booking.sql().statements().size(), 1U);
  EXPECT_EQ(parameters(0)[0], R"({"b-1","b-2","b-3","b-4"})");
}

TEST_F(AssignDriverTest, ARejectionFreesThatDriverOfThatBooking) {
  EXPECT_THAT(booking.on(ride::DriverRejected{"b-1", "3776:-12243", "d-7"}), IsOk());
  EXPECT_THAT(booking.emitted(), IsEmpty()) << "when to ask again is request_driver's";
  ASSERT_EQ(booking.sql().statements().size(), 1U);
  EXPECT_THAT(parameters(0), ElementsAre("{\"b-1\"}", "{\"d-7\"}", "{\"rejected\"}", "{NULL}"));
}

TEST_F(AssignDriverTest, CancelsMarkAndFreeAndTripsEndsFreeInOneStatement) {
  booking.queue("b-1", ride::BookingCanceled{"b-1", "3776:-12243", "declined"}).queue("b-2", ride::BookingTripCompleted{"b-2", "3776:-12243", "d-7"});
  EXPECT_THAT(booking.handle(), ElementsAre(IsOk(), IsOk()));
  ASSERT_EQ(booking.sql().statements().size(), 1U);
  EXPECT_THAT(parameters(0), ElementsAre(R"({"b-1","b-2"})", "{NULL,NULL}", R"({"canceled","completed"})", R"({"declined",NULL})"));
}

TEST_F(AssignDriverTest, TheEventsOfOneBookingAreHandledInTheirOrder) {
  given({{"d-7", "10", {}}});
  booking.sql().rows({}, {});
  given({{{}, {}, "the booking is canceled"}});
  booking.queue("b-1", wish()).queue("b-1", ride::BookingCanceled{"b-1", "3776:-12243", "declined"}).queue("b-1", wish());
  EXPECT_THAT(booking.handle(), ElementsAre(IsOk(), IsOk(), IsSkip()));
  ASSERT_EQ(booking.sql().statements().size(), 3U);
  EXPECT_THAT(parameters(1), ElementsAre(R"({"b-1"})", "{NULL}", R"({"canceled"})", R"({"declined"})"));
}
}  // namespace
