#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Raised = iot::AlarmRaised;
using Cleared = iot::AlarmCleared;

class WatchSensorTest : public ::testing::Test {
 protected:
  WatchSensorTest() { boiler.config(Settings{.limit = 80, .safe = 70, .readings = 3, .within_s = 60, .quiet_s = 300}); }
  // Some time later the sensor tells this.
  Outcome tells(double celsius, std::chrono::milliseconds later = 10s) {
    boiler.advance(later);
    return boiler.on(iot::TemperatureMeasured{"boiler-7", celsius, boiler.now().time_since_epoch().count()});
  }
  void alarm() {
    for (int i = 0; i < 3; ++i) EXPECT_THAT(tells(81), IsOk());
    EXPECT_THAT(boiler.take_emitted(), ElementsAre(Event<Raised>(Field(&Raised::sensor_id, "boiler-7"), Field(&Raised::readings, 3))));
  }
  Harness<WatchSensor> boiler{"boiler-7"};
};

TEST_F(WatchSensorTest, SoManyHotReadingsWithinTheTimeRaiseOneAlarm) {
  alarm();
  EXPECT_THAT(tells(82), IsOk());
  EXPECT_THAT(boiler.emitted(), IsEmpty()) << "it is raised already";
}

TEST_F(WatchSensorTest, HotReadingsThatAreFarApartRaiseNone) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(tells(81, 31s), IsOk());
  EXPECT_THAT(boiler.emitted(), IsEmpty());
  EXPECT_THAT(boiler.timers(), IsEmpty());
}

TEST_F(WatchSensorTest, AReadingWellBelowTheLimitClearsIt) {
  alarm();
  EXPECT_THAT(tells(75), IsOk());
  EXPECT_THAT(boiler.emitted(), IsEmpty()) << "not cool enough yet";
  EXPECT_THAT(tells(60), IsOk());
  EXPECT_THAT(boiler.emitted(), ElementsAre(Event<Cleared>(Field(&Cleared::reason, "60 degrees"))));
  EXPECT_THAT(boiler.timers(), IsEmpty());
  EXPECT_FALSE(boiler.has_state());
}

TEST_F(WatchSensorTest, AQuietSensorClearsItByATimerThatEveryHotReadingMoves) {
  alarm();
  EXPECT_THAT(tells(81, 4min), IsOk());
  boiler.advance(4min);
  EXPECT_THAT(boiler.emitted(), IsEmpty());
  EXPECT_THAT(boiler.advance(1min), ElementsAre(IsOk()));
  EXPECT_THAT(boiler.emitted(), ElementsAre(Event<Cleared>(Field(&Cleared::reason, "quiet for 300 s"))));
}
}  // namespace
