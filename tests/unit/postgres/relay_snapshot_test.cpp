#include "postgres/relay_snapshot.hpp"

#include <gtest/gtest.h>

namespace gofuture {
namespace {

TEST(RelaySnapshotTest, SeesWhatHasEndedAndNothingElse) {
  const auto snapshot = RelaySnapshot::parse("748:752:748,751");
  ASSERT_TRUE(snapshot) << snapshot.error().message();
  EXPECT_TRUE(snapshot->sees(3));
  EXPECT_TRUE(snapshot->sees(747));
  EXPECT_FALSE(snapshot->sees(748)) << "it still runs";
  EXPECT_TRUE(snapshot->sees(749));
  EXPECT_TRUE(snapshot->sees(750));
  EXPECT_FALSE(snapshot->sees(751)) << "it still runs";
  EXPECT_FALSE(snapshot->sees(752)) << "it had not ended when the snapshot was taken";
  EXPECT_FALSE(snapshot->sees(753));
}

TEST(RelaySnapshotTest, NoOneRunsIsNoList) {
  const auto snapshot = RelaySnapshot::parse("752:752:");
  ASSERT_TRUE(snapshot) << snapshot.error().message();
  EXPECT_TRUE(snapshot->sees(751));
  EXPECT_FALSE(snapshot->sees(752));
}

TEST(RelaySnapshotTest, SeesNothingBeforeTheFirstOneWasTaken) {
  EXPECT_FALSE(RelaySnapshot().sees(3));
  EXPECT_FALSE(RelaySnapshot().sees(4'294'967'290U));
}

// The stream says 32 bits of a transaction's number, a snapshot all 64.
TEST(RelaySnapshotTest, KnowsTransactionsOnBothSidesOfTheWrap) {
  const auto behind = RelaySnapshot::parse("4294967290:4294967300:4294967290,4294967298");  // 2^32 = 4294967296
  ASSERT_TRUE(behind) << behind.error().message();
  EXPECT_FALSE(behind->sees(4'294'967'290U));
  EXPECT_TRUE(behind->sees(4'294'967'291U)) << "before the wrap";
  EXPECT_TRUE(behind->sees(1)) << "4294967297";
  EXPECT_FALSE(behind->sees(2)) << "4294967298 still runs";
  EXPECT_FALSE(behind->sees(4)) << "4294967300 had not ended";
}

TEST(RelaySnapshotTest, RefusesWhatIsNoSnapshot) {
  for (const char* text : {"", "752", "752:", "a:b:", "1:2:3;4", "1:2:3,x", "1;2:"}) EXPECT_FALSE(RelaySnapshot::parse(text)) << text;
}

}  // namespace
}  // namespace gofuture
