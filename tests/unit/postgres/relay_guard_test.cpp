#include "postgres/relay_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gofuture {
namespace {

using testing::HasSubstr;

SlotHealth health(const std::string& wal_status) {
  SlotHealth one;
  one.there = true;
  one.ours = true;
  one.wal_status = wal_status;
  one.confirmed = 1 << 20;
  one.wal_now = 301 << 20;
  one.safe_wal_size = std::int64_t{100} << 20;
  return one;
}

TEST(WalGuard, IsSilentWhileAllIsWell) {
  WalGuard guard("s");
  EXPECT_FALSE(guard.look(health("reserved")));
  EXPECT_FALSE(guard.look(health("reserved")));
}

TEST(WalGuard, WarnsOncePerStepOfDangerAndSaysWhatToDo) {
  WalGuard guard("gofuture_outbox");
  const auto extended = guard.look(health("extended"));
  ASSERT_TRUE(extended);
  EXPECT_EQ(extended->level, Probe::Level::kWarn);
  EXPECT_THAT(extended->sentence, HasSubstr("gofuture_outbox is 300 MiB behind"));
  EXPECT_THAT(extended->sentence, HasSubstr("after 100 MiB more"));
  EXPECT_THAT(extended->sentence, HasSubstr("is Kafka up"));
  EXPECT_FALSE(guard.look(health("extended")));

  const auto unreserved = guard.look(health("unreserved"));
  ASSERT_TRUE(unreserved);
  EXPECT_EQ(unreserved->level, Probe::Level::kError);
  EXPECT_THAT(unreserved->sentence, HasSubstr("raise max_slot_wal_keep_size now"));

  const auto lost = guard.look(health("lost"));
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->level, Probe::Level::kError);

  const auto well = guard.look(health("reserved"));
  ASSERT_TRUE(well);
  EXPECT_EQ(well->level, Probe::Level::kInfo);
}

TEST(WalGuard, SaysThatTheDiskFillsWhereTheServerSetsNoLimit) {
  WalGuard guard("s");
  SlotHealth unlimited = health("extended");
  unlimited.safe_wal_size.reset();
  const auto warning = guard.look(unlimited);
  ASSERT_TRUE(warning);
  EXPECT_THAT(warning->sentence, HasSubstr("fill the disk"));
}

TEST(WalGuard, NoticesThatTheSlotIsGone) {
  WalGuard guard("s");
  EXPECT_TRUE(guard.look(SlotHealth{}));
}

}  // namespace
}  // namespace gofuture
