#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using Price = ride::PricingPriceUpdated;

class QuotePriceTest : public ::testing::Test {
 protected:
  QuotePriceTest() { region.config(Settings{.base_minor = 350, .per_km_minor = 190, .least_minor = 500, .usual_km = 3, .currency = "USD"}); }
  Outcome level(double multiplier) { return region.on(ride::DynamicPriceUpdated{"3776:-12243", multiplier, "2026-01-01T00:00:00Z"}); }
  std::int64_t quote(std::optional<double> lat = {}, std::optional<double> lon = {}) {
    EXPECT_THAT(region.on(ride::PricingRequested{"b-1", "3776:-12243", 37.765, -122.425, lat, lon}), IsOk());
    return region.take_emitted().at(0).as<Price>().amount_minor;
  }
  Harness<QuotePrice> region{"3776:-12243"};
};

TEST_F(QuotePriceTest, AQuoteIsAPriceOfTheBookingInItsRegion) {
  EXPECT_THAT(region.on(ride::PricingRequested{"b-1", "3776:-12243", 37.765, -122.425, {}, {}}), IsOk());
  EXPECT_THAT(region.emitted(),
              ElementsAre(Event<Price>(Field(&Price::booking_id, "b-1"), Field(&Price::region_id, "3776:-12243"), Field(&Price::amount_minor, 350 + 3 * 190),
                                       Field(&Price::currency, "USD"), Field(&Price::stage, "quote"))));
}

TEST_F(QuotePriceTest, ItGoesByTheDistance) {
  EXPECT_NEAR(static_cast<double>(quote(37.855, -122.425)), 350 + 190 * 10.02, 2) << "0.09 degrees to the north";
  EXPECT_NEAR(static_cast<double>(quote(37.765, -122.325)), 350 + 190 * 8.80, 2) << "0.1 degrees to the east";
}

TEST_F(QuotePriceTest, ItIsNeverLessThanTheLeast) { EXPECT_EQ(quote(37.765, -122.425), 500); }

TEST_F(QuotePriceTest, ItFollowsThePriceLevelOfTheRegion) {
  EXPECT_THAT(level(2), IsOk());
  EXPECT_EQ(quote(), 2 * (350 + 3 * 190));
  EXPECT_THAT(level(1.5), IsOk());
  EXPECT_EQ(quote(), (350 + 3 * 190) * 3 / 2);
  region.key("3776:-12244");
  EXPECT_EQ(quote(), 350 + 3 * 190) << "another region";
}
}  // namespace
