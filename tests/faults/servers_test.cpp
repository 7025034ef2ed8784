// Kafka and Postgres are killed, frozen and started again while events flow: the process lives through it, and the audit finds
// what it would find without. The servers are this program's own (with_own_servers).
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>

#include "faults/until.hpp"
#include "faults/world.hpp"

namespace gofuture::test {
namespace {

constexpr auto kFrozen = std::chrono::seconds(8);

// A shell that knows this stack's addresses and pids, which are new after each start.
void shell(const std::string& command) {
  const std::string whole = "bash -ec '. \"$GOFUTURE_HOME/stack/env\"; " + command + "' >>\"$GOFUTURE_HOME/work/stack.log\" 2>&1";
  ASSERT_EQ(std::system(whole.c_str()), 0) << command;
}
const std::string kStack = GOFUTURE_SOURCE_DIR "/deploy/stack/stack ";

void kill_and_start(const std::string& server) {
  shell(kStack + "kill " + server);
  shell(kStack + "up");
}
// All of a server's processes, the parent first: it starts no others then.
void freeze(const std::string& pid) {
  const std::string all = "$" + pid + " $(ps -o pid= --ppid $" + pid + ")";
  shell("kill -STOP " + all);
  const auto end = std::chrono::steady_clock::now() + kFrozen;
  until([&] { return std::chrono::steady_clock::now() > end; });
  shell("kill -CONT " + all);
}

struct Trouble {
  std::string name;
  std::function<void()> make;
};

class EveryTrouble : public testing::TestWithParam<Trouble> {
 protected:
  bool handled(std::int64_t events) {
    return until([&] { return world_.number("SELECT count(*) FROM gofuture.inbox") >= events; });
  }
  World world_;
};

TEST_P(EveryTrouble, IsLivedThroughTwiceAndLeavesOneEffectPerEvent) {
  world_.send(120);
  world_.start();
  ASSERT_TRUE(handled(30));
  GetParam().make();
  if (HasFatalFailure()) return;
  world_.send(80);
  ASSERT_TRUE(handled(150));
  GetParam().make();
  if (HasFatalFailure()) return;
  world_.rest();
  if (HasFatalFailure()) return;
  world_.audit();
  EXPECT_EQ(world_.stop(), "status 0");
}

INSTANTIATE_TEST_SUITE_P(, EveryTrouble,
                         testing::Values(Trouble{"PostgresIsKilled", [] { kill_and_start("postgres"); }},
                                         Trouble{"KafkaIsKilled", [] { kill_and_start("kafka"); }},
                                         Trouble{"BothAreKilled", [] { shell(kStack + "kill postgres; " + kStack + "kill kafka; " + kStack + "up"); }},
                                         Trouble{"PostgresIsFrozen", [] { freeze("GOFUTURE_STACK_POSTGRES_PID"); }},
                                         Trouble{"KafkaIsFrozen", [] { freeze("GOFUTURE_STACK_KAFKA_PID"); }}),
                         [](const auto& one) { return one.param.name; });

TEST(Servers, AProcessThatStartsBeforeKafkaSaysSoAndWaits) {
  World world;
  world.send(16);
  shell(kStack + "kill kafka");
  world.start();
  ASSERT_TRUE(until([&] { return world.program().says("no Kafka broker answers"); }));
  shell(kStack + "up");
  if (HasFatalFailure()) return;
  world.rest();
  if (HasFatalFailure()) return;
  world.audit();
  EXPECT_EQ(world.stop(), "status 0");
}

}  // namespace
}  // namespace gofuture::test
