// A broker that is frozen for a while. Runs alone, and only against a broker that the stack named as its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <thread>

#include "integration/kafka_world.hpp"

namespace gofuture::test {
namespace {

using ::testing::SizeIs;

// SIGSTOP until it goes out of scope.
class FrozenBroker {
 public:
  explicit FrozenBroker(pid_t pid) : pid_(pid) { ::kill(pid_, SIGSTOP); }
  ~FrozenBroker() { thaw(); }
  void thaw() { ::kill(pid_, SIGCONT); }

 private:
  pid_t pid_;
};

std::optional<pid_t> broker_pid() {
  const char* text = std::getenv("GOFUTURE_STACK_KAFKA_PID");
  if (text == nullptr) return std::nullopt;
  return static_cast<pid_t>(std::atoi(text));
}

TEST(KafkaOutage, RecordsSentWhileTheBrokerIsFrozenArriveInOrderAndNoneFails) {
  const auto pid = broker_pid();
  if (!pid) GTEST_SKIP() << "GOFUTURE_STACK_KAFKA_PID is not set: this broker is not ours to freeze";
  TopicGarden garden;
  const auto topic = garden.make(2);
  AckList acks;
  std::atomic<bool> timed_out{false};
  SinkOptions options{.brokers = kafka_brokers(),
                      .properties = {{"request.timeout.ms", "1000"}, {"socket.timeout.ms", "1500"}},
                      .client_id = "outage"};
  auto sink = KafkaSink::open(options, acks, [&](kafka::Level, const std::string& sentence) {
    if (sentence.find("REQTMOUT") != std::string::npos || sentence.find("imed out") != std::string::npos)
      timed_out = true;
  });
  ASSERT_TRUE(sink);
  constexpr std::uint64_t kCount = 3'000;
  const auto send = [&](std::uint64_t from, std::uint64_t to) {
    for (auto i = from; i < to; ++i) {
      const auto value = std::to_string(i);
      OutgoingRecord record;
      record.topic = topic;
      record.key = value;
      record.value = value;
      record.partition = static_cast<std::int32_t>(i % 2);
      ASSERT_TRUE((*sink)->send(record, i));
    }
  };
  send(0, 1'000);
  {
    FrozenBroker frozen(*pid);
    send(1'000, 2'000);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!timed_out && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    send(2'000, kCount);
  }
  EXPECT_TRUE(timed_out) << "the test did not see what it is about";
  ASSERT_TRUE((*sink)->flush(60'000));
  EXPECT_THAT(acks.errors(), SizeIs(0));
  EXPECT_THAT(acks.tokens(), SizeIs(kCount));
  std::map<std::int32_t, std::vector<std::uint64_t>> first;
  std::set<std::uint64_t> seen;
  for (const auto& one : read_all(topic, 2))
    if (const auto number = std::stoull(*one.value); seen.insert(number).second) first[one.partition].push_back(number);
  EXPECT_THAT(seen, SizeIs(kCount));
  for (const auto& [partition, numbers] : first)
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << partition;
}

TEST(KafkaOutage, ASourceReadsOnAfterTheBrokerWasFrozenPastItsSession) {
  const auto pid = broker_pid();
  if (!pid) GTEST_SKIP() << "GOFUTURE_STACK_KAFKA_PID is not set: this broker is not ours to freeze";
  TopicGarden garden;
  const auto topic = garden.make(1);
  const auto group = unique_name("group");
  fill(topic, 0, 10);
  Member member(plan_of({.topics = {{topic, 1}}}), group, "one", nullptr, [](SourceOptions& options) {
    options.session_ms = 2'000;
    options.heartbeat_ms = 200;
    options.properties["socket.timeout.ms"] = "1000";
  });
  member.listener->commits = true;
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() >= 10; }));
  {
    FrozenBroker frozen(*pid);
    ASSERT_TRUE(
        run_until({&member}, [&] { return member.listener->lost.size() == 1 || member.listener->revocations > 0; }));
  }
  fill(topic, 0, 10, 10);
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->next[{0, 0}] == 20; }));
  EXPECT_FALSE(member.source->halted());
}

TEST(KafkaOutage, AFunctionThatIsFedByTheSharedReaderReadsOnToo) {
  const auto pid = broker_pid();
  if (!pid) GTEST_SKIP() << "GOFUTURE_STACK_KAFKA_PID is not set: this broker is not ours to freeze";
  TopicGarden garden;
  const auto topic = garden.make(1);
  Witness witness;
  auto reader = SharedReader::open({.brokers = kafka_brokers(), .properties = {{"socket.timeout.ms", "1000"}}},
                                   [&](kafka::Level level, const std::string& sentence) { witness.log(level, sentence, nullptr); });
  ASSERT_TRUE(reader) << reader.error().message();
  Member member(plan_of({.topics = {{topic, 1}}}), unique_name("group"), "one", nullptr, [&](SourceOptions& options) {
    options.session_ms = 2'000;
    options.heartbeat_ms = 200;
    options.properties["socket.timeout.ms"] = "1000";
    options.reader = reader->get();
  });
  member.listener->commits = true;
  int written = 0;
  ASSERT_TRUE(run_until({&member}, [&] {
    fill(topic, 0, 1, written++);
    return member.source->fed_records() > 0;
  }));
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->heard.size() == static_cast<std::size_t>(written); }));
  {
    FrozenBroker frozen(*pid);
    ASSERT_TRUE(run_until({&member}, [&] { return !member.listener->lost.empty() || member.listener->revocations > 0; }));
  }
  fill(topic, 0, 10, written);
  written += 10;
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->next[{0, 0}] == written; }));
  const auto fed = member.source->fed_records();
  ASSERT_TRUE(run_until({&member}, [&] {
    fill(topic, 0, 1, written++);
    return member.source->fed_records() > fed;
  })) << "it follows again";
  ASSERT_TRUE(run_until({&member}, [&] { return member.listener->next[{0, 0}] == written; }));
  std::int64_t next = 0;
  for (const auto& one : member.listener->heard) {
    EXPECT_LE(one.offset, next) << "nothing is missing";
    next = std::max(next, one.offset + 1);
  }
}

}  // namespace
}  // namespace gofuture::test
