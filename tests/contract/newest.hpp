// Store contract: `fence = { newest = … }`. A field that only grows replaces the inbox: strictly greater applies.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

class NewestOptions {
 public:
  static ReplicaOptions of(std::int64_t epoch = 1) {
    ReplicaOptions options;
    options.plan.fence = Fence{"/observed_at", false};
    options.epoch = epoch;
    return options;
  }
};

TEST_P(StoreContract, ASightingWritesItsTimeAndNoInboxRow) {
  auto here = replica(NewestOptions::of());
  const auto settled = here->settle(here->batch(sighting(1, "d", 5'000).at(kTrips, 0, 0)));
  ASSERT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_EQ(fixture->key("counter", "d")->newest_us, 5'000'000);
  EXPECT_EQ(counted("d"), 1);
  EXPECT_EQ(fixture->inbox_rows("counter"), 0U);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
  const auto loaded = here->load(here->batch(sighting(2, "d", 6'000).at(kTrips, 0, 1)));
  EXPECT_EQ(loaded->slots[0].row.newest_us, 5'000'000);
}

TEST_P(StoreContract, OnlyWhatIsNewerApplies) {
  auto here = replica(NewestOptions::of());
  here->function.knows_newest = false;  // the store alone must see it
  here->settle(here->batch(sighting(1, "d", 5'000).at(kTrips, 0, 0)));
  for (const std::int64_t not_newer : {5'000, 4'999}) {
    const auto settled = here->settle(here->batch(sighting(2, "d", not_newer).at(kTrips, 0, 1)));
    EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
    EXPECT_EQ(settled.event(2).outcome, Outcome::kSkip) << not_newer;
  }
  EXPECT_EQ(counted("d"), 1);
  EXPECT_EQ(here->settle(here->batch(sighting(3, "d", 5'001).at(kTrips, 0, 2))).event(3).outcome, Outcome::kOk);
  EXPECT_EQ(counted("d"), 2);
  EXPECT_EQ(fixture->key("counter", "d")->newest_us, 5'001'000);
  EXPECT_THAT(fixture->dead_letters("counter"), IsEmpty());
}

TEST_P(StoreContract, InOneBatchAnOlderSightingBehindANewerIsOutdated) {
  auto here = replica(NewestOptions::of());
  here->function.knows_newest = false;
  const auto settled = here->settle(here->batch(sighting(1, "d", 5'000).at(kTrips, 0, 0), sighting(2, "d", 4'000).at(kTrips, 0, 1),
                                                sighting(3, "d", 6'000).at(kTrips, 0, 2)));
  EXPECT_EQ(settled.event(2).verdict, Verdict::kOutdated);
  EXPECT_EQ(settled.event(2).outcome, Outcome::kSkip);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(3)));
  EXPECT_EQ(counted("d"), 2);
}

TEST_P(StoreContract, TheSameSightingAgainHasNoSecondEffect) {
  auto here = replica(NewestOptions::of());
  for (int round = 0; round < 3; ++round) here->settle(here->batch(sighting(1, "d", 5'000).at(kTrips, 0, 0)));
  EXPECT_EQ(counted("d"), 1);
  EXPECT_EQ(outbox_causes().size(), 1U);
}

TEST_P(StoreContract, ASightingFarAheadOfTheDatabaseIsNotBelieved) {
  auto here = replica(NewestOptions::of());
  const std::int64_t now_ms = fixture->now_us() / 1000;
  const auto ahead = here->settle(here->batch(sighting(1, "d", now_ms + 3'600'000).at(kTrips, 0, 0)));
  EXPECT_EQ(ahead.status, CommitStatus::kCommitted) << ahead.message;
  EXPECT_EQ(ahead.event(1).verdict, Verdict::kAhead);
  EXPECT_EQ(ahead.event(1).outcome, Outcome::kReject);
  EXPECT_EQ(counted("d"), 0);
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].failure, "corrupted");

  const auto a_little = here->settle(here->batch(sighting(2, "d", now_ms + 20'000).at(kTrips, 0, 1)));
  EXPECT_EQ(a_little.event(2).outcome, Outcome::kOk) << "clocks differ a little";
}

TEST_P(StoreContract, ASightingFarAheadDoesNotOutdateThoseBehindItInItsBatch) {
  const std::int64_t now_ms = fixture->now_us() / 1000;
  for (const bool handler_looks : {true, false}) {
    auto here = replica(NewestOptions::of());
    here->function.knows_newest = handler_looks;
    const std::string key = handler_looks ? "d" : "e";
    const auto settled = here->settle(here->batch(sighting(1, key, now_ms + 3'600'000).at(kTrips, 0, handler_looks ? 0 : 10),
                                                  sighting(2, key, now_ms).at(kTrips, 0, handler_looks ? 1 : 11)));
    EXPECT_EQ(settled.event(1).outcome, Outcome::kReject);
    EXPECT_EQ(settled.event(2).outcome, Outcome::kOk);
    EXPECT_EQ(counted(key), 1);
    EXPECT_EQ(fixture->key("counter", key)->newest_us, now_ms * 1000);
  }
}

TEST_P(StoreContract, ARejectedSightingThatComesAgainMakesNoSecondLetter) {
  auto here = replica(NewestOptions::of());
  for (int round = 0; round < 2; ++round)
    here->settle(here->batch(sighting(1, "d", 5'000).header("test-script", "reject").at(kTrips, 0, 0)));
  EXPECT_EQ(fixture->dead_letters("counter").size(), 1U);
  EXPECT_EQ(fixture->inbox_rows("counter"), 0U);
}

TEST_P(StoreContract, OfTwoReplicasTheNewerSightingWins) {
  for (int round = 0; round < 10; ++round) {
    auto one = replica(NewestOptions::of()), other = replica(NewestOptions::of());
    const std::string key = "d" + std::to_string(round);
    auto older = one->handle(one->batch(sighting(1, key, 5'000).at(kTrips, 0, 0)));
    auto newer = other->handle(other->batch(sighting(2, key, 6'000).at(kTrips, 0, 1)));
    other->start_commit(std::move(newer));
    one->start_commit(std::move(older));
    auto told_other = other->finish_commit();
    auto told = one->finish_commit();
    EXPECT_EQ(one->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
    EXPECT_EQ(other->settle_answer(std::move(told_other)).status, CommitStatus::kCommitted);
    EXPECT_EQ(fixture->key("counter", key)->newest_us, 6'000'000);
  }
}

}  // namespace gofuture::test
