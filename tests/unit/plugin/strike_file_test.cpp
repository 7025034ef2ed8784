// The file that outlives the process: children die in every way, and the next start finds out who was to blame.
#include "plugin/strike_file.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "plugin/fatal_signals.hpp"

namespace gofuture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr std::int64_t kNow = 1'790'000'000'000, kMinute = 60'000;

Uuid id(int number) { return Uuid::v5(kPositionSpace, std::to_string(number)); }

// A fault that is no undefined behaviour to the compiler: a page that may not be touched.
void segfault() {
  void* page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(page) = 1;
}

int overflow(int depth) {
  volatile char frame[1 << 10];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : overflow(depth + 1) + frame[0];
}

class StrikeFileTest : public ::testing::Test {
 protected:
  StrikeFileTest() {
    std::string made = (std::filesystem::temp_directory_path() / "gofuture-strikes-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
  }
  ~StrikeFileTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<StrikeFile> open(std::int64_t now_ms = kNow) const {
    auto file = StrikeFile::open(folder_, "one", now_ms);
    EXPECT_TRUE(file) << file.error().message();
    return std::move(*file);
  }
  static void begin(StrikeFile& file, std::int64_t now_ms = kNow) {
    const auto begun = file.begin({.slots = 4, .counted_here = {"hello"}, .now_ms = now_ms});
    ASSERT_TRUE(begun) << begun.error().message();
  }

  // What a handler thread does with a batch of these events, up to the end that `dies` makes; -1: none of them is open.
  static void handle(StrikeSlot& slot, const std::vector<int>& events, int open, const std::function<void()>& dies) {
    for (std::size_t i = 0; i < events.size(); ++i) slot.ids[i] = id(events[i]);
    slot.events = static_cast<std::uint32_t>(events.size());
    if (open >= 0) slot.in_flight.begin(id(open), 1, 7, 42, 1);
    {
      const InFunction here(slot);
      dies();
    }
    slot.in_flight.end();
    slot.events = 0;
  }
  // A whole run in a process of its own; its wait status. `run` gets a file that has begun.
  int process(const std::function<void(StrikeFile&)>& run, std::int64_t now_ms = kNow,
              const std::function<void(pid_t)>& meanwhile = {}) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const rlimit none{0, 0};
      ::setrlimit(RLIMIT_CORE, &none);
      catch_fatal_signals();
      auto file = open(now_ms);
      begin(*file, now_ms);
      run(*file);
      file.reset();
      ::_exit(0);
    }
    if (meanwhile) meanwhile(child);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
  int dies_in_event(const std::function<void()>& dies, std::int64_t now_ms = kNow, const std::function<void(pid_t)>& meanwhile = {}) const {
    return process([&](StrikeFile& file) {
      StrikeSlot& poisoned = file.claim("hello");
      StrikeSlot& innocent = file.claim("other");
      innocent.ids[0] = id(5);
      innocent.events = 1;
      innocent.in_flight.begin(id(5), 0, 0, 0, 1);
      std::thread([&] { handle(poisoned, {1, 2, 3}, 2, dies); }).join();
    }, now_ms, meanwhile);
  }

  std::string folder_;
};

TEST_F(StrikeFileTest, EveryFatalSignalMarksTheEventOfTheThreadThatDiedAndNoOther) {
  const std::vector<std::pair<std::string, std::function<void()>>> ways = {
      {"SIGSEGV", segfault},
      {"SIGSEGV", [] { overflow(0); }},
      {"SIGILL", [] { __builtin_trap(); }},
      {"SIGFPE", [] { ::raise(SIGFPE); }},
      {"SIGBUS", [] { ::raise(SIGBUS); }},
      {"SIGABRT", [] { std::abort(); }},
      {"SIGABRT", [] { std::terminate(); }},
  };
  for (const auto& [name, dies] : ways) {
    [[maybe_unused]] const int status = dies_in_event(dies);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose reports end in an exit status
    ASSERT_TRUE(WIFSIGNALED(status)) << name << ": the signal still ends the process, so core dumps still work";
    EXPECT_EQ("SIG" + std::string(::sigabbrev_np(WTERMSIG(status))), name);
#endif
    const auto file = open();
    const LastRun& last = file->last();
    EXPECT_FALSE(last.asked);
    ASSERT_THAT(last.strikes, SizeIs(1)) << name;
    EXPECT_EQ(last.strikes[0].function, "hello");
    EXPECT_EQ(last.strikes[0].event_id, id(2));
    EXPECT_EQ(last.strikes[0].cause, name);
    EXPECT_EQ(last.strikes[0].topic, 1);
    EXPECT_EQ(last.strikes[0].partition, 7);
    EXPECT_EQ(last.strikes[0].offset, 42);
    EXPECT_EQ(last.ends, 0) << "a marked end is none that nobody can explain";
    EXPECT_THAT(last.alone, IsEmpty());
  }
}

TEST_F(StrikeFileTest, WhatAnotherProcessSendsMarksNothing) {
  for (const int signal : {SIGKILL, SIGABRT, SIGSEGV}) {
    int there[2];
    ASSERT_EQ(::pipe(there), 0);
    const auto pauses = [&there] {
      EXPECT_EQ(::write(there[1], "x", 1), 1);
      for (;;) ::pause();
    };
    const int status = dies_in_event(pauses, kNow, [&](pid_t child) {
      char byte = 0;
      EXPECT_EQ(::read(there[0], &byte, 1), 1);
      ::kill(child, signal);
    });
    ::close(there[0]);
    ::close(there[1]);
    EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_THAT(open()->last().strikes, IsEmpty()) << signal;
  }
}

TEST_F(StrikeFileTest, ASignalOutsideOfAFunctionsCodeMarksNothing) {
  process([](StrikeFile& file) {
    StrikeSlot& slot = file.claim("hello");
    handle(slot, {1}, 1, [] {});
    std::abort();
  });
  EXPECT_THAT(open()->last().strikes, IsEmpty());
  EXPECT_EQ(open()->last().ends, 1);
}

TEST_F(StrikeFileTest, BetweenTwoEventsTheBlameFallsOnTheOnlyOneOrEachIsHandledAlone) {
  process([](StrikeFile& file) { handle(file.claim("hello"), {1}, -1, [] { std::abort(); }); });
  ASSERT_THAT(open()->last().strikes, SizeIs(1));
  EXPECT_EQ(open()->last().strikes[0].event_id, id(1));

  process([](StrikeFile& file) { handle(file.claim("hello"), {1, 2}, -1, [] { std::abort(); }); });
  const auto file = open();
  EXPECT_THAT(file->last().strikes, IsEmpty());
  EXPECT_THAT(file->last().shared, ElementsAre(Pair("hello", "SIGABRT")));
  EXPECT_EQ(file->last().alone.at("hello"), (std::set<Uuid>{id(1), id(2)}));
}

TEST_F(StrikeFileTest, TheThirdEndFromOutsideWithinTenMinutesMakesWhatWasInHandRunAlone) {
  const auto killed = [&](std::int64_t now_ms) { dies_in_event([] { ::raise(SIGKILL); }, now_ms); };
  killed(kNow);
  killed(kNow + 4 * kMinute);
  EXPECT_EQ(open(kNow + 5 * kMinute)->last().ends, 2);
  EXPECT_THAT(open(kNow + 5 * kMinute)->last().alone, IsEmpty());
  killed(kNow + 5 * kMinute);  // whose start has noted the second end
  const auto file = open(kNow + 6 * kMinute);
  EXPECT_EQ(file->last().ends, 3);
  EXPECT_EQ(file->last().alone.at("hello"), (std::set<Uuid>{id(1), id(2), id(3)}));
  EXPECT_EQ(file->last().alone.at("other"), (std::set<Uuid>{id(5)}));
  EXPECT_EQ(file->known("other").at(id(5)).count, 0U);
}

TEST_F(StrikeFileTest, EndsThatLieLongBackDoNotCount) {
  const auto killed = [&](std::int64_t now_ms) { dies_in_event([] { ::raise(SIGKILL); }, now_ms); };
  for (int i = 0; i < 4; ++i) killed(kNow + i * 11 * kMinute);
  EXPECT_EQ(open(kNow + 44 * kMinute)->last().ends, 1);
}

TEST_F(StrikeFileTest, AnEndAsAskedLeavesNothing) {
  process([](StrikeFile& file) { handle(file.claim("hello"), {1}, 1, [] {}); });
  EXPECT_TRUE(open()->last().asked);
  process([](StrikeFile& file) {
    handle(file.claim("hello"), {1}, 1, [&] {
      file.ended_as_asked();  // a stop that leaves a handler behind
      ::_exit(3);
    });
  });
  EXPECT_TRUE(open()->last().asked);
}

TEST_F(StrikeFileTest, UntilTheNextRunBeginsTheLastOneIsToldAgain) {
  dies_in_event([] { std::abort(); });
  const Uuid run = open()->last().run;
  EXPECT_EQ(open()->last().run, run);
  EXPECT_THAT(open()->last().strikes, SizeIs(1));
  process([](StrikeFile&) {});
  EXPECT_THAT(open()->last().strikes, IsEmpty());
  EXPECT_NE(open()->last().run, run);
}

TEST_F(StrikeFileTest, CountsStrikesOfAFunctionWithoutADatabaseUntilItsEventHasEnded) {
  dies_in_event([] { std::abort(); });
  dies_in_event(segfault);
  {
    const auto file = open();
    begin(*file);
    const auto known = file->known("hello");
    ASSERT_THAT(known, SizeIs(1));
    EXPECT_EQ(known.at(id(2)).count, 2U);
    EXPECT_EQ(known.at(id(2)).cause, "SIGSEGV");
    EXPECT_THAT(file->known("other"), IsEmpty());
    begin(*file);
    EXPECT_EQ(file->known("hello").at(id(2)).count, 2U) << "the same end again";
  }
  const auto file = open();
  begin(*file);
  EXPECT_EQ(file->known("hello").at(id(2)).count, 2U) << "a run without a strike adds none";
  file->forget("hello", id(2));
  EXPECT_THAT(file->known("hello"), IsEmpty());
}

TEST_F(StrikeFileTest, TwoProcessesOfOneInstanceDoNotShareIt) {
  const auto file = open();
  const auto second = StrikeFile::open(folder_, "one", kNow);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("another process runs as instance one"));
  EXPECT_THAT(second.error().message(), HasSubstr("GOFUTURE_INSTANCE"));
  EXPECT_TRUE(StrikeFile::open(folder_, "two", kNow));
}

TEST_F(StrikeFileTest, AFolderThatCannotBeMadeIsNamedWithTheRemedy) {
  std::ofstream(folder_ + "/file") << "no folder";
  const auto file = StrikeFile::open(folder_ + "/file/below", "one", kNow);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message(), HasSubstr("GOFUTURE_STATE"));
}

TEST_F(StrikeFileTest, AFileOfAnotherBuildIsAnEmptyOne) {
  for (const int changed : {0, 8}) {  // a byte of what it is, a byte of how large its slots are
    dies_in_event([] { std::abort(); });
    std::fstream bytes(folder_ + "/one.strikes", std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(changed).put('?');
    bytes.close();
    EXPECT_TRUE(open()->last().asked);
    EXPECT_THAT(open()->last().strikes, IsEmpty());
  }
}

}  // namespace
}  // namespace gofuture
