// Events that take the process with them, `gofuture run` as a process of its own, and a supervisor that starts it again.
#include "integration/postgres_database.hpp"
#include "integration/process_world.hpp"

namespace gofuture::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// How a fault ends a process: a sanitizer reports it and leaves by a status of its own.
#if defined(__SANITIZE_ADDRESS__)
constexpr const char* kFault = "status 1";
#elif defined(__SANITIZE_THREAD__)
constexpr const char* kFault = "status 66";
#else
constexpr const char* kFault = "signal 11";
#endif

constexpr const char* kTwoRetries = "[retry]\nmax_retries = 2\ninitial = \"1s\"\nmultiplier = 1\njitter = 0\n";

class Poisoned : public Process {
 protected:
  explicit Poisoned(const std::string& mode, const std::string& timeout = "30s")
      : Process("poison", "concurrency = 4\nmode = \"" + mode + "\"\ntimeout = \"" + timeout + "\"\nmemory = \"64MiB\"\n", kTwoRetries) {}

  void poison(std::int32_t partition, const std::string& key, int n, const std::string& what = "") {
    send(partition, key, R"(, "n": )" + std::to_string(n) + R"(, "do": ")" + what + "\"");
  }
  // How the process ended, where it has: "signal 11", "status 4". Empty: it runs.
  std::string ended() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return "";
    pid_ = 0;
    return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : "status " + std::to_string(WEXITSTATUS(status));
  }
  // Waits for the condition and starts the process whenever it ends; how it ended each time.
  std::vector<std::string> supervise(const std::function<bool()>& done, const std::function<void()>& at_end = {}) {
    std::vector<std::string> ends;
    EXPECT_TRUE(until([&] {
      if (const std::string how = ended(); !how.empty()) {
        ends.push_back(how);
        if (at_end) at_end();
        start();
      }
      return done();
    }));
    return ends;
  }
  std::vector<std::string> story(const std::string& key) const {
    std::vector<std::string> lines;
    std::ifstream all(folder_ / "story");
    for (std::string line; std::getline(all, line);)
      if (line.starts_with(key + " ")) lines.push_back(line.substr(key.size() + 1));
    return lines;
  }
  bool done(const std::string& key, int n) const {
    const auto lines = story(key);
    return std::find(lines.begin(), lines.end(), std::to_string(n) + " done") != lines.end();
  }
};

class InPostgres : public Poisoned {
 protected:
  explicit InPostgres(const std::string& timeout = "30s") : Poisoned("postgres", timeout) {
    database().wipe();
    postgres_ = database().conninfo();
  }
  static std::int64_t count(const std::string& what) { return database().number("SELECT count(*) FROM gofuture." + what); }
  static std::string dead(const std::string& column) { return database().ask("SELECT " + column + " FROM gofuture.dead_letters"); }
};

struct Poison {
  const char* what;
  const char* end;
  const char* failure;
  const char* words;
};

class EveryPoison : public InPostgres, public ::testing::WithParamInterface<Poison> {
 public:
  using Poisoned::done;
  using Poisoned::poison;

 protected:
  EveryPoison() : InPostgres(std::string(GetParam().what) == "hang" ? "3s" : "30s") {}
};

// Another key's events, one every tenth of a second and one at each end of the process; how long they wait is told, not judged.
class Calm {
 public:
  explicit Calm(EveryPoison& test) : test_(test) { send(); }
  void send() {
    test_.poison(0, "calm", static_cast<int>(sent_.size()) + 1);
    sent_.push_back(now_ms());
  }
  // Whether all are done.
  bool look(bool goes_on) {
    for (; done_ < sent_.size() && test_.done("calm", static_cast<int>(done_) + 1); ++done_) longest_ms_ = std::max(longest_ms_, now_ms() - sent_[done_]);
    if (goes_on && now_ms() - sent_.back() >= 100) send();
    return done_ == sent_.size();
  }
  std::int64_t longest_ms() const { return longest_ms_; }

 private:
  static std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  EveryPoison& test_;
  std::vector<std::int64_t> sent_;
  std::size_t done_ = 0;
  std::int64_t longest_ms_ = 0;
};

TEST_P(EveryPoison, IsDeadAfterItsAttemptsItsFollowersGoOnAndOtherKeysProgressBetween) {
  const auto [what, end, failure, words] = GetParam();
  start();
  poison(0, "poisoned", 1, what);
  for (int n = 2; n <= 3; ++n) poison(0, "poisoned", n);
  Calm calm(*this);
  const auto ends = supervise([&] {
    const bool over = count("dead_letters") == 1 && done("poisoned", 3);
    return calm.look(!over) && over;
  }, [&] { calm.send(); });
  std::printf("%s: another key's event waited %lld ms at most, its process's death and start included\n", what, static_cast<long long>(calm.longest_ms()));
  EXPECT_THAT(ends, AllOf(SizeIs(3), Each(std::string(end))));
  EXPECT_THAT(story("poisoned"), ElementsAre("1 1", "1 2", "1 3", "2 1", "2 done", "3 1", "3 done"));

  EXPECT_EQ(dead("class"), failure);
  EXPECT_EQ(dead("attempts"), "3");
  EXPECT_EQ(dead("state_key"), "poisoned");
  EXPECT_THAT(dead("message"), AllOf(HasSubstr("has ended the process 3 times"), HasSubstr(words)));
  EXPECT_EQ(database().ask("SELECT min(convert_from(value, 'UTF8')::json->>'do') FROM gofuture.dead_letters"), what) << "kept whole";
  // The first one, and those that came with the first two ends.
  EXPECT_GE(count("inbox i, gofuture.dead_letters d WHERE i.outcome = 0 AND i.done_at < d.dead_at"), 3);
  ASSERT_TRUE(until([&] { return count("strikes") == 0; })) << "its end carries the attempts";
  EXPECT_EQ(stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(, EveryPoison,
                         ::testing::Values(Poison{"segfault", kFault, "crash", "by SIGSEGV"},
                                           Poison{"abort", "signal 6", "crash", "by SIGABRT"},
                                           Poison{"overflow", kFault, "crash", "by SIGSEGV"},
                                           Poison{"hang", "status 4", "transient", "did not return within its timeout"},
                                           Poison{"eat", "status 4", "crash", "more memory"}),
                         [](const auto& one) { return std::string(one.param.what); });

TEST_F(InPostgres, AnEventThatThrowsIsDeadAfterItsAttemptsAndTheProcessRunsOn) {
  start();
  poison(0, "poisoned", 1, "throw");
  for (int n = 2; n <= 3; ++n) poison(0, "poisoned", n);
  ASSERT_TRUE(until([&] { return count("parked") == 3; })) << "it waits with its followers behind it";
  poison(0, "calm", 1);
  ASSERT_TRUE(until([&] { return done("calm", 1); }));
  EXPECT_EQ(count("dead_letters"), 0) << "another key does not wait for it";
  EXPECT_THAT(supervise([&] { return count("dead_letters") == 1 && done("poisoned", 3); }), SizeIs(0));
  EXPECT_THAT(story("poisoned"), ElementsAre("1 1", "1 2", "1 3", "2 1", "2 done", "3 1", "3 done"));
  EXPECT_EQ(dead("class"), "transient");
  EXPECT_EQ(dead("attempts"), "3");
  EXPECT_THAT(dead("message"), AllOf(HasSubstr("attempt 3 of 3 failed"), HasSubstr("nobody can handle this")));
  EXPECT_TRUE(until([&] { return count("parked") == 0; })) << "the commit comes after the handler's word";
  EXPECT_EQ(stop(), 0);
}

TEST_F(InPostgres, TwentyKillsFromOutsideCostAnEventNoAttempt) {
  start();
  poison(0, "k", 1, "wait");
  for (std::size_t kill = 1; kill <= 20; ++kill) {
    ASSERT_TRUE(until([&] { return story("k").size() == kill; }));
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    start();
  }
  ASSERT_TRUE(until([&] { return story("k").size() == 21; }));
  let_go();
  ASSERT_TRUE(until([&] { return count("inbox WHERE outcome = 0 AND attempts = 1") == 1; }));
  EXPECT_THAT(story("k"), AllOf(SizeIs(22), Each(testing::AnyOf("1 1", "1 done"))));
  EXPECT_EQ(count("strikes"), 0);
  EXPECT_TRUE(says("the events that were in hand are handled alone now"));
  EXPECT_EQ(stop(), 0);
}

// Longer than a test waits: what a dead process had claimed is not left to its lease.
class WithALongLease : public InPostgres {
 protected:
  WithALongLease() : InPostgres("300s") {}
  // Parked by its first attempt, claimed and in hand in the second.
  void claim_one() {
    start();
    poison(0, "k", 1, "throw-then-wait");
    ASSERT_TRUE(until([&] { return story("k").size() == 2; }));
    EXPECT_EQ(count("parked WHERE claimed_by = 'local-1' AND due_at > now()"), 1);
  }
};

TEST_F(WithALongLease, AParkedEventThatWasInHandWhenItsProcessWasKilledComesAgainAtTheNextStart) {
  claim_one();
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  start();
  EXPECT_TRUE(says("the last run had claimed 1 parked events and 0 timers"));
  ASSERT_TRUE(until([&] { return story("k").size() == 3; }));
  let_go();
  ASSERT_TRUE(until([&] { return count("inbox WHERE outcome = 0 AND attempts = 2") == 1; }));
  EXPECT_THAT(story("k"), ElementsAre("1 1", "1 2", "1 2", "1 done"));
  EXPECT_EQ(stop(), 0);
}

TEST_F(WithALongLease, AStopGivesBackWhatIsInHand) {
  claim_one();
  EXPECT_EQ(stop(), 3) << "its handler does not return";
  EXPECT_EQ(count("parked WHERE claimed_by IS NULL AND due_at <= now()"), 1);
}

TEST_F(InPostgres, AStrikeIsCountedBeforeAnythingRunsAndGoesWithTheOutcome) {
  start();
  poison(0, "k", 1, "segfault");
  ASSERT_TRUE(until([&] { return ended() == kFault; }));
  EXPECT_EQ(count("strikes"), 0) << "the process that died could not";
  start();
  EXPECT_TRUE(says("the last run ended (SIGSEGV) while poison was in event"));
  EXPECT_EQ(count("strikes WHERE count = 1 AND cause = 'SIGSEGV' AND partition = 0 AND \"offset\" = 0 AND topic = '" + topic_ + "'"), 1);
}

class WithoutDatabase : public Poisoned {
 protected:
  WithoutDatabase() : Poisoned("at_least_once") { garden_.make(std::vector<WantedTopic>{{dead_, 1, {}}}); }
  const std::string dead_ = topic_ + "-poison-dlt";
};

TEST_F(WithoutDatabase, StrikesAreCountedInTheFileAndTheEventEndsInTheDeadLetterTopic) {
  start();
  poison(0, "poisoned", 1, "segfault");
  poison(0, "poisoned", 2);
  const auto ends = supervise([&] { return committed(0) == 2; });
  EXPECT_THAT(ends, AllOf(SizeIs(3), Each(std::string(kFault))));
  EXPECT_THAT(story("poisoned"), ElementsAre("1 1", "1 2", "1 3", "2 1", "2 done"));
  const auto letters = read_all(dead_, 1);
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_THAT(letters[0].headers, testing::Contains(testing::Pair("gofuture-dead-class", testing::Optional(std::string("crash")))));
  EXPECT_THAT(letters[0].headers, testing::Contains(testing::Pair("__dlq.errors.delivery.count", testing::Optional(std::string("3")))));
  EXPECT_EQ(stop(), 0);
}

TEST_F(WithoutDatabase, ASecondProcessOfTheSameInstanceIsRefused) {
  start();
  const pid_t first = std::exchange(pid_, 0);
  spawn();
  ASSERT_TRUE(until([&] { return says("another process runs as instance local-1"); }));
  ASSERT_TRUE(until([&] { return ended() == "status 1"; }));
  pid_ = first;
  EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace gofuture::test
