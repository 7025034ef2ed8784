// Store contract: two replicas at once. Over a real database these are real races; over the fake, its two orders.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

TEST_P(StoreContract, TheSameEventInTwoReplicasAtOnceHasOneEffect) {
  for (std::uint64_t n = 1; n <= 20; ++n) {
    auto one = replica(), other = replica();
    const std::string key = "k" + std::to_string(n);
    auto first = one->handle(one->batch(trip(n, key).at(kTrips, 0, 0)));
    auto second = other->handle(other->batch(trip(n, key).at(kTrips, 0, 0)));
    one->start_commit(std::move(first));
    other->start_commit(std::move(second));
    const auto a = one->settle_answer(one->finish_commit()), b = other->settle_answer(other->finish_commit());
    EXPECT_EQ(a.status, CommitStatus::kCommitted) << a.message;
    EXPECT_EQ(b.status, CommitStatus::kCommitted) << b.message;
    EXPECT_NE(a.event(n).outcome == Outcome::kOk, b.event(n).outcome == Outcome::kOk) << "exactly one of them did it";
    EXPECT_EQ(counted(key), 1);
  }
  EXPECT_EQ(outbox_causes().size(), 20U);
  EXPECT_THAT(fixture->dead_letters("counter"), IsEmpty());
}

TEST_P(StoreContract, TwoEventsOfOneKeyInTwoReplicasAtOnceBothCount) {
  for (std::uint64_t n = 1; n <= 20; ++n) {
    auto one = replica(), other = replica();
    const std::string key = "k" + std::to_string(n);
    auto first = one->handle(one->batch(trip(2 * n, key).at(kTrips, 0, 0)));
    auto second = other->handle(other->batch(trip(2 * n + 1, key).at(kTrips, 1, 0)));
    one->start_commit(std::move(first));
    other->start_commit(std::move(second));
    auto told = one->finish_commit();
    auto told_other = other->finish_commit();
    one->settle_answer(std::move(told));
    other->settle_answer(std::move(told_other));
    EXPECT_EQ(counted(key), 2);
  }
  std::vector<std::int64_t> expected;
  for (int n = 0; n < 20; ++n) expected.insert(expected.end(), {1, 2});
  EXPECT_EQ(outbox_counts(), expected) << "the outbox order is the order in which the state was seen";
}

TEST_P(StoreContract, BatchesThatCrossEachOtherBothEnd) {
  for (std::uint64_t n = 0; n < 20; ++n) {
    auto one = replica(), other = replica();
    const auto id = [n](std::uint64_t i) { return 100 * n + i; };
    auto first = one->handle(one->batch(trip(id(1), "a").at(kTrips, 0, 0), trip(id(2), "b").at(kTrips, 0, 1), trip(id(3), "c").at(kTrips, 0, 2)));
    auto second = other->handle(other->batch(trip(id(6), "c").at(kTrips, 1, 0), trip(id(2), "b").at(kTrips, 0, 1), trip(id(4), "a").at(kTrips, 1, 1)));
    one->start_commit(std::move(first));
    other->start_commit(std::move(second));
    auto told = one->finish_commit();
    auto told_other = other->finish_commit();
    EXPECT_EQ(one->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
    EXPECT_EQ(other->settle_answer(std::move(told_other)).status, CommitStatus::kCommitted);
  }
  EXPECT_EQ(counted("a"), 40);
  EXPECT_EQ(counted("b"), 20);
  EXPECT_EQ(counted("c"), 40);
  EXPECT_EQ(outbox_causes().size(), 100U);
}

TEST_P(StoreContract, TwoCommitsOfOneStoreMayBeOnTheirWayAtOnce) {
  auto here = replica();
  auto first = here->handle(here->batch(trip(1, "a").at(kTrips, 0, 0)));
  auto second = here->handle(here->batch(trip(2, "b").at(kTrips, 0, 1)));
  here->start_commit(std::move(first));
  here->start_commit(std::move(second));
  EXPECT_EQ(here->settle_answer(here->finish_commit()).status, CommitStatus::kCommitted);
  EXPECT_EQ(here->settle_answer(here->finish_commit()).status, CommitStatus::kCommitted);
  EXPECT_EQ(counted("a"), 1);
  EXPECT_EQ(counted("b"), 1);
}

}  // namespace gofuture::test
