// Store contract: the inbox. What has been seen has no second effect.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

TEST_P(StoreContract, ARepeatIsSkippedAndItsEffectsNeverAppear) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 5)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted);
  EXPECT_EQ(settled.event(1).outcome, Outcome::kSkip);
  EXPECT_EQ(settled.event(1).verdict, Verdict::kRepeat);
  EXPECT_EQ(counted("k"), 1);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
  EXPECT_EQ(fixture->inbox("counter", test_id(1))->outcome, InboxOutcome::kOk) << "the first outcome stands";
  EXPECT_THAT(fixture->dead_letters("counter"), IsEmpty());
}

TEST_P(StoreContract, TheCommitNamesTheRepeatAndWritesNothingBesideIt) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  const auto told = here->commit(here->handle(here->batch(trip(1, "k").at(kTrips, 0, 1), trip(2, "fresh").at(kTrips, 0, 2))));
  ASSERT_EQ(told.status, CommitStatus::kRerun) << told.message;
  EXPECT_EQ(told.batch->events[0]->verdict, Verdict::kRepeat);
  EXPECT_EQ(told.batch->events[1]->verdict, Verdict::kNew);
  EXPECT_FALSE(fixture->inbox("counter", test_id(2))) << "kRerun means that nothing was written";
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
}

TEST_P(StoreContract, RepeatsAmongNewEventsLeaveTheNewOnesTheirEffects) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(2, "j").at(kTrips, 0, 1)));
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(3, "k").at(kTrips, 0, 2), trip(2, "j").at(kTrips, 0, 1),
                                                trip(4, "j").at(kTrips, 0, 3)));
  EXPECT_EQ(settled.event(1).outcome, Outcome::kSkip);
  EXPECT_EQ(settled.event(3).outcome, Outcome::kOk);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(2), text_of(3), text_of(4)));
  EXPECT_EQ(counted("k"), 2);
  EXPECT_EQ(counted("j"), 2);
}

TEST_P(StoreContract, TheSameEventTwiceInOneBatchHasOneEffect) {
  auto here = replica();
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(1, "k").at(kTrips, 0, 1), trip(2, "k").at(kTrips, 0, 2)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted);
  EXPECT_EQ(settled.events.size(), 3U);
  EXPECT_EQ(counted("k"), 2);
  EXPECT_THAT(outbox_counts(), ElementsAre(1, 2));
  EXPECT_THAT(fixture->dead_letters("counter"), IsEmpty());
}

TEST_P(StoreContract, TheSameIdWithOtherContentIsADeadLetterAndTheFirstStands) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  auto settled = here->settle(here->batch(trip(1, "k").data(R"({"key":"k","n":999})").at(kTrips, 2, 7)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_EQ(settled.event(1).verdict, Verdict::kOtherContent);
  EXPECT_EQ(counted("k"), 1);
  EXPECT_EQ(fixture->inbox("counter", test_id(1))->outcome, InboxOutcome::kOk);
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].failure, "idempotency");
  EXPECT_EQ(dead[0].event_id, test_id(1));
  EXPECT_EQ(dead[0].partition, 2);
  EXPECT_EQ(dead[0].offset, 7);

  here->settle(here->batch(trip(1, "k").data(R"({"key":"k","n":999})").at(kTrips, 2, 7)));  // delivered once more
  EXPECT_EQ(fixture->dead_letters("counter").size(), 1U);
}

TEST_P(StoreContract, TheSameIdWithOtherContentInOneBatchKeepsTheFirst) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(1, "k").data(R"({"key":"k","n":999})").at(kTrips, 0, 1)));
  EXPECT_EQ(counted("k"), 1);
  EXPECT_EQ(outbox_causes().size(), 1U);
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].offset, 1);
}

TEST_P(StoreContract, AnotherRecordKeyIsOtherContent) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  here->settle(here->batch(trip(1, "k").key("elsewhere").at(kTrips, 1, 0)));
  EXPECT_EQ(outbox_causes().size(), 1U);
  EXPECT_EQ(fixture->dead_letters("counter").size(), 1U);
  EXPECT_EQ(counted("elsewhere"), 0);
}

TEST_P(StoreContract, IdsThatAreNoUuidsAreFencedTheSame) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").id("order 4711").at(kTrips, 0, 0), trip(2, "k").id("order 4712").at(kTrips, 0, 1)));
  const auto settled = here->settle(here->batch(trip(1, "k").id("order 4711").at(kTrips, 0, 2)));
  EXPECT_EQ(settled.events[0]->outcome, Outcome::kSkip);
  EXPECT_EQ(counted("k"), 2);
}

TEST_P(StoreContract, IdsOfVeryOldAndVeryFarDaysAreFencedTheSame) {
  auto here = replica();
  Uuid old_one = test_id(1), far = test_id(2);
  for (std::size_t i = 0; i < 6; ++i) old_one.bytes[i] = 0;
  for (std::size_t i = 0; i < 6; ++i) far.bytes[i] = 0xff;
  for (int round = 0; round < 2; ++round)
    EXPECT_EQ(here->settle(here->batch(trip(1, "k").id(old_one).at(kTrips, 0, 0), trip(2, "k").id(far).at(kTrips, 0, 1))).status,
              CommitStatus::kCommitted);
  EXPECT_EQ(counted("k"), 2);
}

TEST_P(StoreContract, ARepeatWithinABatchIsSeenAlsoOnADayThatTheInboxHasNotSeenYet) {
  for (const bool stateful : {true, false}) {
    auto here = replica({.plan = {.stateful = stateful}});
    Uuid fresh_day = test_id(1);
    fresh_day.bytes[2] = static_cast<std::uint8_t>(stateful ? 0x91 : 0x92);  // years away, a partition of its own
    const auto before = outbox_causes().size();
    here->settle(here->batch(trip(1, "k").id(fresh_day).at(kTrips, 0, 0), trip(1, "k").id(fresh_day).at(kTrips, 0, 1)));
    EXPECT_EQ(outbox_causes().size() - before, 1U);
    EXPECT_EQ(counted("k"), 1) << "the stateless function has no row to count in";
  }
}

TEST_P(StoreContract, ASkippedEventThatComesAgainIsARepeat) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").header("test-script", "skip").at(kTrips, 0, 0)));
  const auto again = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));  // as if the function had changed its mind
  EXPECT_EQ(again.event(1).verdict, Verdict::kRepeat);
  EXPECT_THAT(fixture->outbox(), IsEmpty());
}

TEST_P(StoreContract, ARowThatMovedIsToldFreshAndNothingIsWritten) {
  auto one = replica(), other = replica();
  auto stale = one->handle(one->batch(trip(1, "k").at(kTrips, 0, 0)));
  other->settle(other->batch(trip(2, "k").at(kTrips, 0, 1)));
  auto told = one->commit(std::move(stale));
  ASSERT_EQ(told.status, CommitStatus::kRerun) << told.message;
  EXPECT_EQ(told.batch->events[0]->verdict, Verdict::kNew);
  const Slot& slot = told.batch->slots[0];
  EXPECT_TRUE(slot.loaded);
  EXPECT_EQ(Count::read(slot.row.state).events, 1);
  EXPECT_EQ(slot.row.version, fixture->key("counter", "k")->version);
  EXPECT_FALSE(fixture->inbox("counter", test_id(1)));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(2)));

  EXPECT_EQ(one->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
  EXPECT_EQ(counted("k"), 2);
  EXPECT_THAT(outbox_counts(), ElementsAre(1, 2));
}

TEST_P(StoreContract, AKeyOfANewerDeploymentFencesAnOlderOne) {
  auto newer = replica({.epoch = 5}), older = replica({.epoch = 4});
  newer->settle(newer->batch(trip(1, "k").at(kTrips, 0, 0)));
  const auto settled = older->settle(older->batch(trip(2, "k").at(kTrips, 0, 1)));
  EXPECT_EQ(settled.status, CommitStatus::kFenced);
  EXPECT_FALSE(settled.message.empty());
  EXPECT_FALSE(fixture->inbox("counter", test_id(2)));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
  EXPECT_EQ(fixture->key("counter", "k")->epoch, 5);
}

TEST_P(StoreContract, TheFunctionsFloorFencesWhereNoKeyDoes) {
  auto older = replica({.plan = {.stateful = false}, .epoch = 1});
  older->settle(older->batch(trip(1, "k").at(kTrips, 0, 0)));
  fixture->set_floor("counter", 2);
  const auto settled = older->settle(older->batch(trip(2, "k").at(kTrips, 0, 1)));
  EXPECT_EQ(settled.status, CommitStatus::kFenced) << settled.message;
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
}

TEST_P(StoreContract, ANewerDeploymentTakesKeysOver) {
  auto older = replica({.epoch = 1});
  older->settle(older->batch(trip(1, "k").at(kTrips, 0, 0)));
  auto newer = replica({.epoch = 2});
  EXPECT_EQ(newer->settle(newer->batch(trip(2, "k").at(kTrips, 0, 1))).status, CommitStatus::kCommitted);
  EXPECT_EQ(fixture->key("counter", "k")->epoch, 2);
  EXPECT_EQ(counted("k"), 2);
}

TEST_P(StoreContract, AnEventWhoseInboxDayWasDroppedIsExpired) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  fixture->drop_inbox_day_of(test_id(1));
  const auto told = here->commit(here->handle(here->batch(trip(2, "k").at(kTrips, 0, 1))));
  ASSERT_EQ(told.status, CommitStatus::kRerun) << told.message;
  EXPECT_EQ(told.batch->events[0]->verdict, Verdict::kExpired);
  EXPECT_EQ(counted("k"), 1);

  const auto settled = here->settle(here->batch(trip(3, "k").at(kTrips, 0, 2)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  const auto dead = fixture->dead_letters("counter");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].failure, "idempotency");
  EXPECT_EQ(dead[0].offset, 2);
}

TEST_P(StoreContract, ALostCommitIsMadeAgain) {
  auto here = replica();
  if (!fixture->lose_next_commit(*here->store)) GTEST_SKIP() << "this fixture cannot break connections";
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_GT(settled.commits, 1);
  EXPECT_EQ(settled.event(1).outcome, Outcome::kOk);
  EXPECT_EQ(counted("k"), 1);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
}

TEST_P(StoreContract, ACommitWhoseAnswerWasLostHasOneEffect) {
  auto here = replica();
  if (!fixture->lose_answer_of_next_commit(*here->store)) GTEST_SKIP() << "this fixture cannot lose answers";
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_EQ(settled.events.size(), 2U);
  EXPECT_EQ(counted("k"), 2);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(2)));
}

TEST_P(StoreContract, AnEmissionToAnUnknownTopicIsRefusedAndNothingIsWritten) {
  auto here = replica();
  here->function.tamper = [](const Event&, Emission& emission) { emission.topic = "no.such.topic"; };
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  EXPECT_EQ(settled.status, CommitStatus::kRefused);
  EXPECT_FALSE(settled.message.empty()) << "the dead letter will carry it";
  expect_nothing_written();
  EXPECT_FALSE(fixture->key("counter", "k"));

  here->function.tamper = nullptr;
  EXPECT_EQ(here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0))).event(1).outcome, Outcome::kOk);
}

TEST_P(StoreContract, AnEmissionWithoutAKeyIsRefused) {
  auto here = replica();
  here->function.tamper = [](const Event&, Emission& emission) { emission.key.clear(); };
  EXPECT_EQ(here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0))).status, CommitStatus::kRefused);
  expect_nothing_written();
}

TEST_P(StoreContract, AnEmissionWhoseHeadersAreNoTextIsRefused) {
  for (const std::string& bad : {std::string("nul \0 inside", 12), std::string("broken \xff"), std::string("cut \xe2\x82")}) {
    auto here = replica();
    here->function.tamper = [&bad](const Event&, Emission& emission) { emission.subject = bad; };
    EXPECT_EQ(here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0))).status, CommitStatus::kRefused);
    expect_nothing_written();
  }
}

}  // namespace gofuture::test
