// Several members of one group: who reads what while members come, go, freeze and die. Sessions are as long as a test
// may run wherever a test means "without waiting for the session to end".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "integration/kafka_world.hpp"

namespace gofuture::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kEndlessMs = 600'000;  // longer than run_until waits

const auto kEndless = [](SourceOptions& options) { options.session_ms = kEndlessMs; };
// Ends soon after its process stops polling.
const auto kShort = [](SourceOptions& options) {
  options.session_ms = 2'000;
  options.max_poll_ms = 2'000;
  options.heartbeat_ms = 200;
};
const auto kLively = [](SourceOptions& options) { options.heartbeat_ms = 200; };

std::size_t parts(const Member& member) {
  return member.listener->next.size();
}

TEST(KafkaGroup, EveryRecordIsReadOnceWhileMembersJoinAndLeave) {
  TopicGarden garden;
  constexpr int kPartitions = 4, kEach = 6000;
  const auto topic = garden.make(kPartitions);
  const auto plan = plan_of({.topics = {{topic, kPartitions}}});
  const auto group = unique_name("group");
  for (int p = 0; p < kPartitions; ++p) fill(topic, p, kEach / 2);
  Member first(plan, group, "one", nullptr, kLively);
  first.listener->commits = true;
  ASSERT_TRUE(run_until({&first}, [&] { return first.listener->heard.size() > 1000; }));
  Member second(plan, group, "two", nullptr, kLively);
  second.listener->commits = true;
  ASSERT_TRUE(run_until({&first, &second}, [&] { return parts(second) == 2 && parts(first) == 2; }));
  for (int p = 0; p < kPartitions; ++p) fill(topic, p, kEach / 2, kEach / 2);
  ASSERT_TRUE(run_until({&first, &second}, [&] { return second.listener->heard.size() > 3000; }));
  std::vector<Member*> both = {&first, &second};
  first.source->close();
  ASSERT_TRUE(run_until(both, [&] { return first.source->closed(); }));
  // The static member has gone without a word; it comes back under its name and shares again.
  Member again(plan, group, "one", nullptr, kLively);
  again.listener->commits = true;
  const auto total = [&] {
    return first.listener->heard.size() + second.listener->heard.size() + again.listener->heard.size();
  };
  ASSERT_TRUE(run_until({&second, &again}, [&] { return total() >= kPartitions * kEach; }));

  std::map<std::pair<int, std::int64_t>, int> times;
  for (const auto* member : {&first, &second, &again}) {
    std::map<int, std::int64_t> last;
    for (const auto& one : member->listener->heard) {
      ++times[{one.at.partition, one.offset}];
      const auto before = last.find(one.at.partition);
      if (before != last.end()) {
        EXPECT_GT(one.offset, before->second);
      }
      last[one.at.partition] = one.offset;
    }
  }
  EXPECT_THAT(times, SizeIs(kPartitions * kEach));
  for (const auto& [where, count] : times) ASSERT_EQ(count, 1) << where.first << "/" << where.second;
}

TEST(KafkaGroup, APartitionIsGivenOnOnlyWhenItsDrainedPositionIsCommitted) {
  TopicGarden garden;
  const auto topic = garden.make(2);
  const auto plan = plan_of({.topics = {{topic, 2}}});
  const auto group = unique_name("group");
  fill(topic, 0, 10);
  fill(topic, 1, 10);
  Member first(plan, group, "one", nullptr, kLively);
  ASSERT_TRUE(run_until({&first}, [&] { return first.listener->heard.size() >= 20; }));
  first.listener->holds_back = true;
  Member second(plan, group, "two", nullptr, kLively);
  ASSERT_TRUE(run_until({&first, &second}, [&] { return first.listener->revoked.size() == 2; }));
  fill(topic, 0, 5, 10);
  fill(topic, 1, 5, 10);
  int turns = 0;  // long enough for late records, had they been fetched
  ASSERT_TRUE(run_until({&first, &second}, [&] { return ++turns > 20; }));
  EXPECT_EQ(first.listener->heard.size(), 20U);
  EXPECT_EQ(second.listener->assignments, 0);
  first.listener->holds_back = false;
  ASSERT_TRUE(
      run_until({&first, &second}, [&] { return first.listener->heard.size() + second.listener->heard.size() >= 30; }));
  for (const auto& [at, offset] : second.listener->begun) EXPECT_EQ(offset, 10);
}

TEST(KafkaGroup, AProcessThatWasKilledHasItsPartitionsBackWithoutWaitingForItsSession) {
  TopicGarden garden;
  const auto topic = garden.make(4);
  const auto plan = plan_of({.topics = {{topic, 4}}});
  const auto group = unique_name("group");
  for (int round = 0; round < 3; ++round) {
    Member member(plan, group, "one", nullptr, kEndless);
    ASSERT_TRUE(run_until({&member}, [&] { return parts(member) == 4; })) << "round " << round;
  }  // destroyed without close(): the broker hears nothing, as after SIGKILL
}

// Frozen: its thread does not come back to poll, so that its session ends and another member takes over.
void freeze_one_of_two(bool heir_joins_first) {
  TopicGarden garden;
  const auto topic = garden.make(2);
  const auto plan = plan_of({.topics = {{topic, 2}}});
  const auto group = unique_name("group");
  fill(topic, 0, 5);
  fill(topic, 1, 5);
  Member frozen(plan, group, "one", nullptr, kShort);
  ASSERT_TRUE(run_until({&frozen}, [&] { return frozen.listener->heard.size() >= 10; }));
  std::unique_ptr<Member> heir;
  if (heir_joins_first) heir = std::make_unique<Member>(plan, group, "two", nullptr, kShort);
  ASSERT_TRUE(run_until({}, [&] { return frozen.witness.said(Probe::Level::kWarn, "maximum poll interval") > 0; }));
  if (!heir) heir = std::make_unique<Member>(plan, group, "two", nullptr, kShort);
  heir->listener->commits = true;
  ASSERT_TRUE(run_until({heir.get()}, [&] { return parts(*heir) == 2 && heir->listener->heard.size() >= 10; }));
  ASSERT_TRUE(run_until(
      {heir.get()}, [&] { return committed_offset(group, topic, 0) == 5 && committed_offset(group, topic, 1) == 5; }));

  frozen.listener->holds_back = true;                 // its pipeline still has events in flight
  frozen.source->commit({{{0, 0}, 3}, {{0, 1}, 3}});  // and commits first of all when it thaws
  ASSERT_TRUE(run_until({&frozen, heir.get()}, [&] { return frozen.listener->lost.size() == 2; }));
  frozen.listener->holds_back = false;
  ASSERT_TRUE(
      run_until({&frozen, heir.get()}, [&] { return parts(frozen) == 1 && parts(*heir) == 1; }));  // it joins again
  EXPECT_EQ(committed_offset(group, topic, 0), 5);
  EXPECT_EQ(committed_offset(group, topic, 1), 5);
}

TEST(KafkaGroup, AFrozenMemberLosesItsPartitionsAndItsLateCommitCountsForNothing) {
  freeze_one_of_two(false);
}
TEST(KafkaGroup, AMemberThatFreezesInTheMiddleOfARebalanceLosesItsPartitionsToo) {
  freeze_one_of_two(true);
}

TEST(KafkaGroup, AMemberThatFreezesWhileItDrainsIsToldThatItHasLost) {
  TopicGarden garden;
  const auto topic = garden.make(2);
  const auto plan = plan_of({.topics = {{topic, 2}}});
  const auto group = unique_name("group");
  Member frozen(plan, group, "one", nullptr, kShort);
  ASSERT_TRUE(run_until({&frozen}, [&] { return parts(frozen) == 2; }));
  frozen.listener->holds_back = true;
  Member heir(plan, group, "two", nullptr, kShort);
  ASSERT_TRUE(run_until({&frozen, &heir}, [&] { return frozen.listener->revoked.size() == 2; }));
  ASSERT_TRUE(run_until({&heir}, [&] { return parts(heir) == 2; }));  // the frozen one is not polled
  ASSERT_TRUE(run_until({&frozen, &heir}, [&] { return frozen.listener->lost.size() == 2; }));
  frozen.listener->holds_back = false;
  ASSERT_TRUE(run_until({&frozen, &heir}, [&] { return parts(frozen) == 1 && parts(heir) == 1; }));
}

TEST(KafkaGroup, TheOlderOfTwoProcessesWithOneNameStops) {
  TopicGarden garden;
  const auto topic = garden.make(2);
  const auto plan = plan_of({.topics = {{topic, 2}}});
  const auto group = unique_name("group");
  Member older(plan, group, "same", nullptr, kLively);
  ASSERT_TRUE(run_until({&older}, [&] { return parts(older) == 2; }));
  Member newer(plan, group, "same", nullptr, kLively);
  ASSERT_TRUE(run_until({&older, &newer}, [&] { return older.source->halted() && parts(newer) == 2; }));
  EXPECT_THAT(*older.source->halted(), HasSubstr("GOFUTURE_INSTANCE"));
  EXPECT_THAT(older.listener->lost, SizeIs(2));
  EXPECT_FALSE(newer.source->halted());
}

// Its session ended while the broker was down; a commit of that session is answered by the broker after the next one has begun. To
// the client this looks as if somebody else used its name.
TEST(KafkaGroup, AMemberThatItsOwnNextSessionFencesReadsOnWhereItWas) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  fill(topic, 0, 5);
  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one", nullptr, kShort);
  member.listener->commits = true;
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() == 5; }));
  const auto frozen_until = std::chrono::steady_clock::now() + std::chrono::milliseconds(2'500);  // longer than max_poll
  ASSERT_TRUE(run_until({}, [&] { return std::chrono::steady_clock::now() > frozen_until; }));
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->lost.size() == 1; }));
  member.source->fence_for_test();
  fill(topic, 0, 5, 5);
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->values().back() == "9"; }));
  EXPECT_EQ(member.source->halted(), std::nullopt);

  member.source->fence_for_test();  // and now without an end of its session: that is another process
  ASSERT_TRUE(run_until({&member}, [&] { return member.source->halted().has_value(); }));
  EXPECT_THAT(*member.source->halted(), HasSubstr("another process joined"));
}

// Reads on behind a fetch that has dried up: the way out of a stall that is Kafka's or its client's.
TEST(KafkaGroup, AMemberThatJoinsAgainReadsOnExactlyWhereItWas) {
  TopicGarden garden;
  constexpr int kPartitions = 4, kEach = 2'000, kRounds = 5;
  const auto topic = garden.make(kPartitions);
  const auto plan = plan_of({.topics = {{topic, kPartitions}}});
  const auto group = unique_name("group");
  Member first(plan, group, "one", nullptr, kLively);   // leads the group
  Member second(plan, group, "two", nullptr, kLively);  // follows
  const std::vector<Member*> both = {&first, &second};
  for (auto* member : both) member->listener->commits = true;
  ASSERT_TRUE(run_until(both, [&] { return parts(first) == 2 && parts(second) == 2; }));

  std::map<int, std::int64_t> committed;
  std::size_t wanted = 0;
  for (int round = 0; round < kRounds; ++round) {
    auto& stuck = round % 2 == 0 ? first : second;
    std::vector<TopicPartition> dry;
    for (const auto& position : stuck.listener->positions()) dry.push_back(position.at);
    ASSERT_THAT(dry, SizeIs(2)) << "round " << round;
    stuck.source->pause(dry);  // behind the listener's back: nothing comes any more
    for (int p = 0; p < kPartitions; ++p) fill(topic, p, kEach, round * kEach);
    wanted += kPartitions * kEach;
    const auto assigned = stuck.listener->assignments;
    stuck.source->rejoin();
    ASSERT_TRUE(run_until(both, [&] {
      return stuck.listener->assignments > assigned && first.listener->heard.size() + second.listener->heard.size() >= wanted;
    })) << "round " << round;
    for (int p = 0; p < kPartitions; ++p) {
      const auto now = committed_offset(group, topic, p).value_or(0);
      EXPECT_GE(now, committed[p]) << "partition " << p << ", round " << round;
      committed[p] = now;
    }
  }
  std::map<std::pair<int, std::int64_t>, int> times;
  for (const auto* member : both) {
    EXPECT_THAT(member->listener->lost, IsEmpty());
    for (const auto& one : member->listener->heard) ++times[{one.at.partition, one.offset}];
  }
  EXPECT_THAT(times, SizeIs(wanted));
  for (const auto& [where, count] : times) ASSERT_EQ(count, 1) << where.first << "/" << where.second;
  ASSERT_TRUE(run_until(both, [&] {
    for (int p = 0; p < kPartitions; ++p)
      if (committed_offset(group, topic, p) != kRounds * kEach) return false;
    return true;
  }));
}

TEST(KafkaGroup, ADrainBeforeAMemberJoinsAgainMayLastLongerThanItsSession) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  const auto group = unique_name("group");
  fill(topic, 0, 10);
  Member member(plan_of({.topics = {{topic, 1}}}), group, "one", nullptr, kShort);
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() >= 10; }));
  member.listener->holds_back = true;
  member.source->rejoin();
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until({&member}, [&] { return std::chrono::steady_clock::now() - begin > std::chrono::seconds(4); }));
  EXPECT_EQ(member.listener->revocations, 1);
  EXPECT_EQ(committed_offset(group, topic, 0), 0) << "what is in flight has not ended";
  fill(topic, 0, 5, 10);
  member.listener->holds_back = false;
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() >= 15; }));
  EXPECT_THAT(member.listener->lost, IsEmpty());
  EXPECT_EQ((member.listener->begun[{0, 0}]), 10);
  EXPECT_EQ(member.listener->heard.size(), 15U);
  EXPECT_EQ(member.source->stale_records(), 0U);
}

TEST(KafkaGroup, ClosingBeforeAnythingWasAssignedIsDoneAtOnce) {
  TopicGarden garden;
  const auto topic = garden.make(1);
  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one");
  member.source->close();
  EXPECT_TRUE(member.source->closed());
  EXPECT_THAT(member.listener->revoked, IsEmpty());
}

// The size of the platform: thirteen functions over six topics with 576 partitions, each with a thread of its own.
TEST(KafkaGroup, ThirteenFunctionsStartOver576PartitionsAndStartAgainAfterAKill) {
  TopicGarden garden;
  const std::vector<std::int32_t> sizes = {128, 256, 64, 64, 32, 32};
  std::vector<WantedTopic> wanted;
  for (const auto size : sizes) wanted.push_back({unique_name("large"), size, {}});
  garden.make(wanted);
  struct Function {
    std::string group;
    std::shared_ptr<const Plan> plan;
    std::size_t partitions = 0;
    MemoryLedger ledger;
  };
  std::vector<std::unique_ptr<Function>> functions;
  for (std::size_t i = 0; i < 13; ++i) {
    auto function = std::make_unique<Function>();
    PlanRequest request;
    for (const std::size_t t : {i % 6, (i + 1) % 6}) {
      request.topics.emplace_back(wanted[t].name, sizes[t]);
      function->partitions += static_cast<std::size_t>(sizes[t]);
    }
    function->plan = plan_of(request);
    function->group = unique_name("group");
    functions.push_back(std::move(function));
  }
  for (const char* round : {"first", "again"}) {
    const auto begin = std::chrono::steady_clock::now();
    std::atomic<int> ready{0}, failed{0};
    std::atomic<bool> all{false};
    std::vector<std::thread> threads;
    for (auto& function : functions)
      threads.emplace_back([&, f = function.get()] {
        Member member(f->plan, f->group, "one", &f->ledger, kEndless);
        if (!run_until({&member}, [&] { return parts(member) == f->partitions; })) ++failed;
        ++ready;
        run_until({&member}, [&] { return all.load(); });
      });
    while (ready < 13) std::this_thread::yield();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%s start of 13 functions over 576 partitions: %lld ms\n", round, static_cast<long long>(took));
    all = true;
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failed, 0) << round;
  }
}

}  // namespace
}  // namespace gofuture::test
