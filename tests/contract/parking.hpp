// Store contract: events that wait with the store, their keys' followers behind them, and how they come back.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

inline RecordBuilder failing(std::uint64_t number, const std::string& key, int times = 100) {
  return trip(number, key).header("test-script", "retry=" + std::to_string(times));
}

TEST_P(StoreContract, ARetryIsParkedWholeWithItsFollowersAndItsNeighboursCommit) {
  auto here = replica();
  const auto record = failing(2, "k").header("nothing", std::nullopt).header("bytes", std::string("\x00\xff'\"\\", 5)).timestamp(1'700'000'000'123);
  const std::int64_t before_us = fixture->now_us();
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), record.at(kTrips, 3, 41), trip(3, "k").at(kTrips, 0, 2),
                                                trip(4, "other").at(kTrips, 0, 3)));
  ASSERT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_THAT(outbox_causes(), testing::UnorderedElementsAre(text_of(1), text_of(4)));
  EXPECT_EQ(counted("k"), 1);
  EXPECT_EQ(parked_of_key("k"), 2);
  EXPECT_EQ(parked_of_key("other"), 0);
  const auto rows = fixture->parked("counter");
  ASSERT_EQ(rows.size(), 2U);
  const ParkedRow& row = rows[0];
  EXPECT_EQ(row.state_key, "k");
  EXPECT_EQ(row.event_id, test_id(2));
  EXPECT_EQ(row.digest, settled.event(2).digest);
  EXPECT_EQ(row.attempts, 1U);
  EXPECT_EQ(row.failure, "transient");
  EXPECT_EQ(row.message, "the test wants this delivery to be tried again");
  EXPECT_EQ(row.type, "TripTaken");
  EXPECT_EQ(row.topic, "trips.in");
  EXPECT_EQ(row.partition, 3);
  EXPECT_EQ(row.offset, 41);
  EXPECT_EQ(row.timestamp_ms, 1'700'000'000'123);
  EXPECT_EQ(row.key, record.content().key);
  EXPECT_EQ(row.value, record.content().value);
  EXPECT_EQ(row.headers, record.content().headers) << "in order, null and empty told apart, bytes untouched";
  ASSERT_TRUE(row.due_us);
  EXPECT_GE(*row.due_us, before_us + 60'000'000) << "by the database's clock";
  EXPECT_EQ(rows[1].event_id, test_id(3));
  EXPECT_EQ(rows[1].attempts, 0U) << "a follower has not been tried";
  EXPECT_FALSE(rows[1].due_us) << "and waits for the one before it";
  for (const std::uint64_t n : {2, 3}) EXPECT_EQ(fixture->inbox("counter", test_id(n))->outcome, InboxOutcome::kParked);
  EXPECT_EQ(fixture->inbox("counter", test_id(4))->outcome, InboxOutcome::kOk);
}

TEST_P(StoreContract, TheRowThatParkingMakesIsWhatTheSlotThenSays) {
  auto here = replica();
  const auto told = here->commit(here->handle(here->batch(failing(1, "k").at(kTrips, 0, 0))));
  ASSERT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  const auto stored = fixture->key("counter", "k");
  ASSERT_TRUE(stored);
  const KeyRow& row = told.batch->slots[0].row;
  EXPECT_EQ(row.version, stored->version) << "else the first retry, with this row from the cache, is handled twice";
  EXPECT_EQ(row.epoch, stored->epoch);
  EXPECT_EQ(row.parked, 1);
}

TEST_P(StoreContract, WhatComesBehindAParkedEventIsParkedAndItsEffectsGo) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  auto late = here->handle(here->batch(trip(3, "k").at(kTrips, 0, 2), trip(4, "free").at(kTrips, 0, 3)));  // handled before the key is parked
  here->settle(here->batch(failing(2, "k").at(kTrips, 0, 1)));
  const auto told = here->settle_answer(here->commit(std::move(late)));
  EXPECT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(2), text_of(3)));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(4)));
  EXPECT_EQ(counted("k"), 1);
  EXPECT_EQ(counted("free"), 1);
  EXPECT_EQ(parked_of_key("k"), 2);
  EXPECT_EQ(fixture->inbox("counter", test_id(3))->outcome, InboxOutcome::kParked);
}

TEST_P(StoreContract, ADueEventEndsTogetherWithItsEffectsAndWhatFollowsIsDueThen) {
  auto here = replica();
  here->settle(here->batch(failing(1, "k", 1).at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)));
  EXPECT_EQ(here->claim(), nullptr) << "not before its time";
  ASSERT_TRUE(here->last_claim.next_ms);
  EXPECT_GT(*here->last_claim.next_ms, 10'000);
  EXPECT_EQ(here->last_claim.parked_events, 2);
  EXPECT_GT(here->last_claim.parked_bytes, 0);

  fixture->make_due("counter", "k");
  auto batch = here->claim();
  ASSERT_NE(batch, nullptr);
  ASSERT_EQ(batch->events.size(), 2U) << "with what follows it, in order";
  EXPECT_EQ(batch->events[0]->event_id, test_id(1));
  EXPECT_EQ(batch->events[0]->attempt, 2U);
  EXPECT_EQ(batch->events[1]->attempt, 1U);
  batch->events.pop_back();  // only the first is ended now
  const auto told = here->settle(std::move(batch));
  ASSERT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
  EXPECT_EQ(fixture->inbox("counter", test_id(1))->outcome, InboxOutcome::kOk);
  EXPECT_EQ(fixture->inbox("counter", test_id(1))->attempts, 2);
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(2)));
  EXPECT_EQ(parked_of_key("k"), 1);

  auto next = here->claim();
  ASSERT_NE(next, nullptr) << "what is oldest now is due at once";
  here->settle(std::move(next));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(2)));
  EXPECT_THAT(outbox_counts(), ElementsAre(1, 2));
  EXPECT_THAT(parked_ids(), IsEmpty());
  EXPECT_EQ(parked_of_key("k"), 0);
}

TEST_P(StoreContract, ADueEventThatFailsAgainIsCountedAndWaitsAgain) {
  auto here = replica();
  here->settle(here->batch(failing(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)));
  for (std::uint32_t attempt = 2; attempt <= 4; ++attempt) {
    fixture->make_due("counter", "k");
    auto batch = here->claim();
    ASSERT_NE(batch, nullptr);
    EXPECT_EQ(batch->events[0]->attempt, attempt);
    const auto told = here->settle(std::move(batch));
    ASSERT_EQ(told.status, CommitStatus::kCommitted) << told.message;
    const auto rows = fixture->parked("counter");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].attempts, attempt);
    EXPECT_GT(rows[0].due_us.value_or(0), fixture->now_us());
    EXPECT_EQ(rows[1].attempts, 0U);
  }
  EXPECT_EQ(parked_of_key("k"), 2);
  EXPECT_EQ(fixture->inbox("counter", test_id(1))->outcome, InboxOutcome::kParked);
}

TEST_P(StoreContract, LaterIsParkedWithoutCountingAnAttempt) {
  auto here = replica();
  here->function.dependency_down = true;
  here->settle(here->batch(trip(1, "k").header("test-script", "later").at(kTrips, 0, 0)));
  ASSERT_EQ(fixture->parked("counter").size(), 1U);
  EXPECT_EQ(fixture->parked("counter")[0].attempts, 0U);
  EXPECT_EQ(fixture->parked("counter")[0].failure, "dependency");
  fixture->make_due("counter", "k");
  here->settle(here->claim());
  EXPECT_EQ(fixture->parked("counter")[0].attempts, 0U);
  here->function.dependency_down = false;
  fixture->make_due("counter", "k");
  here->settle(here->claim());
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
  EXPECT_EQ(fixture->inbox("counter", test_id(1))->attempts, 1);
}

TEST_P(StoreContract, ADueEventIsGivenToOneReplicaAndAfterItsLeaseToAnother) {
  auto one = replica(), two = replica();
  one->settle(one->batch(failing(1, "k", 1).at(kTrips, 0, 0)));
  fixture->make_due("counter", "k");
  auto first = one->claim();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(two->claim(), nullptr);
  fixture->make_due("counter", "k");  // as if the lease were over
  auto second = two->claim();
  ASSERT_NE(second, nullptr);
  const auto ended = two->settle(std::move(second));
  EXPECT_EQ(ended.status, CommitStatus::kCommitted) << ended.message;
  const auto late = one->settle(std::move(first));
  EXPECT_EQ(late.event(1).verdict, Verdict::kTaken) << "whoever comes second writes nothing";
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
  EXPECT_EQ(counted("k"), 1);
  EXPECT_EQ(parked_of_key("k"), 0);
}

TEST_P(StoreContract, AnAttemptIsCountedByOneReplicaOnly) {
  auto one = replica(), two = replica();
  one->settle(one->batch(failing(1, "k").at(kTrips, 0, 0)));
  fixture->make_due("counter", "k");
  auto first = one->claim();
  fixture->make_due("counter", "k");
  auto second = two->claim();
  ASSERT_TRUE(first && second);
  two->settle(std::move(second));
  EXPECT_EQ(one->settle(std::move(first)).event(1).verdict, Verdict::kTaken);
  EXPECT_EQ(fixture->parked("counter")[0].attempts, 2U);
}

TEST_P(StoreContract, AFollowerDoesNotPassAnOlderEventThatStillWaits) {
  auto here = replica();
  here->settle(here->batch(failing(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)));
  fixture->make_due("counter", "k");
  auto batch = here->claim();
  ASSERT_EQ(batch->events.size(), 2U);
  batch->events.erase(batch->events.begin());
  const auto told = here->settle(std::move(batch));
  EXPECT_EQ(told.event(2).verdict, Verdict::kTaken);
  EXPECT_THAT(outbox_causes(), IsEmpty());
  EXPECT_EQ(parked_of_key("k"), 2);
}

TEST_P(StoreContract, ADeadDueEventLeavesItsLetterAndItsFollowersGoOn) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").header("test-script", "retry=1,reject").at(kTrips, 2, 7), trip(2, "k").at(kTrips, 2, 8)));
  fixture->make_due("counter", "k");
  here->settle(here->claim());
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].attempts, 2);
  EXPECT_EQ(dead[0].partition, 2);
  EXPECT_EQ(dead[0].offset, 7);
  EXPECT_FALSE(dead[0].headers.empty());
  EXPECT_EQ(fixture->inbox("counter", test_id(1))->outcome, InboxOutcome::kDead);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(2)));
  EXPECT_EQ(parked_of_key("k"), 0);
}

TEST_P(StoreContract, HoldKeepsTheKeyBehindItsDeadLetter) {
  auto here = replica({.plan = {.retry = Retry{.on_dead = OnDead::kHold}}});
  here->settle(here->batch(trip(1, "k").header("test-script", "reject").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)));
  here->settle(here->batch(trip(3, "k").at(kTrips, 0, 2), trip(4, "other").at(kTrips, 0, 3)));
  EXPECT_EQ(fixture->dead_letters("counter").size(), 1U);
  EXPECT_EQ(fixture->inbox("counter", test_id(1))->outcome, InboxOutcome::kDead);
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(1), text_of(2), text_of(3)));
  EXPECT_TRUE(fixture->parked("counter")[0].held);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(4)));
  EXPECT_EQ(here->claim(), nullptr);
  EXPECT_FALSE(here->last_claim.next_ms) << "it waits for people";
}

TEST_P(StoreContract, AReleasedKeyGoesOnInOrder) {
  auto here = replica({.plan = {.retry = Retry{.on_dead = OnDead::kHold}}});
  here->settle(here->batch(trip(1, "k").header("test-script", "reject").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1),
                           trip(3, "k").header("test-script", "reject").at(kTrips, 0, 2), trip(4, "k").at(kTrips, 0, 3),
                           trip(5, "other").header("test-script", "reject").at(kTrips, 0, 4)));
  EXPECT_EQ(parked_of_key("k"), 4);
  EXPECT_EQ(fixture->release_key("counter", "k"), 1);
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(2), text_of(3), text_of(4), text_of(5))) << "the held one goes, of this key alone";
  EXPECT_EQ(parked_of_key("k"), 3);
  EXPECT_TRUE(fixture->parked("counter")[0].due_us) << "what stands behind it is due";
  EXPECT_FALSE(fixture->parked("counter")[1].due_us);
  here->settle(here->claim());
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(2))) << "up to the next one that is dead";
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(3), text_of(4), text_of(5)));
  EXPECT_EQ(here->claim(), nullptr);
  EXPECT_EQ(fixture->release_key("counter", "k"), 1);
  here->settle(here->claim());
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(2), text_of(4)));
  EXPECT_EQ(parked_of_key("k"), 0);
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(5)));
  EXPECT_EQ(fixture->dead_letters("counter").size(), 3U) << "their letters stay";
  here->settle(here->batch(trip(6, "k").at(kTrips, 0, 5)));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(2), text_of(4), text_of(6)));
}

TEST_P(StoreContract, ReleasingAKeyThatIsNotHeldChangesNothing) {
  auto here = replica();
  here->settle(here->batch(failing(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1), trip(3, "free").at(kTrips, 0, 2)));
  const auto before = fixture->parked("counter");
  for (const std::string key : {"k", "free", "unknown"}) EXPECT_EQ(fixture->release_key("counter", key), 0);
  EXPECT_EQ(fixture->release_key("nobody", "k"), 0);
  const auto after = fixture->parked("counter");
  ASSERT_EQ(after.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(after[i].due_us, before[i].due_us) << "a retry keeps its time";
  EXPECT_EQ(parked_of_key("k"), 2);
  EXPECT_EQ(here->claim(), nullptr);
  EXPECT_EQ(counted("free"), 1);
}

TEST_P(StoreContract, AStatelessKeyHasARowOnlyWhileItIsParked) {
  auto here = replica({.plan = {.stateful = false}});
  here->settle(here->batch(failing(1, "k", 1).at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1), trip(3, "other").at(kTrips, 0, 2)));
  EXPECT_EQ(parked_of_key("k"), 2);
  EXPECT_FALSE(fixture->key("counter", "other"));
  auto behind = here->handle(here->batch(trip(4, "k").at(kTrips, 0, 3)));
  EXPECT_EQ(here->commit(std::move(behind)).status, CommitStatus::kCommitted);
  EXPECT_EQ(parked_of_key("k"), 3);
  fixture->make_due("counter", "k");
  here->settle(here->claim());
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(3), text_of(1), text_of(2), text_of(4)));
  EXPECT_FALSE(fixture->key("counter", "k"));
}

TEST_P(StoreContract, OfAKeyFencedByItsNewestTheYoungestFailedEventIsParked) {
  auto here = replica({.plan = {.fence = Fence{"/observed_at", false}}});
  const std::int64_t now_ms = fixture->now_us() / 1000;
  const auto seen = [&](std::uint64_t n, std::int64_t ago_ms, int times) {
    return sighting(n, "d", now_ms - ago_ms).header("test-script", "retry=" + std::to_string(times)).at(kTrips, 0, static_cast<std::int64_t>(n));
  };
  here->settle(here->batch(seen(1, 9'000, 100)));
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(1)));
  here->settle(here->batch(seen(2, 8'000, 1), seen(3, 8'500, 100)));
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(2)));
  here->settle(here->batch(seen(4, 8'900, 100)));
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(2))) << "an older one takes no place";
  EXPECT_EQ(parked_of_key("d"), 1);
  here->settle(here->batch(seen(5, 7'000, 0)));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(5))) << "a younger one waits for nobody";
  fixture->make_due("counter", "d");
  here->settle(here->claim());
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(5)));
  EXPECT_EQ(parked_of_key("d"), 0);
  EXPECT_EQ(fixture->inbox_rows("counter"), 0U);
  here->settle(here->batch(sighting(6, "d", now_ms + 3'600'000).header("test-script", "retry=9").at(kTrips, 0, 9)));
  EXPECT_THAT(parked_ids(), IsEmpty()) << "what is not believed is not parked";
  EXPECT_EQ(fixture->dead_letters("counter").size(), 1U);
}

TEST_P(StoreContract, AnEventHeldBehindParkedOnesThatHaveEndedIsHandledAfterAll) {
  auto here = replica();
  here->settle(here->batch(failing(1, "k", 1).at(kTrips, 0, 0)));
  auto held = here->load(here->batch(trip(2, "k").at(kTrips, 0, 1)));
  ASSERT_GT(held->slots[0].row.parked, 0);
  held->reset_effects();
  held->events[0]->outcome = Outcome::kHeld;  // what a pipeline does about it
  held->events[0]->decided = true;
  fixture->make_due("counter", "k");
  here->settle(here->claim());
  const auto told = here->commit(std::move(held));
  EXPECT_EQ(told.status, CommitStatus::kRerun) << told.message;
  EXPECT_EQ(told.batch->events[0]->verdict, Verdict::kNew);
  EXPECT_FALSE(fixture->inbox("counter", test_id(2)));
}

TEST_P(StoreContract, AParkedEventThatComesAgainIsARepeat) {
  auto here = replica();
  here->settle(here->batch(failing(1, "k").at(kTrips, 0, 0)));
  const auto again = here->settle(here->batch(failing(1, "k").at(kTrips, 0, 0)));
  EXPECT_EQ(again.event(1).verdict, Verdict::kRepeat);
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(1)));
  EXPECT_EQ(parked_of_key("k"), 1);
}

TEST_P(StoreContract, ALostAnswerToParkingParksNothingTwice) {
  auto here = replica();
  auto batch = here->handle(here->batch(failing(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)));
  if (!fixture->lose_answer_of_next_commit(*here->store)) GTEST_SKIP() << "cannot be arranged here";
  here->settle_answer(here->commit(std::move(batch)));
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(1), text_of(2)));
  EXPECT_EQ(parked_of_key("k"), 2);
  fixture->make_due("counter", "k");
  auto due = here->claim();
  ASSERT_NE(due, nullptr);
  auto handled = here->handle(std::move(due));
  ASSERT_TRUE(fixture->lose_answer_of_next_commit(*here->store));
  const auto told = here->settle_answer(here->commit(std::move(handled)));
  EXPECT_EQ(told.event(1).verdict, Verdict::kTaken) << "its own commit was there";
  EXPECT_EQ(fixture->parked("counter")[0].attempts, 2U);
}

TEST_P(StoreContract, AClaimTakesAboutAsManyBytesAsItMay) {
  auto here = replica();
  for (std::uint64_t n = 1; n <= 6; ++n)
    here->settle(here->batch(failing(n, "k" + std::to_string(n)).header("filler", std::string(2'000, 'x')).at(kTrips, 0, static_cast<std::int64_t>(n))));
  for (std::uint64_t n = 1; n <= 6; ++n) fixture->make_due("counter", "k" + std::to_string(n));
  auto few = here->claim({.bytes = 1});
  ASSERT_NE(few, nullptr);
  EXPECT_EQ(few->events.size(), 1U) << "one at least";
  auto rest = here->claim({.keys = 3});
  ASSERT_NE(rest, nullptr);
  EXPECT_EQ(rest->events.size(), 3U);
}

TEST_P(StoreContract, InsideTheTransactionAFailedEventIsParkedToo) {
  auto here = replica({.inside = true});
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), failing(2, "k", 1).at(kTrips, 0, 1), trip(3, "k").at(kTrips, 0, 2),
                           trip(4, "other").at(kTrips, 0, 3)));
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(2), text_of(3)));
  EXPECT_EQ(counted("k"), 1);
  EXPECT_EQ(counted("other"), 1);
  EXPECT_EQ(fixture->inbox("counter", test_id(3))->outcome, InboxOutcome::kParked);
  here->settle(here->batch(trip(5, "k").at(kTrips, 0, 4), trip(6, "other").header("test-script", "skip").at(kTrips, 0, 5)));
  EXPECT_THAT(parked_ids(), ElementsAre(text_of(2), text_of(3), text_of(5)));
  EXPECT_EQ(fixture->inbox("counter", test_id(5))->outcome, InboxOutcome::kParked);
  EXPECT_EQ(fixture->inbox("counter", test_id(6))->outcome, InboxOutcome::kSkip);
  fixture->make_due("counter", "k");
  here->settle(here->claim());
  EXPECT_EQ(counted("k"), 4);
  EXPECT_EQ(parked_of_key("k"), 0);
  EXPECT_THAT(parked_ids(), IsEmpty());
}

}  // namespace gofuture::test
