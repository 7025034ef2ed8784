// `gofuture run` as a process of its own, with a function that stays in its event until the test lets it go.
#include "integration/process_world.hpp"

namespace gofuture::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Waiting : public Process {
 protected:
  Waiting() : Process("identity", "library = \"waits\"\nmode = \"at_least_once\"\n", "") {}
};

TEST_F(Waiting, AStallIsCountedAndToldTheGroupIsJoinedAgainAndOnlyThenItIsUnready) {
  start();
  send(0, "a");
  ASSERT_TRUE(until([&] { return says("its group is joined again, once"); }));
  EXPECT_THAT(page("/readyz"), StartsWith("200"));
  EXPECT_THAT(page("/metrics"), HasSubstr("gofuture_stalls_total{function=\"identity\"} 1\n"));
  ASSERT_TRUE(until([&] { return says("not ready from now on"); }));
  EXPECT_THAT(page("/readyz"), AllOf(StartsWith("503"), HasSubstr("identity: stalled: 1 events behind")));
  // Joining again cannot heal a handler that hangs: its partitions are given back around it.
  ASSERT_TRUE(until([&] { return says("1 events still in flight after the drain time") && said("2 partitions assigned") == 2; }));
  EXPECT_EQ(committed(0), 0);
  let_go();
  ASSERT_TRUE(until([&] { return says("no longer stalled"); }));
  EXPECT_THAT(page("/readyz"), StartsWith("200"));
  EXPECT_THAT(page("/metrics"), HasSubstr("gofuture_stalls_total{function=\"identity\"} 1\n"));
  ASSERT_TRUE(until([&] { return committed(0) == 1; }));
  EXPECT_EQ(stop(), 0);
}

// A thread that lets them through would be ended by them, and all others with it, whenever the first one is not waiting for them just then.
TEST_F(Waiting, NoThreadButTheFirstTakesTheSignalsThatAskItToStop) {
  start();
  constexpr std::uint64_t kAskToStop = 1ULL << (SIGTERM - 1) | 1ULL << (SIGINT - 1);
  int others = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    if (thread.path().filename() == std::to_string(pid_)) continue;
    std::ifstream status(thread.path() / "status");
    for (std::string word; status >> word;) {
      if (word != "SigBlk:" || !(status >> word)) continue;
      EXPECT_EQ(std::stoull(word, nullptr, 16) & kAskToStop, kAskToStop) << "thread " << thread.path().filename();
      ++others;
    }
  }
  EXPECT_GT(others, 3);
  EXPECT_EQ(stop(), 0);
}

TEST_F(Waiting, AStopWithAHandlerThatHangsKeepsWhatIsDoneAndLosesNothing) {
  let_go();
  start();
  for (const char* key : {"a", "b", "c"}) send(0, key);
  ASSERT_TRUE(until([&] { return committed(0) == 3; }));
  hold();
  send(1, "d");
  ASSERT_TRUE(until([&] { return begun() == 4; }));
  EXPECT_EQ(stop(), 3);
  EXPECT_THAT(log(), HasSubstr(topic_ + "/1@0) for "));
  EXPECT_THAT(log(), HasSubstr("ms and does not return"));
  EXPECT_EQ(committed(0), 3);
  EXPECT_EQ(committed(1), 0);

  let_go();
  start();
  ASSERT_TRUE(until([&] { return committed(1) == 1; }));
  EXPECT_EQ(begun(), 1U) << "and nothing that was done is handled again";
  EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace gofuture::test
