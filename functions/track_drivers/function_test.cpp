// What the statement does is proven against Postgres (tests/integration/functions_sql_test.cpp).
#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;

ride::DriverLocationUpdated at(const std::string& driver, double lat) {
  return {driver, "3776:-12243", lat, -122.425, "available", "2026-01-01T00:00:00Z"};
}

TEST(TrackDriversTest, ABatchIsOneStatement) {
  Harness<TrackDrivers> drivers;
  drivers.queue("d-1", at("d-1", 37.765)).queue("d-2", at("d-2", 37.5));
  EXPECT_THAT(drivers.handle(), ElementsAre(IsOk(), IsOk()));
  ASSERT_EQ(drivers.sql().statements().size(), 1U);
  EXPECT_THAT(
      drivers.sql().statements()[0].parameters,
      ElementsAre(R"({"d-1","d-2"})", "{37.765,37.5}", "{-122.425,-122.425}", R"({"3776:-12243","3776:-12243"})",
                  R"({"available","available"})", R"({"2026-01-01T00:00:00Z","2026-01-01T00:00:00Z"})"));
}

TEST(TrackDriversTest, TroubleInTheDatabaseBringsTheBatchBack) {
  Harness<TrackDrivers> drivers;
  drivers.sql().fails("deadlock detected");
  EXPECT_THAT(drivers.on(at("d-1", 37.765)), IsRetry("deadlock detected"));
}
}  // namespace
