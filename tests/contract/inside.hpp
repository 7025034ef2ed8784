// Store contract: functions with `sql = true`, whose handlers the store runs inside its transaction.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

inline ReplicaOptions inside_options(std::int64_t epoch = 1) {
  ReplicaOptions options;
  options.plan.sql = true;
  options.inside = true;
  options.epoch = epoch;
  return options;
}

TEST_P(StoreContract, InsideTheTransactionTheHandlerSeesTheStateAndAllIsWritten) {
  auto here = replica(inside_options());
  ASSERT_TRUE(here->store->traits().inside);
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  const auto settled = here->settle(here->batch(trip(2, "k").at(kTrips, 0, 1), trip(3, "j").at(kTrips, 0, 2)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_EQ(counted("k"), 2);
  EXPECT_EQ(counted("j"), 1);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(2), text_of(3)));
  EXPECT_EQ(fixture->inbox_rows("counter"), 3U);
}

TEST_P(StoreContract, InsideARepeatIsKeptFromTheHandler) {
  auto here = replica(inside_options());
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1), trip(2, "k").at(kTrips, 0, 2)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_EQ(settled.event(1).outcome, Outcome::kSkip);
  EXPECT_EQ(here->function.deliveries[text_of(1)], 1U);
  EXPECT_EQ(counted("k"), 2);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(2)));
}

TEST_P(StoreContract, InsideOtherContentIsADeadLetterAndNeverHandled) {
  auto here = replica(inside_options());
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  const auto settled = here->settle(here->batch(trip(1, "k").data(R"({"key":"k","n":9})").at(kTrips, 0, 1)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_EQ(here->function.deliveries[text_of(1)], 1U);
  ASSERT_EQ(fixture->dead_letters("counter").size(), 1U);
  EXPECT_EQ(fixture->dead_letters("counter")[0].failure, "idempotency");
}

TEST_P(StoreContract, InsideARetryUndoesTheWholeTransaction) {
  auto here = replica(inside_options());
  auto told = here->commit(here->batch(trip(1, "j").at(kTrips, 0, 0), trip(2, "k").header("test-script", "retry=1").at(kTrips, 0, 1),
                                       trip(3, "k").at(kTrips, 0, 2)));
  ASSERT_EQ(told.status, CommitStatus::kRerun) << told.message;
  EXPECT_EQ(told.batch->events[1]->outcome, Outcome::kRetry);
  EXPECT_EQ(told.batch->events[2]->outcome, Outcome::kHeld);
  expect_nothing_written();
  EXPECT_EQ(counted("j"), 0);
}

TEST_P(StoreContract, InsideARejectUndoesTheTransactionAndThenStands) {
  auto here = replica(inside_options());
  auto told = here->commit(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(2, "k").header("test-script", "reject").at(kTrips, 0, 1)));
  ASSERT_EQ(told.status, CommitStatus::kRerun) << told.message;
  EXPECT_EQ(told.batch->events[1]->outcome, Outcome::kReject);
  expect_nothing_written();
  const auto settled = here->settle_answer(std::move(told));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
  EXPECT_EQ(fixture->dead_letters("counter").size(), 1U);
  EXPECT_EQ(here->function.deliveries[text_of(2)], 1U) << "a decided event is not handled again";
}

TEST_P(StoreContract, InsideANewerDeploymentFencesBeforeTheHandlerRuns) {
  auto newer = replica(inside_options(2)), older = replica(inside_options(1));
  newer->settle(newer->batch(trip(1, "k").at(kTrips, 0, 0)));
  EXPECT_EQ(older->settle(older->batch(trip(2, "k").at(kTrips, 0, 1))).status, CommitStatus::kFenced);
  EXPECT_EQ(older->inside.runs, 0);
}

TEST_P(StoreContract, InsideTwoReplicasAtOnceBothCount) {
  for (std::uint64_t n = 1; n <= 10; ++n) {
    auto one = replica(inside_options()), other = replica(inside_options());
    one->start_commit(one->batch(trip(2 * n, "k").at(kTrips, 0, 0)));
    other->start_commit(other->batch(trip(2 * n + 1, "k").at(kTrips, 1, 0)));
    auto told = one->finish_commit();
    auto told_other = other->finish_commit();
    EXPECT_EQ(one->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
    EXPECT_EQ(other->settle_answer(std::move(told_other)).status, CommitStatus::kCommitted);
  }
  EXPECT_EQ(counted("k"), 20);
  std::vector<std::int64_t> expected;
  for (int n = 1; n <= 20; ++n) expected.push_back(n);
  EXPECT_EQ(outbox_counts(), expected);
}

}  // namespace gofuture::test
