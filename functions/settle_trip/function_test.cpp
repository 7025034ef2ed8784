#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Price = ride::PricingPriceUpdated;

class SettleTripTest : public ::testing::Test {
 protected:
  SettleTripTest() { trip.config(Settings{.base_minor = 250, .per_km_minor = 150, .per_minute_minor = 40}); }
  Outcome created(std::int64_t amount_minor = 1250) {
    return trip.on(ride::BookingCreated{"b-1", "r-1", "3776:-12243", 37.765, -122.425, amount_minor, "USD"});
  }
  Outcome completed(std::optional<std::int64_t> distance_m, std::optional<std::int64_t> duration_s) {
    return trip.on(ride::BookingTripCompleted{"b-1", "3776:-12243", "d-1", distance_m, duration_s});
  }
  auto fare(std::int64_t amount_minor) {
    return ElementsAre(Event<Price>(Field(&Price::booking_id, "b-1"), Field(&Price::region_id, "3776:-12243"), Field(&Price::amount_minor, amount_minor),
                                    Field(&Price::currency, "USD"), Field(&Price::stage, "final")));
  }
  Harness<SettleTrip> trip{"b-1"};
};

TEST_F(SettleTripTest, ATripCostsWhatTheMeterSays) {
  EXPECT_THAT(created(), IsOk());
  EXPECT_THAT(completed(2'500, 300), IsOk());
  EXPECT_THAT(trip.emitted(), fare(250 + 375 + 200));
}

TEST_F(SettleTripTest, NeverMoreThanTheRiderWasTold) {
  EXPECT_THAT(created(), IsOk());
  EXPECT_THAT(completed(25'000, 3'000), IsOk());
  EXPECT_THAT(trip.emitted(), fare(1'250));
}

TEST_F(SettleTripTest, WithoutAMeterItCostsWhatTheRiderWasTold) {
  for (const bool distance : {true, false}) {
    trip.key(distance ? "b-1" : "b-2");
    EXPECT_THAT(created(), IsOk());
    EXPECT_THAT(distance ? completed(1'000, {}) : completed({}, 60), IsOk());
    EXPECT_EQ(trip.take_emitted().at(0).as<Price>().amount_minor, 1'250);
  }
}

TEST_F(SettleTripTest, ATripIsSettledOnce) {
  EXPECT_THAT(created(), IsOk());
  EXPECT_THAT(completed(1'000, 60), IsOk());
  trip.take_emitted();
  EXPECT_THAT(completed(2'000, 60), IsSkip());
  EXPECT_THAT(created(2'000), IsSkip());
  EXPECT_THAT(trip.emitted(), IsEmpty());
}

TEST_F(SettleTripTest, ATripThatWasNeverOrderedIsADeadLetter) { EXPECT_THAT(completed(1'000, 60), IsReject(HasSubstr("never ordered"))); }
}  // namespace
