// A store that owns the offsets: what its transactions hold, and that no position ever passes an event that is not done.
#include "unit/pipeline/rig.hpp"

#include <map>
#include <set>

namespace gofuture::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// Takes a batch with its positions, or fails in the way that the test names. What it has taken it keeps by offset.
class RoundStore : public Store {
 public:
  RoundStore(Answers& answers, Courier& courier) : answers_(answers), courier_(courier) {}
  StoreTraits traits() const override { return {.keyed = true, .owns_offsets = true, .commits_in_flight = 1}; }
  void load(BatchPtr batch) override {
    for (Slot& slot : batch->slots) {
      slot.loaded = true;
      if (const auto found = states.find(slot.key); found != states.end()) slot.row.state = found->second;
    }
    answers_.post(Loaded{std::move(batch), std::nullopt});
  }
  void commit(BatchPtr batch) override {
    auto held = std::make_shared<BatchPtr>(std::move(batch));
    courier_.send({Message::Kind::kOutside, "", "commit", [this, held] {
                     const CommitStatus status = answer ? answer(**held) : CommitStatus::kCommitted;
                     if (status == CommitStatus::kCommitted) take(**held);
                     answers_.post(Committed{std::move(*held), status, "the test says so"});
                   }});
  }

  std::function<CommitStatus(const Batch&)> answer;
  std::map<std::string, std::optional<std::string>> states;
  std::map<TopicPartition, std::int64_t> positions;
  std::map<TopicPartition, std::vector<std::int64_t>> done;  // offsets, in the order of their commit
  std::vector<std::size_t> sizes;                            // events of each transaction

 private:
  void take(const Batch& batch) {
    sizes.push_back(batch.events.size());
    for (const Position& position : batch.positions) {
      EXPECT_GE(position.offset, positions[position.at]) << "a position goes back";
      positions[position.at] = position.offset;
    }
    for (const EventPtr& event : batch.events) {
      const TopicPartition at{event->record.topic, event->record.partition};
      done[at].push_back(event->record.offset);
      EXPECT_LT(event->record.offset, positions[at]) << "an effect is committed behind its position";
    }
    for (const auto& [at, offsets] : done)
      for (std::int64_t offset = 0; offset < positions[at]; ++offset)
        EXPECT_EQ(std::count(offsets.begin(), offsets.end(), offset), 1) << "offset " << offset << " is below the position";
    for (const Slot& slot : batch.slots)
      if (slot.dirty) states[slot.key] = slot.state;
  }

  Answers& answers_;
  Courier& courier_;
};

struct RoundRig {
  explicit RoundRig(const PlanOptions& options = {})
      : plan(test_plan(options)), source(log), function(*plan, 11), handlers(function, clock, answers, courier), store(answers, courier),
        pipeline(*plan, Ports{source, handlers, store, clock, probe}) {}

  void produce(TopicPartition at, const RecordBuilder& record) { log.append(at, record.content()); }
  void assign(const std::vector<TopicPartition>& partitions) { pipeline.on_assigned(source.assign(partitions)); }
  void step() {
    while (auto answer = answers.take()) pipeline.on_answer(std::move(*answer));
    pipeline.step();
  }
  void poll() {
    auto records = source.poll(1'000);
    if (!records.empty()) pipeline.on_records(std::move(records));
    step();
    step();  // a load is answered at once
  }
  bool deliver(const std::string& begins) {
    const bool found = courier.deliver(begins);
    step();
    step();
    return found;
  }
  void settle() {
    poll();
    while (!courier.waiting.empty()) deliver("");
  }
  void wait(std::int64_t ms) {
    clock.advance(ms);
    step();
    step();
    settle();
  }
  std::int64_t counted(const std::string& key) { return Count::read(store.states[key]).events; }

  std::shared_ptr<const Plan> plan;
  ManualClock clock;
  FakeLog log;
  HeldCourier courier;
  AnswerBox answers;
  FakeProbe probe;
  FakeSource source;
  CountingFunction function;
  FakeHandlers handlers;
  RoundStore store;
  Pipeline pipeline;
};

TEST(Rounds, ATransactionHoldsTheNextEventsOfAPartitionAlsoWhenOneKeyHasMany) {
  RoundRig rig({.batch_max = 4});
  for (std::uint64_t n = 0; n < 8; ++n) rig.produce(kP0, trip(n + 1, n % 2 == 0 ? "busy" : "other" + std::to_string(n)));
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.store.sizes, ElementsAre(4, 4));
  EXPECT_EQ(rig.store.positions[kP0], 8);
  EXPECT_EQ(rig.counted("busy"), 4);
  EXPECT_THAT(rig.source.commits, IsEmpty()) << "offsets belong to the store";
}

TEST(Rounds, NothingCommitsBeforeAllThatWasDispatchedIsHandled) {
  RoundRig rig({.batch_max = 4, .concurrency = 2});
  for (std::uint64_t n = 0; n < 4; ++n) rig.produce(kP0, trip(n + 1, "key" + std::to_string(n)));
  rig.assign({kP0});
  rig.poll();
  ASSERT_EQ(rig.courier.count("handle"), 2U) << "a round is shared out to the threads";
  rig.deliver("handle");
  EXPECT_EQ(rig.courier.count("commit"), 0U);
  rig.deliver("handle");
  EXPECT_EQ(rig.courier.count("commit"), 1U);
  rig.settle();
  EXPECT_THAT(rig.store.sizes, ElementsAre(4));
}

TEST(Rounds, AKeyWithMoreEventsThanAThreadsShareGoesOutWhole) {
  RoundRig rig({.batch_max = 6, .concurrency = 2});
  for (std::uint64_t n = 0; n < 5; ++n) rig.produce(kP0, trip(n + 1, "busy"));
  rig.produce(kP0, trip(6, "other"));  // were one of the busy key left behind, this one would stand behind a hole for ever
  rig.assign({kP0});
  rig.settle();
  EXPECT_THAT(rig.store.sizes, ElementsAre(6));
}

TEST(Rounds, NothingIsDispatchedBesideACommit) {
  RoundRig rig({.batch_max = 2});
  for (std::uint64_t n = 0; n < 4; ++n) rig.produce(kP0, trip(n + 1, "key" + std::to_string(n)));
  rig.assign({kP0});
  rig.poll();
  while (rig.courier.count("handle") > 0) rig.deliver("handle");
  ASSERT_EQ(rig.courier.count("commit"), 1U);
  rig.step();
  EXPECT_EQ(rig.courier.count("handle"), 0U);
  rig.settle();
  EXPECT_EQ(rig.store.positions[kP0], 4);
}

TEST(Rounds, ARetryHoldsItsPartitionAndOnlyIt) {
  RoundRig rig({.batch_max = 8});
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP0, trip(2, "bad").header("test-script", "retry=2"));
  rig.produce(kP0, trip(3, "c"));
  rig.produce(kP1, trip(4, "d"));
  rig.assign({kP0, kP1});
  rig.settle();
  EXPECT_EQ(rig.store.positions[kP0], 1) << "what stands before it commits";
  EXPECT_EQ(rig.store.positions[kP1], 1) << "another partition goes on";
  EXPECT_EQ(rig.counted("c"), 0) << "what stands behind it does not overtake it";
  EXPECT_EQ(rig.pipeline.gauges().held, 2U);
  ASSERT_TRUE(rig.pipeline.next_wakeup_ms()) << "time alone must bring it back";
  rig.produce(kP1, trip(5, "d"));
  rig.settle();
  EXPECT_EQ(rig.store.positions[kP1], 2);

  for (int i = 0; i < 6; ++i) rig.wait(1'000);
  EXPECT_EQ(rig.store.positions[kP0], 3);
  EXPECT_THAT(rig.store.done[kP0], ElementsAre(0, 1, 2));
  EXPECT_EQ(rig.probe.find_done(id(2))->attempt, 3U);
  EXPECT_LE(rig.function.deliveries[id(3)], 2U) << "the followers are not handled in vain at each attempt";
}

TEST(Rounds, LaterIsARetryHereAndCountsItsAttempts) {
  RoundRig rig;
  rig.function.dependency_down = true;
  rig.produce(kP0, trip(1, "k").header("test-script", "later"));
  rig.assign({kP0});
  rig.settle();
  rig.wait(10'000);
  rig.function.dependency_down = false;
  rig.wait(10'000);
  ASSERT_NE(rig.probe.find_done(id(1)), nullptr);
  EXPECT_EQ(rig.probe.find_done(id(1))->attempt, 3U);
}

TEST(Rounds, HalvingGoesInTheOrderOfOffsetsAndLeavesOnlyTheOffender) {
  for (std::uint64_t offender = 1; offender <= 7; ++offender) {
    RoundRig rig({.batch_max = 8});
    rig.store.answer = [offender](const Batch& batch) {
      for (const EventPtr& event : batch.events)
        if (event->envelope.id == id(offender) && event->outcome == Outcome::kOk) return CommitStatus::kRefused;
      return CommitStatus::kCommitted;
    };
    for (std::uint64_t n = 1; n <= 7; ++n) rig.produce(kP0, trip(n, n % 2 == 0 ? "even" : "odd"));
    rig.assign({kP0});
    rig.settle();
    EXPECT_THAT(rig.store.done[kP0], UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6)) << "offender " << offender;
    EXPECT_EQ(rig.counted("even") + rig.counted("odd"), 6);
    EXPECT_EQ(rig.probe.find_done(id(offender))->outcome, Outcome::kReject);
  }
}

TEST(Rounds, AnUnknownCommitIsSentAgainWithItsPositionsAndNothingIsHandledTwice) {
  RoundRig rig;
  int failures = 0;
  rig.store.answer = [&failures](const Batch&) { return failures++ < 2 ? CommitStatus::kUnavailable : CommitStatus::kCommitted; };
  rig.produce(kP0, trip(1, "k"));
  rig.produce(kP0, trip(2, "k"));
  rig.assign({kP0});
  rig.settle();
  for (int i = 0; i < 4; ++i) rig.wait(5'000);
  EXPECT_EQ(rig.store.positions[kP0], 2);
  EXPECT_EQ(rig.function.deliveries[id(1)], 1U);
}

TEST(Rounds, WhatWasHandledForALostPartitionIsNeverCommitted) {
  RoundRig rig({.batch_max = 8});
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP1, trip(2, "b"));
  rig.assign({kP0, kP1});
  rig.poll();
  ASSERT_GT(rig.courier.count("handle"), 0U);
  rig.source.lost({kP0});
  rig.pipeline.on_lost({kP0});
  rig.settle();
  EXPECT_THAT(rig.store.done[kP0], IsEmpty());
  EXPECT_THAT(rig.store.done[kP1], SizeIs(1));
}

TEST(Rounds, AWaitingCommitLeavesAPartitionOutThatWasLostMeanwhile) {
  RoundRig rig;
  int failures = 0;
  rig.store.answer = [&failures](const Batch&) { return failures++ < 1 ? CommitStatus::kUnavailable : CommitStatus::kCommitted; };
  rig.produce(kP0, trip(1, "a"));
  rig.produce(kP1, trip(2, "b"));
  rig.assign({kP0, kP1});
  rig.settle();
  rig.source.lost({kP0});
  rig.pipeline.on_lost({kP0});
  rig.wait(5'000);
  EXPECT_THAT(rig.store.done[kP0], IsEmpty());
  EXPECT_THAT(rig.store.done[kP1], SizeIs(1));
  EXPECT_FALSE(rig.store.positions.contains(kP0));
}

TEST(Rounds, ARevocationInTheMiddleOfARoundCommitsNothingBehindAHole) {
  RoundRig rig({.batch_max = 4, .concurrency = 1});
  for (std::uint64_t n = 0; n < 4; ++n) rig.produce(kP0, trip(n + 1, n % 2 == 0 ? "a" : "b").header("test-script", n == 1 ? "retry=1" : "emit=1"));
  rig.assign({kP0});
  rig.poll();
  while (rig.courier.count("handle") > 0) {
    rig.source.revoking({kP0});
    rig.pipeline.on_revoked({kP0});
    rig.deliver("handle");
  }
  rig.settle();
  EXPECT_THAT(rig.store.done[kP0], IsEmpty()) << "offset 1 did not end, and 2 has changed the state of 0's key: all are the next owner's";
  EXPECT_EQ(rig.store.positions[kP0], 0);
  EXPECT_TRUE(rig.pipeline.idle());
  EXPECT_THAT(rig.source.released, SizeIs(testing::Ge(1U)));
}

TEST(Rounds, OneKeyOverTwoPartitionsNeverSharesASlot) {
  RoundRig rig({.batch_max = 8});
  rig.produce(kP0, trip(1, "same"));
  rig.produce(kP1, trip(2, "same"));
  rig.assign({kP0, kP1});
  rig.settle();
  EXPECT_THAT(rig.store.sizes, ElementsAre(1, 1));
}

TEST(Rounds, PositionsPastRecordsThatNobodyHandlesCommitAloneAfterAWhile) {
  RoundRig rig;
  rig.produce(kP0, trip(1, "k").header("ce_type", "TripIgnored"));
  rig.assign({kP0});
  rig.settle();
  for (int i = 0; i < 3; ++i) rig.wait(5'000);
  EXPECT_EQ(rig.store.positions[kP0], 1);
  EXPECT_THAT(rig.store.sizes, ElementsAre(0));
}

}  // namespace
}  // namespace gofuture::test
