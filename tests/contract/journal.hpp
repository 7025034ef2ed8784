// Store contract: the journal of unsafe HTTP calls, and what came of them, written with the outcome of their event.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

inline JournaledCall charge(std::uint64_t event, const std::string& body = "12.50") {
  JournaledCall call;
  call.name = "charge";
  call.scope = text_of(event) + "/0";
  call.method = "POST";
  call.url = "http://gateway/v1/charges";
  call.digest = content_digest(call.method, call.url, body);
  return call;
}
inline JournaledCall refund(const std::string& key) {
  JournaledCall call = charge(0);
  call.name = "refund";
  call.scope = key;
  call.effect = "after 0";
  return call;
}
inline JournaledCall answered(JournaledCall call, int status, const std::string& body = "") {
  call.answer = {CallAnswer::Result::kAnswered, status, body, ""};
  return call;
}

// What the journal says of a call that event 1 is about to make.
inline Journal::Found ask(Journal& journal, const JournaledCall& call) {
  Event event;
  event.event_id = test_id(1);
  const auto found = journal.open(call, event);
  GOFUTURE_ASSERT(found, "the journal can be asked");
  return *found;
}

TEST_P(StoreContract, ARequestIsOursToSendOnceAndThenNobodyKnowsWhatCameOfIt) {
  auto here = replica();
  const auto journal = fixture->make_journal("counter");
  EXPECT_TRUE(ask(*journal, charge(1)).ours);
  const auto other = fixture->make_journal("counter");  // another process, after this one died
  const auto found = ask(*other, charge(1));
  EXPECT_FALSE(found.ours);
  EXPECT_FALSE(found.answer) << "it may have happened";
  EXPECT_TRUE(ask(*journal, charge(2)).ours) << "another event's request is another request";
}

TEST_P(StoreContract, TheAnswerIsThereOnceItsEventHasItsOutcome) {
  for (const char* script : {"", "skip", "reject"}) {
    SCOPED_TRACE(script);
    const std::uint64_t number = script[0] == '\0' ? 1 : script[0] == 's' ? 2 : 3;
    auto here = replica();
    const auto journal = fixture->make_journal("counter");
    ASSERT_TRUE(ask(*journal, charge(number)).ours);
    auto record = trip(number, "k");
    auto batch = here->handle(here->batch((*script != '\0' ? record.header("test-script", script) : record).at(kTrips, 0, static_cast<std::int64_t>(number))));
    const std::string body("{\"status\":\"captured\"} \x00\xff", 24);
    batch->events[0]->calls.push_back(answered(charge(number), 200, body));
    ASSERT_EQ(here->settle_answer(here->commit(std::move(batch))).status, CommitStatus::kCommitted);
    const auto found = ask(*journal, charge(number));
    EXPECT_FALSE(found.ours);
    ASSERT_TRUE(found.answer);
    EXPECT_EQ(found.answer->status, 200);
    EXPECT_EQ(found.answer->body, body);
  }
}

TEST_P(StoreContract, ACommitThatWritesNothingWritesNoAnswer) {
  auto here = replica(), other = replica();
  const auto journal = fixture->make_journal("counter");
  ASSERT_TRUE(ask(*journal, charge(1)).ours);
  auto batch = here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  batch->events[0]->calls.push_back(answered(charge(1), 200));
  other->settle(other->batch(trip(2, "k").at(kTrips, 0, 1)));  // the key moves
  auto told = here->commit(std::move(batch));
  ASSERT_EQ(told.status, CommitStatus::kRerun);
  EXPECT_FALSE(ask(*journal, charge(1)).answer);
  ASSERT_EQ(told.batch->events[0]->calls.size(), 1U) << "the event still knows it";
  ASSERT_EQ(here->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
  EXPECT_TRUE(ask(*journal, charge(1)).answer);
}

TEST_P(StoreContract, AnAnswerWhoseCommitsAnswerWasLostIsThereAllTheSame) {
  auto here = replica();
  const auto journal = fixture->make_journal("counter");
  ASSERT_TRUE(ask(*journal, charge(1)).ours);
  auto batch = here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  batch->events[0]->calls.push_back(answered(charge(1), 200));
  if (!fixture->lose_answer_of_next_commit(*here->store)) GTEST_SKIP();
  here->settle_answer(here->commit(std::move(batch)));
  const auto found = ask(*journal, charge(1));
  ASSERT_TRUE(found.answer);
  EXPECT_EQ(found.answer->status, 200);
}

TEST_P(StoreContract, WhatSaysNothingForGoodMayBeSentAnewWhenItsEventComesAgain) {
  auto here = replica();
  const auto journal = fixture->make_journal("counter");
  std::uint64_t number = 0;
  for (const CallAnswer& answer : {CallAnswer{CallAnswer::Result::kAnswered, 503, "busy", ""}, CallAnswer{CallAnswer::Result::kUnknown, 0, "", "timeout"},
                                   CallAnswer{CallAnswer::Result::kUnreachable, 0, "", "refused"}}) {
    SCOPED_TRACE(answer.status);
    ++number;
    ASSERT_TRUE(ask(*journal, charge(number)).ours);
    auto batch = here->handle(here->batch(trip(number, "k").at(kTrips, 0, static_cast<std::int64_t>(number))));
    JournaledCall call = charge(number);
    call.answer = answer;
    call.again = true;
    batch->events[0]->calls.push_back(call);
    ASSERT_EQ(here->settle_answer(here->commit(std::move(batch))).status, CommitStatus::kCommitted);
    EXPECT_TRUE(ask(*journal, charge(number)).ours);
    EXPECT_FALSE(ask(*journal, charge(number)).ours) << "once";
  }
}

TEST_P(StoreContract, ANotSentRequestMayBeSentAndAnUnknownOneMayNot) {
  auto here = replica();
  const auto journal = fixture->make_journal("counter");
  auto batch = here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  for (const auto result : {CallAnswer::Result::kUnreachable, CallAnswer::Result::kUnknown}) {
    JournaledCall call = refund(result == CallAnswer::Result::kUnknown ? "unknown" : "unreachable");
    ASSERT_TRUE(ask(*journal, call).ours);
    call.answer.result = result;
    batch->events[0]->calls.push_back(call);
  }
  ASSERT_EQ(here->settle_answer(here->commit(std::move(batch))).status, CommitStatus::kCommitted);
  EXPECT_TRUE(ask(*journal, refund("unreachable")).ours);
  const auto unknown = ask(*journal, refund("unknown"));
  EXPECT_FALSE(unknown.ours);
  EXPECT_FALSE(unknown.answer);
}

TEST_P(StoreContract, AnAnswerThatStandsForGoodIsNeverReplaced) {
  auto here = replica(), other = replica();
  const auto journal = fixture->make_journal("counter");
  ASSERT_TRUE(ask(*journal, refund("k")).ours);
  const auto with = [](BatchPtr batch, JournaledCall call) {
    batch->events[0]->calls.push_back(std::move(call));
    return batch;
  };
  here->settle_answer(here->commit(with(here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0))), answered(refund("k"), 201, "first"))));
  JournaledCall late = refund("k");  // a replica that was told that nobody knows
  late.again = true;
  other->settle_answer(other->commit(with(other->handle(other->batch(trip(2, "k").at(kTrips, 0, 1))), late)));
  const auto found = ask(*journal, refund("k"));
  EXPECT_FALSE(found.ours);
  ASSERT_TRUE(found.answer);
  EXPECT_EQ(found.answer->body, "first");
}

TEST_P(StoreContract, TheJournalTellsWhenTheSameNameHadOtherContent) {
  auto here = replica();
  const auto journal = fixture->make_journal("counter");
  ASSERT_TRUE(ask(*journal, charge(1)).ours);
  const auto found = ask(*journal, charge(1, "99.00"));
  EXPECT_FALSE(found.ours);
  EXPECT_EQ(found.digest, charge(1).digest);
}

}  // namespace gofuture::test
