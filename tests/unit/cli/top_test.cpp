// `gofuture top`: what a /metrics page says, a function's row, and the terminal that it leaves as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <utmp.h>

#include <chrono>
#include <cmath>

#include "cli/activity.hpp"
#include "cli/table.hpp"
#include "unit/cli/process.hpp"

namespace gofuture::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page(int done, int dead, int retries, int fast, int slow) {
  const auto line = [](const std::string& series, int value) { return series + " " + std::to_string(value) + "\n"; };
  return "# HELP gofuture_events_total …\n# TYPE gofuture_events_total counter\n" +
         line(R"(gofuture_events_total{function="pay",outcome="ok"})", done) + line(R"(gofuture_events_total{function="other",outcome="ok"})", 1000) +
         line(R"(gofuture_dead_letters_total{class="business",function="pay"})", dead) +
         line(R"(gofuture_events_parked_total{function="pay",outcome="retry"})", retries) +
         line(R"(gofuture_events_parked_total{function="pay",outcome="held"})", 99) + line(R"(gofuture_events_in_flight{function="pay"})", 3) +
         line(R"(gofuture_lag_events{function="pay",topic="a"})", 4) + line(R"(gofuture_lag_events{function="pay",topic="b"})", 5) +
         line(R"(gofuture_breaker_open{dependency="http://bank",function="pay"})", 1) +
         line(R"(gofuture_handle_seconds_bucket{function="pay",le="0.001"})", 0) + line(R"(gofuture_handle_seconds_bucket{function="pay",le="0.01"})", fast) +
         line(R"(gofuture_handle_seconds_bucket{function="pay",le="0.1"})", fast + slow) +
         line(R"(gofuture_handle_seconds_bucket{function="pay",le="+Inf"})", fast + slow);
}

TEST(Exposition, ReadsEscapesTimestampsAndSpecialValuesAndPassesOverTheRest) {
  const auto read = Exposition::read("# a comment\nplain 1\nwith{a=\"x\\\"y\\\\z\\n\",b=\"}\"} 2.5e3 1700000000000\nnan NaN\ninf +Inf\nno value\n{\nname{broken\n\ntail 7");
  EXPECT_EQ(read.sum("plain", ""), 1);
  ASSERT_EQ(read.series("with").size(), 1U);
  EXPECT_EQ(read.series("with")[0].labels.at("a"), "x\"y\\z\n");
  EXPECT_EQ(read.series("with")[0].labels.at("b"), "}");
  EXPECT_EQ(read.series("with")[0].value, 2500);
  EXPECT_TRUE(std::isinf(*read.sum("inf", "")));
  EXPECT_EQ(read.sum("tail", ""), 7);
  EXPECT_FALSE(read.sum("absent", ""));
}

TEST(Quantile, IsLinearWithinItsBucketAsPrometheusSaysIt) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_DOUBLE_EQ(*quantile({{1, 0}, {2, 10}, {inf, 10}}, 0.5), 1.5);
  EXPECT_DOUBLE_EQ(*quantile({{1, 10}, {2, 20}, {inf, 20}}, 0.25), 0.5);
  EXPECT_DOUBLE_EQ(*quantile({{1, 0}, {inf, 10}}, 0.5), 1) << "beyond the last bound nothing is known but that";
  EXPECT_FALSE(quantile({{1, 0}, {inf, 0}}, 0.5));
  EXPECT_FALSE(quantile({}, 0.5));
}

TEST(Activity, IsWhatLiesBetweenTwoLooks) {
  const auto before = Exposition::read(page(100, 1, 10, 50, 0)), now = Exposition::read(page(120, 3, 14, 60, 10));
  const Activity row = activity_of("pay", {&before, &now, 2}, nullptr, nullptr);
  EXPECT_DOUBLE_EQ(*row.events_per_s, 11) << "dead letters have come to their end, too";
  EXPECT_DOUBLE_EQ(*row.retries_per_s, 2) << "what was held behind another was not tried";
  EXPECT_EQ(row.retries, 14);
  EXPECT_EQ(row.in_flight, 3);
  EXPECT_EQ(row.lag, 9);
  EXPECT_NEAR(*row.p50_ms, 10, 1e-9);
  EXPECT_NEAR(*row.p99_ms, 98.2, 1e-9);
  EXPECT_EQ(row.open_breakers, "http://bank");
  EXPECT_FALSE(row.generation);
}

TEST(Activity, AProcessThatWasStartedAgainCountsFromZero) {
  const auto before = Exposition::read(page(100, 0, 0, 0, 0)), now = Exposition::read(page(30, 0, 0, 0, 0));
  EXPECT_DOUBLE_EQ(*activity_of("pay", {&before, &now, 1}, nullptr, nullptr).events_per_s, 30);
}

TEST(Activity, KafkaAndTheDatabaseKnowBetterThanOneProcess) {
  const auto now = Exposition::read(page(1, 0, 0, 0, 0));
  FunctionLag lag;
  lag.progress.positions[{"a", 0}] = {.committed = 5, .first = 0, .next = 25};
  FunctionStatus status;
  status.parked = 7;
  status.parked_keys = 2;
  status.epoch = 3;
  const Activity row = activity_of("pay", {nullptr, &now, 0}, &lag, &status);
  EXPECT_EQ(row.lag, 20);
  EXPECT_EQ(row.parked_keys, 2);
  EXPECT_EQ(row.generation, 3);
  EXPECT_FALSE(row.events_per_s) << "one look is no rate";
  EXPECT_THAT(activity_table({row}, Paint(false)), AllOf(HasSubstr("GENERATION"), HasSubstr("v3")));
}

TEST(Activity, WhatNobodyCouldSayIsADash) {
  EXPECT_THAT(activity_table({activity_of("pay", {}, nullptr, nullptr)}, Paint(false)), ::testing::ContainsRegex("pay  +-  +-  +-  +-  +-  +-  +-  +-  +-  +-  +-\n"));
}

TEST(Table, CountsWhatIsSeen) {
  EXPECT_EQ(seen_width("\x1b[31mä…x\x1b[0m"), 3U);
  EXPECT_EQ(clipped("abcdef", 4), "abc…");
  EXPECT_EQ(clipped("\x1b[31mabcdef\x1b[0m", 4), "\x1b[31mabc…\x1b[0m");
  EXPECT_EQ(clipped("abc", 3), "abc");
  EXPECT_EQ(table({"A", "B"}, {{"\x1b[31mä\x1b[0m", "x"}}), "A  B\n\x1b[31mä\x1b[0m  x\n");
}

// --- the terminal -------------------------------------------------------------------------------------------------------------

class LiveTop : public ::testing::Test {
 protected:
  LiveTop() {
    ::unsetenv("GOFUTURE_KAFKA");
    ::unsetenv("GOFUTURE_POSTGRES");
    ::setenv("GOFUTURE_LISTEN", "127.0.0.1:1", 1);
    winsize size{};
    size.ws_col = 60;
    size.ws_row = 30;
    EXPECT_EQ(::openpty(&terminal_, &inside_, nullptr, nullptr, &size), 0);
    ::tcgetattr(inside_, &before_);
    std::fflush(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::close(terminal_);
      ::login_tty(inside_);
      be_gofuture({"top", "--every", "0.2"}, "manifests");
    }
  }
  ~LiveTop() override {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::unsetenv("GOFUTURE_LISTEN");
    ::close(terminal_);
    ::close(inside_);
  }
  // Reads on until it has shown this, at most half a minute.
  bool shows(const std::string& part) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (pollfd source{terminal_, POLLIN, 0}; shown_.find(part) == std::string::npos && std::chrono::steady_clock::now() < end;) {
      if (::poll(&source, 1, 100) <= 0) continue;
      char some[4096];
      const auto got = ::read(terminal_, some, sizeof some);
      if (got <= 0) return false;
      shown_.append(some, static_cast<std::size_t>(got));
    }
    return shown_.find(part) != std::string::npos;
  }
  void expect_all_given_back() {
    EXPECT_TRUE(shows("\x1b[?25h\x1b[?1049l"));
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kDone);
    termios after{};
    ::tcgetattr(inside_, &after);
    EXPECT_EQ(after.c_lflag, before_.c_lflag) << "typed characters are echoed again";
  }

  int terminal_ = -1, inside_ = -1;
  pid_t child_ = -1;
  termios before_{};
  std::string shown_;
};

TEST_F(LiveTop, PutsTheShellAsideAndGivesItBackOnQ) {
  ASSERT_TRUE(shows("refund_payment"));
  EXPECT_EQ(shown_.find("\x1b[?1049h"), 0U);
  EXPECT_THAT(shown_, HasSubstr("rates and times are missing: nobody answers"));
  EXPECT_EQ(::write(terminal_, "q", 1), 1);
  expect_all_given_back();
}

TEST_F(LiveTop, GivesItBackOnCtrlC) {
  ASSERT_TRUE(shows("refund_payment"));
  EXPECT_EQ(::write(terminal_, "\x03", 1), 1);
  expect_all_given_back();
}

TEST_F(LiveTop, GivesItBackOnSigterm) {
  ASSERT_TRUE(shows("refund_payment"));
  ::kill(child_, SIGTERM);
  expect_all_given_back();
}

TEST_F(LiveTop, FollowsTheTerminalsSize) {
  ASSERT_TRUE(shows("refund_payment"));
  EXPECT_THAT(shown_, Not(HasSubstr("DEAD (1 DAY)"))) << "60 columns";
  winsize size{};
  size.ws_col = 200;
  size.ws_row = 40;
  ASSERT_EQ(::ioctl(terminal_, TIOCSWINSZ, &size), 0);
  EXPECT_TRUE(shows("DEAD (1 DAY)"));
  EXPECT_EQ(::write(terminal_, "q", 1), 1);
  expect_all_given_back();
}

}  // namespace
}  // namespace gofuture::cli
