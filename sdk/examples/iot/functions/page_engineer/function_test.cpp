#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Page = iot::PageRequested;

class PageEngineerTest : public ::testing::Test {
 protected:
  PageEngineerTest() { sensor.config(Settings{.engineers = {"ada", "grace"}, .next_after_s = 300}); }
  Outcome raised() { return sensor.on(iot::AlarmRaised{"boiler-7", 81.4, 3}); }
  auto pages(const std::string& who) {
    return ElementsAre(Event<Page>(Field(&Page::engineer, who), Field(&Page::text, "boiler-7 has 81 degrees")));
  }
  Harness<PageEngineer> sensor{"boiler-7"};
};

TEST_F(PageEngineerTest, AnAlarmWakesOneEngineer) {
  EXPECT_THAT(raised(), IsOk());
  EXPECT_THAT(raised(), IsSkip()) << "told again";
  EXPECT_THAT(sensor.emitted(), pages("ada"));
}

TEST_F(PageEngineerTest, WhileItLastsTheNextOneIsWokenUntilThereIsNoneLeft) {
  EXPECT_THAT(raised(), IsOk());
  sensor.take_emitted();
  sensor.advance(5min);
  EXPECT_THAT(sensor.take_emitted(), pages("grace"));
  EXPECT_THAT(sensor.timers(), IsEmpty());
}

TEST_F(PageEngineerTest, WhenItIsClearedNobodyElseIsWoken) {
  EXPECT_THAT(raised(), IsOk());
  EXPECT_THAT(sensor.on(iot::AlarmCleared{"boiler-7", "60 degrees"}), IsOk());
  EXPECT_THAT(sensor.timers(), IsEmpty());
  EXPECT_FALSE(sensor.has_state());
  EXPECT_THAT(sensor.on(iot::AlarmCleared{"boiler-7", "60 degrees"}), IsSkip());
}
}  // namespace
