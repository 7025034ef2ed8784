// Store contract: timers of keys and events that leave later.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

namespace timers {

inline RecordBuilder setting(std::uint64_t number, const std::string& key, const std::string& script = "timer=60000") {
  return trip(number, key).header("test-script", script);
}

}  // namespace timers

TEST_P(StoreContract, ATimerCommitsWithTheEventThatSetsIt) {
  auto here = replica(timers::kWith);
  const std::int64_t before_us = fixture->now_us();
  here->settle(here->batch(timers::setting(1, "k").header("ce_correlationid", "ride-1").at(kTrips, 3, 0),
                           timers::setting(2, "other", "timer=60000,reject").at(kTrips, 0, 1)));
  const auto rows = fixture->timers("counter");
  ASSERT_EQ(rows.size(), 1U) << "a rejected event has no effects";
  EXPECT_EQ(rows[0].state_key, "k");
  EXPECT_EQ(rows[0].name, "alarm");
  EXPECT_GE(rows[0].due_us, before_us + 60'000'000) << "by the database's clock";
  EXPECT_LE(rows[0].due_us, fixture->now_us() + 60'000'000);
  EXPECT_EQ(rows[0].partition, 3);
  EXPECT_EQ(rows[0].correlationid, "ride-1");
  EXPECT_EQ(rows[0].causationid, text_of(1));
}

TEST_P(StoreContract, AKeyHasOneTimerOfEachNameAndCancelingTakesItAway) {
  auto here = replica(timers::kWith);
  here->settle(here->batch(timers::setting(1, "k").at(kTrips, 0, 0)));
  const auto first = fixture->timers("counter");
  here->settle(here->batch(timers::setting(2, "k", "timer=90000").at(kTrips, 0, 1)));
  const auto moved = fixture->timers("counter");
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_GT(moved[0].number, first[0].number) << "whoever has claimed the old one finds it gone";
  EXPECT_GT(moved[0].due_us, first[0].due_us);
  here->settle(here->batch(timers::setting(3, "k", "cancel").at(kTrips, 0, 2), timers::setting(4, "nothing", "cancel").at(kTrips, 0, 3)));
  EXPECT_THAT(fixture->timers("counter"), IsEmpty());
  here->settle(here->batch(timers::setting(5, "k").at(kTrips, 0, 4), timers::setting(6, "k", "cancel").at(kTrips, 0, 5)));
  EXPECT_THAT(fixture->timers("counter"), IsEmpty()) << "the last word of a batch counts";
}

TEST_P(StoreContract, ADueTimerIsHandledOnceInTheStateOfItsKey) {
  auto here = replica(timers::kWith);
  here->settle(here->batch(timers::setting(1, "k").header("ce_correlationid", "ride-1").at(kTrips, 2, 0)));
  EXPECT_EQ(here->claim(timers::caught_up(fixture->now_us())), nullptr) << "not before its time";
  fixture->pass_time(61'000);
  auto batch = here->claim(timers::caught_up(fixture->now_us()));
  ASSERT_NE(batch, nullptr);
  ASSERT_EQ(batch->events.size(), 1U);
  const Event& timer = *batch->events[0];
  EXPECT_EQ(timer.type, kTimerType);
  EXPECT_EQ(timer.state_key, "k");
  EXPECT_EQ(timer.envelope.correlationid, "ride-1");
  EXPECT_EQ(timer.envelope.causationid, text_of(1));
  EXPECT_EQ(timer.record.partition, 2);
  EXPECT_THAT(std::string(timer.envelope.data), testing::HasSubstr(R"("name":"alarm")"));
  EXPECT_EQ(here->claim(timers::caught_up(fixture->now_us())), nullptr) << "it is claimed";
  const auto told = here->settle(std::move(batch));
  ASSERT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), "timer of " + text_of(1)));
  EXPECT_THAT(outbox_counts(), ElementsAre(1, 2));
  EXPECT_THAT(fixture->timers("counter"), IsEmpty());
}

// Whoever tells the ride as a tree finds it there: a timer itself stands in no log and in no table.
TEST_P(StoreContract, WhatATimerEmitsHasTheEventThatSetItAsItsCause) {
  auto here = replica(timers::kWith);
  here->settle(here->batch(timers::setting(1, "k").at(kTrips, 2, 0)));
  fixture->pass_time(61'000);
  here->settle(here->claim(timers::caught_up(fixture->now_us())));
  const auto rows = fixture->outbox();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].payload, counted_data("timer of " + text_of(1), 2));
  EXPECT_EQ(rows[1].causationid, text_of(1));
}

TEST_P(StoreContract, ATimerThatATimerSetsHasTheSameCause) {
  auto here = replica(timers::kWith);
  here->settle(here->batch(timers::setting(1, "k").at(kTrips, 0, 0)));
  here->function.script = [](const Event& event) -> std::optional<Script> {
    if (event.type != kTimerType) return std::nullopt;
    return Script{.timer_ms = 60'000};
  };
  fixture->pass_time(61'000);
  here->settle(here->claim(timers::caught_up(fixture->now_us())));
  ASSERT_EQ(fixture->timers("counter").size(), 1U);
  EXPECT_EQ(fixture->timers("counter")[0].causationid, text_of(1));
  const auto rows = fixture->outbox();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].causationid, text_of(1));
}

TEST_P(StoreContract, ATimerWaitsUntilAllPartitionsHavePassedItsTime) {
  auto here = replica(timers::kWith);
  here->settle(here->batch(timers::setting(1, "k").at(kTrips, 0, 0)));
  fixture->pass_time(100'000);
  EXPECT_EQ(here->claim(), nullptr) << "nobody has caught up at all";
  EXPECT_EQ(here->claim(timers::caught_up(fixture->now_us(), 3)), nullptr) << "one partition of each topic has not";
  EXPECT_EQ(here->claim(timers::caught_up(fixture->timers("counter")[0].due_us - 1)), nullptr) << "not far enough";
  EXPECT_NE(here->claim(timers::caught_up(fixture->now_us())), nullptr);
}

TEST_P(StoreContract, ATimerThatWasSetAnewOrCanceledMeanwhileDoesNotFire) {
  auto here = replica(timers::kWith);
  for (const char* script : {"timer=90000", "cancel"}) {
    here->settle(here->batch(timers::setting(1, "k").at(kTrips, 0, 0)));
    here->settle(here->batch(timers::setting(script[0] == 'c' ? 2 : 3, "k").at(kTrips, 0, 1)));
    fixture->pass_time(100'000);
    auto due = here->claim(timers::caught_up(fixture->now_us()));
    ASSERT_NE(due, nullptr);
    const auto id = due->events[0]->event_id;
    here->settle(here->batch(timers::setting(script[0] == 'c' ? 4 : 5, "k", script).at(kTrips, 0, 2)));
    const auto told = here->settle(std::move(due));
    ASSERT_EQ(told.events.size(), 1U);
    EXPECT_EQ(told.events[0]->event_id, id);
    EXPECT_EQ(told.events[0]->verdict, Verdict::kTaken);
  }
  for (const std::string& cause : outbox_causes()) EXPECT_THAT(cause, testing::Not(testing::HasSubstr("timer of")));
}

TEST_P(StoreContract, ATimerIsFiredByOneReplicaAndAfterItsLeaseByAnother) {
  auto one = replica(timers::kWith), two = replica(timers::kWith);
  one->settle(one->batch(timers::setting(1, "k").at(kTrips, 0, 0)));
  fixture->pass_time(100'000);
  auto first = one->claim(timers::caught_up(fixture->now_us()));
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(two->claim(), nullptr);
  fixture->pass_time(60'000);
  auto second = two->claim();
  ASSERT_NE(second, nullptr);
  two->settle(std::move(second));
  EXPECT_EQ(one->settle(std::move(first)).events[0]->verdict, Verdict::kTaken);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), "timer of " + text_of(1)));
}

TEST_P(StoreContract, ATimerStandsBehindTheParkedEventsOfItsKey) {
  auto here = replica(timers::kWith);
  here->settle(here->batch(timers::setting(1, "k").at(kTrips, 0, 0)));
  fixture->pass_time(100'000);
  auto due = here->claim(timers::caught_up(fixture->now_us()));
  ASSERT_NE(due, nullptr);
  here->settle(here->batch(trip(2, "k").header("test-script", "retry=1").at(kTrips, 0, 1)));
  EXPECT_EQ(here->settle(std::move(due)).events[0]->verdict, Verdict::kTaken);
  fixture->pass_time(20'000);  // its lease is over, the parked event not yet due
  EXPECT_EQ(here->claim(), nullptr);
  fixture->make_due("counter", "k");
  here->settle(here->claim());
  auto again = here->claim();
  ASSERT_NE(again, nullptr);
  here->settle(std::move(again));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(2), "timer of " + text_of(1)));
}

TEST_P(StoreContract, ATimerThatFailsIsParkedLikeAnyOtherEvent) {
  auto here = replica(timers::kWith);
  here->settle(here->batch(timers::setting(1, "k").at(kTrips, 0, 0)));
  fixture->pass_time(100'000);
  here->function.script = [](const Event& event) -> std::optional<Script> {
    if (event.type != kTimerType) return std::nullopt;
    return Script{.retries = 2};
  };
  here->settle(here->claim(timers::caught_up(fixture->now_us())));
  EXPECT_THAT(fixture->timers("counter"), IsEmpty());
  auto rows = fixture->parked("counter");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].type, kTimerType);
  EXPECT_EQ(rows[0].attempts, 1U);
  here->settle(here->batch(trip(2, "k").at(kTrips, 0, 1)));
  for (int i = 0; i < 2; ++i) {
    fixture->make_due("counter", "k");
    here->settle(here->claim());
  }
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), "timer of " + text_of(1), text_of(2)));
  EXPECT_EQ(parked_of_key("k"), 0);
}

TEST_P(StoreContract, ATimerWithoutStateFiresOnceToo) {
  auto here = replica({.plan = {.stateful = false, .timers = true}});
  here->settle(here->batch(timers::setting(1, "k").at(kTrips, 0, 0)));
  EXPECT_FALSE(fixture->key("counter", "k"));
  fixture->pass_time(100'000);
  here->settle(here->claim(timers::caught_up(fixture->now_us())));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), "timer of " + text_of(1)));
  EXPECT_THAT(fixture->timers("counter"), IsEmpty());
}

TEST_P(StoreContract, InsideTheTransactionATimerFiresToo) {
  auto here = replica({.plan = {.sql = true, .timers = true}, .inside = true});
  here->settle(here->batch(timers::setting(1, "k").at(kTrips, 0, 0), timers::setting(2, "k", "retry=100").at(kTrips, 0, 1)));
  EXPECT_EQ(fixture->timers("counter").size(), 1U);
  fixture->pass_time(100'000);
  EXPECT_NE(here->claim(timers::caught_up(fixture->now_us())), nullptr) << "the parked event";
  EXPECT_EQ(fixture->timers("counter").size(), 1U) << "which stands before it";
}

TEST_P(StoreContract, AnEventEmittedWithADelayLeavesWhenItsTimeHasCome) {
  auto here = replica(timers::kWith);
  here->settle(here->batch(trip(1, "k").header("test-script", "delay=60000").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(2)));
  here->claim();
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(2)));
  fixture->pass_time(61'000);
  here->claim();
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(2), text_of(1)));
  here->claim();
  EXPECT_EQ(outbox_causes().size(), 2U) << "once";
}

}  // namespace gofuture::test
