// Store contract: what a first commit writes.
#pragma once

#include "contract/store_contract.hpp"

namespace gofuture::test {

TEST_P(StoreContract, FirstCommitWritesInboxStateAndOutbox) {
  auto here = replica();
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;

  const auto inbox = fixture->inbox("counter", test_id(1));
  ASSERT_TRUE(inbox);
  EXPECT_EQ(inbox->outcome, InboxOutcome::kOk);
  EXPECT_EQ(inbox->digest, settled.event(1).digest);
  EXPECT_EQ(inbox->attempts, 1);
  EXPECT_EQ(inbox->epoch, 1);
  const auto key = fixture->key("counter", "k");
  ASSERT_TRUE(key);
  EXPECT_EQ(counted("k"), 1);
  EXPECT_GT(key->version, 0);
  EXPECT_EQ(key->epoch, 1);
  EXPECT_EQ(key->parked, 0);
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1)));
  EXPECT_THAT(fixture->dead_letters("counter"), IsEmpty());
}

TEST_P(StoreContract, LoadTellsTheRowsOfPresentAndAbsentKeys) {
  auto here = replica();
  here->settle(here->batch(trip(1, "present").at(kTrips, 0, 0)));
  const auto loaded = here->load(here->batch(trip(2, "absent").at(kTrips, 0, 1), trip(3, "present").at(kTrips, 0, 2)));
  ASSERT_EQ(loaded->slots.size(), 2U);
  const Slot &absent = loaded->slots[0], &present = loaded->slots[1];
  EXPECT_TRUE(absent.loaded);
  EXPECT_EQ(absent.row.version, 0);
  EXPECT_FALSE(absent.row.state);
  EXPECT_EQ(absent.row.newest_us, kNeverSeen);
  EXPECT_FALSE(absent.row.parked);
  EXPECT_TRUE(present.loaded);
  EXPECT_GT(present.row.version, 0);
  EXPECT_EQ(Count::read(present.row.state).events, 1);
  EXPECT_EQ(present.row.epoch, 1);
}

TEST_P(StoreContract, LoadLeavesSlotsAloneThatAreLoaded) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  auto batch = here->batch(trip(2, "k").at(kTrips, 0, 1), trip(3, "other").at(kTrips, 0, 2));
  batch->slots[0].loaded = true;
  batch->slots[0].row.version = 77;
  batch = here->load(std::move(batch));
  EXPECT_EQ(batch->slots[0].row.version, 77);
  EXPECT_TRUE(batch->slots[1].loaded);
}

TEST_P(StoreContract, CommittedSlotsHoldTheNewRowsAndTheNextBatchMayStandOnThem) {
  auto here = replica();
  auto first = here->commit(here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0))));
  ASSERT_EQ(first.status, CommitStatus::kCommitted) << first.message;
  const KeyRow row = first.batch->slots[0].row;
  const auto stored = fixture->key("counter", "k");
  ASSERT_TRUE(stored);
  EXPECT_EQ(row.version, stored->version);
  EXPECT_EQ(row.state, stored->state);
  EXPECT_EQ(row.epoch, stored->epoch);

  auto next = here->batch(trip(2, "k").at(kTrips, 0, 1));
  next->slots[0].row = row;
  next->slots[0].loaded = true;
  next->reset_effects();
  here->function.run(*next, here->clock.unix_ms());
  const auto second = here->commit(std::move(next));
  EXPECT_EQ(second.status, CommitStatus::kCommitted) << second.message;
  EXPECT_EQ(counted("k"), 2);
}

TEST_P(StoreContract, EventsOfOneKeyInOneBatchSeeEachOtherAndEachHasItsRow) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1), trip(3, "k").at(kTrips, 0, 2)));
  EXPECT_EQ(counted("k"), 3);
  EXPECT_THAT(outbox_counts(), ElementsAre(1, 2, 3));
  EXPECT_EQ(fixture->inbox_rows("counter"), 3U);
}

TEST_P(StoreContract, EmissionsKeepTheOrderOfTheBatch) {
  auto here = replica();
  here->settle(here->batch(trip(1, "b").header("test-script", "emit=3").at(kTrips, 0, 0),
                           trip(2, "a").header("test-script", "emit=2").at(kTrips, 0, 1), trip(3, "b").at(kTrips, 0, 2)));
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(1), text_of(1), text_of(2), text_of(2), text_of(3)));
}

TEST_P(StoreContract, EmissionsOfLaterCommitsComeLater) {
  auto here = replica();
  for (std::uint64_t n = 1; n <= 5; ++n)
    here->settle(here->batch(trip(n, "k").at(kTrips, 0, static_cast<std::int64_t>(n))));
  EXPECT_THAT(outbox_counts(), ElementsAre(1, 2, 3, 4, 5));
}

TEST_P(StoreContract, AnEmissionCarriesItsCauseItsCorrelationAndOneHopMore) {
  const std::string traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto here = replica();
  here->settle(here->batch(trip(1, "k").header("ce_correlationid", "ride-9").header("ce_hops", "4").header("traceparent", traceparent)
                               .at(kTrips, 0, 0)));
  const auto rows = fixture->outbox();
  ASSERT_EQ(rows.size(), 1U);
  const OutboxRow& row = rows[0];
  EXPECT_EQ(row.source, "gofuture/counter");
  EXPECT_EQ(row.type, "Counted");
  EXPECT_EQ(row.topic, "counts.out");
  EXPECT_EQ(row.key, "k");
  EXPECT_EQ(row.subject, "k");
  EXPECT_EQ(row.correlationid, "ride-9");
  EXPECT_EQ(row.causationid, text_of(1));
  EXPECT_EQ(row.hops, "5");
  EXPECT_EQ(row.traceparent, traceparent);
  EXPECT_EQ(row.payload, counted_data(text_of(1), 1));
  EXPECT_FALSE(row.time.empty());
}

TEST_P(StoreContract, WithoutACorrelationTheSubjectIsIt) {
  auto here = replica();
  here->settle(here->batch(trip(1, "booking-7").at(kTrips, 0, 0)));
  const auto rows = fixture->outbox();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].correlationid, "booking-7");
}

TEST_P(StoreContract, ErasedStateIsGoneAndTheVersionStillGrows) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  const auto before = fixture->key("counter", "k");
  ASSERT_TRUE(before);
  here->settle(here->batch(trip(2, "k").header("test-script", "erase").at(kTrips, 0, 1)));
  const auto erased = fixture->key("counter", "k");
  EXPECT_FALSE(erased && erased->state);
  const auto loaded = here->load(here->batch(trip(3, "k").at(kTrips, 0, 2)));
  EXPECT_FALSE(loaded->slots[0].row.state);
  EXPECT_GT(loaded->slots[0].row.version, before->version) << "a version that starts again could be taken for an old one";
}

TEST_P(StoreContract, SkipWritesOnlyItsInboxRow) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").header("test-script", "skip").at(kTrips, 0, 0)));
  const auto inbox = fixture->inbox("counter", test_id(1));
  ASSERT_TRUE(inbox);
  EXPECT_EQ(inbox->outcome, InboxOutcome::kSkip);
  EXPECT_THAT(fixture->outbox(), IsEmpty());
  EXPECT_EQ(counted("k"), 0);
}

TEST_P(StoreContract, AnEventThatEmitsNothingStillMovesItsState) {
  auto here = replica();
  here->settle(here->batch(trip(1, "k").header("test-script", "silent").at(kTrips, 0, 0)));
  EXPECT_EQ(counted("k"), 1);
  EXPECT_THAT(fixture->outbox(), IsEmpty());
  EXPECT_TRUE(fixture->inbox("counter", test_id(1)));
}

TEST_P(StoreContract, AStatelessFunctionHasEffectsAndNoKeyRow) {
  auto here = replica({.plan = {.stateful = false}});
  auto batch = here->batch(trip(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1));
  batch->slots[0].loaded = true;  // nobody asks the store for what cannot be there
  const auto settled = here->settle(std::move(batch));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_THAT(outbox_causes(), ElementsAre(text_of(1), text_of(2)));
  EXPECT_FALSE(fixture->key("counter", "k"));
}

TEST_P(StoreContract, APayloadOfAMebibyteArrivesByteForByte) {
  auto here = replica();
  std::string big(1 << 20, 'x');
  for (std::size_t i = 0; i < big.size(); i += 97) big[i] = static_cast<char>(i);  // all byte values, NUL too
  here->function.tamper = [&big](const Event&, Emission& emission) { emission.data = big; };
  const auto settled = here->settle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  ASSERT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  const auto rows = fixture->outbox();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].payload == big) << "of " << rows[0].payload.size() << " bytes";
}

TEST_P(StoreContract, StateIsBytesNotText) {
  auto here = replica();
  auto batch = here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  const std::string bytes("\0\x01\xff\xfe'\"\\{},NULL", 15);
  batch->slots[0].state = bytes;
  ASSERT_EQ(here->commit(std::move(batch)).status, CommitStatus::kCommitted);
  const auto loaded = here->load(here->batch(trip(2, "k").at(kTrips, 0, 1)));
  EXPECT_EQ(loaded->slots[0].row.state, bytes);
}

TEST_P(StoreContract, EmptyStateIsStateAndNoAbsence) {
  auto here = replica();
  auto batch = here->handle(here->batch(trip(1, "k").at(kTrips, 0, 0)));
  batch->slots[0].state = "";
  ASSERT_EQ(here->commit(std::move(batch)).status, CommitStatus::kCommitted);
  const auto loaded = here->load(here->batch(trip(2, "k").at(kTrips, 0, 1)));
  EXPECT_EQ(loaded->slots[0].row.state, std::optional<std::string>(""));
}

TEST_P(StoreContract, KeysMayHoldEverythingThatIsText) {
  const std::vector<std::string> keys = {"a,b", "{a}", "\"quoted\"", "back\\slash", "NULL", "null", " spaces ", "ключ", "日本", "a'b", "%_"};
  auto here = replica();
  std::vector<Record> records;
  std::uint64_t number = 0;
  for (const std::string& key : keys) {
    ++number;
    records.push_back(trip(number, "k").key(key).subject(key).at(kTrips, 0, static_cast<std::int64_t>(number)));
  }
  const auto settled = here->settle(batch_of(*here->plan, std::move(records)));
  ASSERT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  const auto rows = fixture->outbox();
  ASSERT_EQ(rows.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(rows[i].key, keys[i]);
    EXPECT_EQ(rows[i].subject, keys[i]);
    EXPECT_EQ(counted(keys[i]), 1) << keys[i];
  }
}

TEST_P(StoreContract, ABatchOfManyEventsAndKeysIsOneCommit) {
  auto here = replica();
  std::vector<Record> records;
  for (std::uint64_t n = 0; n < 500; ++n)
    records.push_back(trip(n + 1, "key-" + std::to_string(n * 7919 % 130)).at(kTrips, 0, static_cast<std::int64_t>(n)));
  const auto settled = here->settle(batch_of(*here->plan, std::move(records)));
  EXPECT_EQ(settled.status, CommitStatus::kCommitted) << settled.message;
  EXPECT_EQ(settled.commits, 1);
  EXPECT_EQ(fixture->inbox_rows("counter"), 500U);
  const auto rows = fixture->outbox();
  ASSERT_EQ(rows.size(), 500U);
  for (const OutboxRow& row : rows) EXPECT_EQ(row.transaction, rows[0].transaction);
  std::int64_t total = 0;
  for (int n = 0; n < 130; ++n) total += counted("key-" + std::to_string(n));
  EXPECT_EQ(total, 500);
}

TEST_P(StoreContract, FunctionsDoNotSeeEachOther) {
  auto one = replica(), other = replica({.plan = {.function = "another"}});
  EXPECT_EQ(one->settle(one->batch(trip(1, "k").at(kTrips, 0, 0))).event(1).outcome, Outcome::kOk);
  EXPECT_EQ(other->settle(other->batch(trip(1, "k").at(kTrips, 0, 0))).event(1).outcome, Outcome::kOk);
  EXPECT_EQ(counted("k"), 1);
  EXPECT_THAT(outbox_counts(), ElementsAre(1, 1));
}

}  // namespace gofuture::test
