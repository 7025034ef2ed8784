// Functions that are fed by one reader of their process: each hears every record once, in order, whatever happens on the way.
#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <thread>

#include "integration/kafka_world.hpp"
#include "kafka/shared_reader.hpp"
#include "kafka/wakeup.hpp"

namespace gofuture::test {
namespace {

using ::testing::Ge;

constexpr int kPartitions = 4;

std::unique_ptr<SharedReader> reader_of(std::size_t waiting_max = 20'000) {
  auto opened = SharedReader::open({.brokers = kafka_brokers(), .properties = {}, .waiting_max = waiting_max}, quiet());
  if (!opened) std::abort();
  return std::move(*opened);
}

std::function<void(SourceOptions&)> fed_by(SharedReader& reader) {
  return [&reader](SourceOptions& options) {
    options.reader = &reader;
    options.heartbeat_ms = 200;
  };
}

// Writes records round robin, a few at a time, so that the readers come to the end again and again, until it is stopped.
class Writer {
 public:
  explicit Writer(std::string topic) : thread_([this, topic = std::move(topic)] { write(topic); }) {}
  ~Writer() { stop(); }
  std::size_t stop() {  // returns how many there are
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return written_;
  }

 private:
  void write(const std::string& topic) {
    AckList acks;
    auto sink = KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "writer"}, acks, quiet());
    ASSERT_TRUE(sink) << sink.error().message();
    for (; !stopping_; ++written_) {
      const auto value = std::to_string(written_);
      OutgoingRecord record;
      record.topic = topic;
      record.key = record.value = value;
      record.headers = {{"n", value}};
      record.partition = static_cast<std::int32_t>(written_ % kPartitions);
      ASSERT_TRUE((*sink)->send(record, written_));
      if (written_ % 7 != 0) continue;
      ASSERT_TRUE((*sink)->flush(30'000));
    }
    ASSERT_TRUE((*sink)->flush(30'000));
  }
  std::atomic<bool> stopping_{false};
  std::size_t written_ = 0;  // the writer's until it is joined
  std::thread thread_;
};

// Each offset once and in order, from the first.
void expect_all_in_order(const Member& member) {
  std::map<std::int32_t, std::int64_t> next;
  for (const auto& one : member.listener->heard) {
    ASSERT_EQ(one.offset, next[one.at.partition]) << "partition " << one.at.partition;
    ++next[one.at.partition];
    ASSERT_EQ(one.headers.size(), 1u);
    ASSERT_EQ(one.headers[0].second, one.value);
  }
}

TEST(KafkaSharedReader, EveryFunctionHearsEveryRecordOnceInOrderWhileItPausesAndGoesOn) {
  TopicGarden garden;
  const auto topic = garden.make(kPartitions);
  const auto plan = plan_of({.topics = {{topic, kPartitions}}});
  const auto reader = reader_of();
  Member one(plan, unique_name("group"), "one", nullptr, fed_by(*reader));
  Member two(plan, unique_name("group"), "two", nullptr, fed_by(*reader));
  Member three(plan, unique_name("group"), "three", nullptr, fed_by(*reader));
  const std::vector<Member*> all = {&one, &two, &three};
  Writer writer(topic);
  std::minstd_rand chance(7);
  ASSERT_TRUE(run_until(all, [&] {
    for (Member* member : all) {
      const TopicPartition at{0, static_cast<std::int32_t>(chance() % kPartitions)};
      if (chance() % 20 == 0) member->source->pause({at});
      if (chance() % 5 == 0) member->source->resume({at});
    }
    return std::ranges::all_of(all, [&](const Member* member) { return member->source->fed_records() > 5'000; });
  }));
  const std::size_t written = writer.stop();
  for (Member* member : all)
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) member->source->resume({{0, partition}});
  ASSERT_TRUE(run_until(all, [&] { return std::ranges::all_of(all, [&](const Member* member) { return member->listener->heard.size() >= written; }); }));
  for (const Member* member : all) {
    EXPECT_EQ(member->listener->heard.size(), written);
    EXPECT_LT(member->source->fed_records(), written) << "some of them while it was behind";
    expect_all_in_order(*member);
  }
}

TEST(KafkaSharedReader, WhatIsNewComesThroughItAndTheLagIsKnown) {
  TopicGarden garden;
  const auto topic = garden.make(kPartitions);
  const auto plan = plan_of({.topics = {{topic, kPartitions}}});
  const auto reader = reader_of();
  Member member(plan, unique_name("group"), "one", nullptr, fed_by(*reader));
  member.listener->commits = true;
  fill(topic, 0, 10);
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() == 10; }));
  // Once it follows, everything comes through the reader.
  int written = 10;
  ASSERT_TRUE(run_until({&member}, [&] {
    fill(topic, 0, 1, written++);
    return member.source->fed_records() > 0;
  }));
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() == static_cast<std::size_t>(written); }));
  const auto fed = member.source->fed_records();
  fill(topic, 0, 100, written);
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() == static_cast<std::size_t>(written) + 100; }));
  EXPECT_EQ(member.source->fed_records(), fed + 100);
  ASSERT_TRUE(run_until({&member}, [&] { return member.witness.lags[TopicPartition{0, 0}] == 0; }));
  EXPECT_EQ(reader->end_of({topic, 0}), written + 100);
}

// A function that is told to end right after it has begun: both asks come in one turn of the reader, which has no client for the topic yet.
TEST(KafkaSharedReader, WhatIsFollowedAndLeftInOneTurnIsNeitherBegunNorEnded) {
  TopicGarden garden;
  const auto topic = garden.make(1), other = garden.make(1);
  for (const auto& name : {topic, other}) fill(name, 0, 3);
  const auto reader = reader_of();
  kafka::Wakeup wakeup;
  const auto follower = reader->follower(wakeup);
  const kafka::Where where{topic, 0};
  const TopicPartition at{0, 0};
  const auto hears_three_of = [&](std::uint64_t token) {
    std::vector<SharedReader::Fed> fed;
    std::size_t records = 0;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (records < 3 && std::chrono::steady_clock::now() < until) {
      pollfd fd{wakeup.wait_fd(), POLLIN, 0};
      ::poll(&fd, 1, 100);
      wakeup.drain();
      follower->take(fed);
      for (const auto& one : fed) records += one.kind == SharedReader::Fed::Kind::kRecord && one.token == token ? 1 : 0;
    }
    return records == 3;
  };
  follower->ask({{where, at, 0, 1}, {where, at, 0, 0}, {{other, 0}, {1, 0}, 0, 5}});
  EXPECT_TRUE(hears_three_of(5));
  follower->ask({{where, at, 0, 2}});
  EXPECT_TRUE(hears_three_of(2));
  follower->ask({{where, at, 0, 0}, {where, at, 3, 3}, {where, at, 0, 0}, {where, at, 3, 4}});
  fill(topic, 0, 3, 3);
  EXPECT_TRUE(hears_three_of(4));
}

TEST(KafkaSharedReader, PartitionsMoveBetweenProcessesThatHaveEachTheirOwn) {
  TopicGarden garden;
  const auto topic = garden.make(kPartitions);
  const auto plan = plan_of({.topics = {{topic, kPartitions}}});
  const auto group = unique_name("group");
  const auto here = reader_of(), there = reader_of();
  Member first(plan, group, "one", nullptr, fed_by(*here));
  first.listener->commits = true;
  ASSERT_TRUE(run_until({&first}, [&] { return first.listener->next.size() == kPartitions; }));
  Writer writer(topic);
  ASSERT_TRUE(run_until({&first}, [&] { return first.source->fed_records() > 500; }));
  Member second(plan, group, "two", nullptr, fed_by(*there));
  second.listener->commits = true;
  const std::vector<Member*> both = {&first, &second};
  ASSERT_TRUE(run_until(both, [&] { return second.listener->next.size() == 2 && second.source->fed_records() > 200; }));
  first.source->rejoin();
  ASSERT_TRUE(run_until(both, [&] { return first.listener->assignments == 3; }));
  first.source->close();
  ASSERT_TRUE(run_until(both, [&] { return first.source->closed(); }));
  Member again(plan, group, "one", nullptr, fed_by(*here));
  again.listener->commits = true;
  ASSERT_TRUE(run_until({&second, &again}, [&] { return again.source->fed_records() > 200; }));
  const std::size_t written = writer.stop();
  ASSERT_TRUE(run_until({&second, &again}, [&] {
    return first.listener->heard.size() + second.listener->heard.size() + again.listener->heard.size() >= written;
  }));
  std::map<std::pair<int, std::int64_t>, int> times;
  for (const Member* member : {&first, &second, &again}) {
    std::map<int, std::int64_t> next;
    for (const auto& one : member->listener->heard) {
      ++times[{one.at.partition, one.offset}];
      EXPECT_THAT(one.offset, Ge(next[one.at.partition]));
      next[one.at.partition] = one.offset + 1;
    }
  }
  EXPECT_EQ(times.size(), written);
  for (const auto& [where, count] : times) ASSERT_EQ(count, 1) << where.first << "/" << where.second;
}

TEST(KafkaSharedReader, AFunctionThatIsBusyForLongIsLeftToItselfMissesNothingAndFollowsAgain) {
  constexpr int kBurst = 1'500;  // of each partition: together more than the reader takes in one turn, which may all wait for the busy one
  TopicGarden garden;
  const auto topic = garden.make(kPartitions);
  const auto plan = plan_of({.topics = {{topic, kPartitions}}});
  const auto reader = reader_of(100);
  Member busy(plan, unique_name("group"), "busy", nullptr, fed_by(*reader)), lively(plan, unique_name("group"), "lively", nullptr, fed_by(*reader));
  const auto follows = [&](Member& member) {
    const auto before = member.source->fed_records();
    return run_until({&member}, [&] {
      fill(topic, 1, 1);
      return member.source->fed_records() > before;
    });
  };
  ASSERT_TRUE(follows(busy));
  ASSERT_TRUE(follows(lively));
  const auto before = lively.listener->heard.size();
  for (int partition = 0; partition < kPartitions; ++partition) fill(topic, partition, kBurst);
  ASSERT_TRUE(run_until({&lively}, [&] { return lively.listener->heard.size() >= before + std::size_t{kBurst} * kPartitions; })) << "while the other does nothing";
  const auto fed = busy.source->fed_records();
  const auto all = [&] {
    std::int64_t count = 0;
    for (int partition = 0; partition < kPartitions; ++partition) count += log_end(topic, partition);
    return static_cast<std::size_t>(count);
  };
  ASSERT_TRUE(run_until({&busy}, [&] { return busy.listener->heard.size() == all(); }));
  EXPECT_LT(busy.source->fed_records() - fed, std::size_t{kBurst} * kPartitions) << "the rest it has read for itself";
  ASSERT_TRUE(follows(busy));
  ASSERT_TRUE(run_until({&busy}, [&] { return busy.listener->heard.size() == all(); }));
  std::map<std::int32_t, std::int64_t> next;
  for (const auto& one : busy.listener->heard) ASSERT_EQ(one.offset, next[one.at.partition]++);
}

TEST(KafkaSharedReader, AFunctionThatJoinsItsGroupAgainAndAgainHearsEverythingOnceInOrder) {
  TopicGarden garden;
  const auto topic = garden.make(kPartitions);
  const auto reader = reader_of();
  Member member(plan_of({.topics = {{topic, kPartitions}}}), unique_name("group"), "one", nullptr, fed_by(*reader));
  Writer writer(topic);
  std::uint64_t fed = 0;
  ASSERT_TRUE(run_until({&member}, [&] {
    if (member.source->fed_records() > fed + 500) {
      fed = member.source->fed_records();
      member.source->rejoin();
    }
    return member.listener->assignments >= 4;
  }));
  const std::size_t written = writer.stop();
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() >= written; }));
  EXPECT_EQ(member.listener->heard.size(), written);
  expect_all_in_order(member);
}

TEST(KafkaSharedReader, AFunctionWithTimersIsToldWhereTheLogEnds) {
  struct Ends : Listener {
    using Listener::Listener;
    void on_end(TopicPartition, std::int64_t offset) override { end = offset; }
    std::int64_t end = -1;
  };
  TopicGarden garden;
  const auto topic = garden.make(1);
  const auto plan = plan_of({.topics = {{topic, 1}}, .uses_timers = true});
  const auto reader = reader_of();
  Witness witness;
  auto source = std::move(*KafkaSource::open({.brokers = kafka_brokers(), .properties = {}, .group = unique_name("group"), .instance = "one", .plan = plan, .reader = reader.get()}, witness));
  Ends listener(*source);
  ASSERT_TRUE(source->attach(listener));
  int written = 0;
  const auto turn_until = [&](const std::function<bool()>& done) {
    return run_until({}, [&] {
      source->poll(500);
      listener.step();
      return done();
    });
  };
  ASSERT_TRUE(turn_until([&] {
    fill(topic, 0, 1, written++);
    return source->fed_records() > 0;
  }));
  ASSERT_TRUE(turn_until([&] { return listener.end == log_end(topic, 0); }));
  fill(topic, 0, 5, written);
  ASSERT_TRUE(turn_until([&] { return listener.heard.size() == static_cast<std::size_t>(written) + 5 && listener.end == log_end(topic, 0); }));
}

}  // namespace
}  // namespace gofuture::test
