#include "pipeline/company.hpp"

#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

using ::testing::ElementsAre;

const TopicPartition kP0{kTrips, 0};
const FakeStore::Options kPatient{.gather_ms = 4, .behind_ms = 25};

TEST(Company, WithNobodyOnTheWayItWaitsFromTheFirstOfIt) {
  Company company(4, 25);
  EXPECT_EQ(company.waits_until(1, false, 100), 104);
  EXPECT_EQ(company.waits_until(3, false, 102), 104) << "who comes later does not make the first wait longer";
  EXPECT_EQ(company.waits_until(3, false, 104), std::nullopt);
  company.left();
  EXPECT_EQ(company.waits_until(1, false, 200), 204);
}

TEST(Company, BehindOneOnItsWayItWaitsLongerButNotForEver) {
  Company company(4, 25);
  EXPECT_EQ(company.waits_until(1, true, 100), 125);
  EXPECT_EQ(company.waits_until(1, false, 110), std::nullopt) << "that one has ended, and it has waited long enough";
  EXPECT_EQ(company.waits_until(1, true, 125), std::nullopt);
}

TEST(Company, EnoughGoesAtOnceAndSoDoesAllWhereNobodyWantsCompany) {
  EXPECT_EQ(Company(4, 25).waits_until(Company::kEnough, true, 100), std::nullopt);
  EXPECT_EQ(Company(0, 0).waits_until(1, true, 100), std::nullopt);
}

TEST(Company, ABurstThatTricklesInBecomesOneTransaction) {
  Rig rig({.batch_max = 100, .concurrency = 4}, kPatient);
  rig.assign({kP0});
  for (std::uint64_t n = 1; n <= 3; ++n) {
    rig.produce(kP0, trip(n, "k" + std::to_string(n)));
    rig.poll();
    EXPECT_EQ(rig.courier.count("load"), 0U);
    if (n < 3) rig.advance(1);
  }
  EXPECT_EQ(rig.pipeline->next_wakeup_ms(), rig.clock.steady_ms() + 2);
  rig.advance(2);
  rig.deliver_all();
  EXPECT_EQ(rig.store.loads, 1);
  EXPECT_EQ(rig.store.commits, 1);
  EXPECT_THAT(rig.causes(), ElementsAre(id(1), id(2), id(3)));
}

TEST(Company, WhatIsHandledWhileASmallTransactionIsOnItsWayWaitsForItsEnd) {
  Rig rig({.batch_max = 100, .concurrency = 4}, kPatient);
  rig.assign({kP0});
  const auto handled = [&](std::uint64_t n) {
    rig.produce(kP0, trip(n, "k" + std::to_string(n)));
    rig.poll();
    rig.advance(4);
    const std::string batch = "batch " + std::to_string(n);
    EXPECT_TRUE(rig.deliver("load " + batch));
    EXPECT_TRUE(rig.deliver("answer of load " + batch));
    EXPECT_TRUE(rig.deliver("handle " + batch));
  };
  handled(1);
  ASSERT_EQ(rig.courier.count("commit"), 1U);
  handled(2);
  handled(3);
  EXPECT_EQ(rig.courier.count("commit"), 1U) << "a second committer is free, but two events are not worth it";
  ASSERT_TRUE(rig.deliver("commit batch 1"));
  ASSERT_TRUE(rig.deliver("answer of commit batch 1"));
  rig.deliver_all();
  EXPECT_EQ(rig.store.commits, 2);
  EXPECT_EQ(rig.database.outbox[1].transaction, rig.database.outbox[2].transaction);
}

TEST(Company, BehindATransactionThatLastsLongTheSecondCommitterIsUsedAfterAll) {
  Rig rig({.batch_max = 100, .concurrency = 4}, kPatient, true);
  rig.assign({kP0});
  rig.produce(kP0, trip(1, "a"));
  rig.poll();
  rig.advance(4);
  ASSERT_EQ(rig.courier.count("commit"), 1U);
  rig.produce(kP0, trip(2, "b"));
  rig.poll();
  rig.advance(24);
  EXPECT_EQ(rig.courier.count("commit"), 1U);
  rig.advance(1);
  EXPECT_EQ(rig.courier.count("commit"), 2U);
}

TEST(Company, EnoughForATransactionDoesNotWait) {
  Rig rig({.batch_max = 100, .concurrency = 4}, kPatient);
  for (std::uint64_t n = 1; n <= Company::kEnough; ++n) rig.produce(kP0, trip(n, "k" + std::to_string(n)));
  rig.assign({kP0});
  rig.poll();
  EXPECT_EQ(rig.courier.count("load"), 1U);
}

TEST(Company, NobodyIsWokenForCompanyThatCannotGoAnyway) {
  Rig rig({.batch_max = 100, .concurrency = 1}, kPatient);
  rig.assign({kP0});
  rig.produce(kP0, trip(1, "a"));
  rig.poll();
  rig.advance(4);
  ASSERT_EQ(rig.courier.count("load"), 1U) << "the only handler is busy from now on";
  rig.produce(kP0, trip(2, "b"));
  rig.poll();
  rig.advance(5);
  EXPECT_GT(rig.pipeline->next_wakeup_ms().value_or(INT64_MAX), rig.clock.steady_ms());
}

}  // namespace
}  // namespace gofuture::test
