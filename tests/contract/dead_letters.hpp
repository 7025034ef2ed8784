// Store contract: an event that ended badly is kept whole, and nothing in it can stop that.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

TEST_P(StoreContract, ARejectedEventIsKeptWhole) {
  const std::string value("{\"key\":\"k\",\"n\":1} \xff\x00\xfe", 21);
  auto here = replica();
  auto record = trip(1, "k").header("test-script", "reject").header("ce_correlationid", "ride-1").header("nothing", std::nullopt)
                    .header("empty", "").header("bytes", std::string("\x00\xff'\"\\", 5)).timestamp(1'700'000'000'123);
  auto batch = here->batch(record.data(value).at(kTrips, 3, 41));
  batch->events[0]->attempt = 4;
  const auto settled = here->settle(std::move(batch));
  ASSERT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;

  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  const DeadLetter& letter = dead[0];
  EXPECT_EQ(letter.topic, "trips.in");
  EXPECT_EQ(letter.partition, 3);
  EXPECT_EQ(letter.offset, 41);
  EXPECT_EQ(letter.redrive, 0);
  EXPECT_EQ(letter.event_id, test_id(1));
  EXPECT_EQ(letter.type, "TripTaken");
  EXPECT_EQ(letter.state_key, "k");
  EXPECT_EQ(letter.failure, "business");
  EXPECT_EQ(letter.message, "the test rejects this event");
  EXPECT_EQ(letter.attempts, 4);
  EXPECT_EQ(letter.epoch, 1);
  EXPECT_EQ(letter.key, "k");
  EXPECT_EQ(letter.value, value);
  EXPECT_EQ(letter.timestamp_ms, 1'700'000'000'123);
  EXPECT_EQ(letter.correlationid, "ride-1");
  EXPECT_EQ(letter.headers, record.content().headers) << "in order, null and empty told apart, bytes untouched";

  const auto inbox = fixture->inbox("counter", test_id(1));
  ASSERT_TRUE(inbox);
  EXPECT_EQ(inbox->outcome, InboxOutcome::kDead);
  EXPECT_EQ(inbox->attempts, 4);
  EXPECT_THAT(fixture->outbox(), IsEmpty());
  EXPECT_EQ(counted("k"), 0);
}

TEST_P(StoreContract, ARejectedEventLeavesTheOthersOfItsBatchAlone) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(2, "k").header("test-script", "reject").at(kTrips, 0, 1),
                           trip(3, "k").at(kTrips, 0, 2)));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(3)));
  EXPECT_THAT(outbox_counts(), ElementsAre(1, 2));
  EXPECT_EQ(fixture->dead_letters("counter").size(), 1U);
}

TEST_P(StoreContract, ADeadEventThatComesAgainMakesNoSecondLetter) {
  auto here = replica();
  for (int round = 0; round < 3; ++round)
    here->settle(here->batch(trip(1, "k").header("test-script", "reject").at(kTrips, 0, 0)));
  EXPECT_EQ(fixture->dead_letters("counter").size(), 1U);
}

TEST_P(StoreContract, ARecordThatCannotBeDecodedIsKeptByItsPlace) {
  auto here = replica();
  for (int round = 0; round < 2; ++round) {
    auto event = std::make_unique<Event>();
    OwnedRecord garbage;
    garbage.value = std::string("\x80\x00garbage", 9);
    event->record = make_record(kTrips, 1, 9, 77, garbage);
    event->event_id = position_id("trips.in", 1, 9);
    event->state_key = "trips.in/1/9";
    event->digest = content_digest("", "", *event->record.value);
    event->decided = true;
    event->outcome = Outcome::kReject;
    event->failure = FailureClass::kCorrupted;
    event->message = "ce_id is missing";
    auto batch = std::make_unique<Batch>();
    batch->slots.emplace_back().key = event->state_key;
    batch->events.push_back(std::move(event));
    const auto settled = here->settle(std::move(batch));
    EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  }
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].failure, "corrupted");
  EXPECT_EQ(dead[0].type, "");
  EXPECT_EQ(dead[0].key, std::nullopt);
  EXPECT_EQ(dead[0].value, std::string("\x80\x00garbage", 9));
  EXPECT_TRUE(dead[0].headers.empty());
  EXPECT_EQ(dead[0].message, "ce_id is missing");
}

TEST_P(StoreContract, ATombstoneThatIsRejectedKeepsItsNullValue) {
  auto here = replica();
  auto batch = here->batch(trip(1, "k").header("test-script", "reject").data(std::nullopt).at(kTrips, 0, 0));
  ASSERT_EQ(here->settle(std::move(batch)).status, CommitStatus::kCommitted);
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].value, std::nullopt);
  EXPECT_EQ(dead[0].key, "k");
}

TEST_P(StoreContract, NothingInARecordCanStopItsDeadLetter) {
  auto here = replica();
  auto record = trip(1, "k").header("test-script", "reject").header("na\xffme", "v").header("", "nameless");
  auto batch = here->handle(here->batch(record.at(kTrips, 0, 0)));
  batch->events[0]->message = std::string("what the plugin said: \xfe\xff \0 and more", 35);
  const auto told = here->commit(std::move(batch));
  ASSERT_EQ(told.status, CommitStatus::kCommitted) << told.message;
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].value, *record.content().value);
  EXPECT_THAT(dead[0].message, testing::HasSubstr("what the plugin said"));
  EXPECT_EQ(dead[0].headers.size(), record.content().headers.size());
}

TEST_P(StoreContract, ABigRecordIsKeptWhole) {
  auto here = replica();
  const std::string value(3 << 20, '\xee');
  here->settle(here->batch(trip(1, "k").header("test-script", "reject").data(value).at(kTrips, 0, 0)));
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_TRUE(dead[0].value == value);
}

}  // namespace gofuture::test
