// What `gofuture doctor` makes of what it found: each verdict, from facts; and that it works with everything down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cli/finding.hpp"
#include "unit/cli/process.hpp"

namespace gofuture::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The worst that one check found.
Finding worst(const Findings& findings, const std::string& check) {
  Finding found;
  for (const Finding& one : findings)
    if (one.check == check && (found.check.empty() || one.verdict > found.verdict)) found = one;
  EXPECT_EQ(found.check, check);
  EXPECT_EQ(found.remedy.empty(), found.verdict == Verdict::kOk) << "what is not well has a remedy: " << found.what;
  return found;
}

ServerFacts healthy_server() {
  ServerFacts server;
  server.version = 150'018;
  server.version_text = "15.18";
  server.wal_level = "logical";
  server.user = "gofuture";
  server.may_replicate = server.may_create = true;
  server.slots = 1;
  server.slots_max = 10;
  server.connections = 5;
  server.connections_max = 100;
  return server;
}

TEST(JudgeServer, AHealthyOneIsFine) {
  for (const Finding& finding : judge_server(healthy_server())) EXPECT_EQ(finding.verdict, Verdict::kOk) << finding.check << ": " << finding.what;
}

TEST(JudgeServer, EachTroubleHasItsVerdict) {
  const auto verdict = [](const char* check, void (*harm)(ServerFacts&)) {
    ServerFacts server = healthy_server();
    harm(server);
    return worst(judge_server(server), check).verdict;
  };
  EXPECT_EQ(verdict("server", [](ServerFacts& one) { one.version = 130'000; }), Verdict::kBad);
  EXPECT_EQ(verdict("server", [](ServerFacts& one) { one.standby = true; }), Verdict::kBad);
  EXPECT_EQ(verdict("durability", [](ServerFacts& one) { one.fsync = false; }), Verdict::kBad);
  EXPECT_EQ(verdict("durability", [](ServerFacts& one) { one.synchronous_commit = false; }), Verdict::kBad);
  EXPECT_EQ(verdict("wal_level", [](ServerFacts& one) { one.wal_level = "replica"; }), Verdict::kBad);
  EXPECT_EQ(verdict("max_replication_slots", [](ServerFacts& one) { one.slots = 10; }), Verdict::kWarning);
  EXPECT_EQ(verdict("max_connections", [](ServerFacts& one) { one.connections = 95; }), Verdict::kWarning);
  EXPECT_EQ(verdict("permissions", [](ServerFacts& one) { one.may_replicate = false; }), Verdict::kBad);
  EXPECT_EQ(verdict("permissions", [](ServerFacts& one) { one.may_create = false; }), Verdict::kWarning);
  EXPECT_EQ(verdict("clock", [](ServerFacts& one) { one.clock_ahead_us = -3'000'000; }), Verdict::kWarning);
  EXPECT_EQ(verdict("clock", [](ServerFacts& one) { one.clock_ahead_us = 61'000'000; }), Verdict::kBad);
}

TEST(JudgeSlots, TellWhatTheLogCosts) {
  const Settings settings;
  DatabaseFacts facts;
  const std::string check = "slot " + settings.relay_slot;
  EXPECT_EQ(worst(judge_slots(facts, settings), check).verdict, Verdict::kBad) << "not there";
  SlotFacts& slot = facts.slots[settings.relay_slot];
  slot = {.ours = true, .active = true, .wal_status = "reserved", .kept_bytes = 1 << 20, .safe_bytes = {}};
  EXPECT_EQ(worst(judge_slots(facts, settings), check).verdict, Verdict::kOk);
  slot.active = false;
  EXPECT_EQ(worst(judge_slots(facts, settings), check).verdict, Verdict::kWarning);
  slot.active = true;
  slot.kept_bytes = 2LL << 30;
  EXPECT_THAT(worst(judge_slots(facts, settings), check).what, HasSubstr("2.0 GiB of log kept, without limit"));
  slot.wal_status = "unreserved";
  EXPECT_EQ(worst(judge_slots(facts, settings), check).verdict, Verdict::kBad);
  slot.wal_status = "lost";
  EXPECT_THAT(worst(judge_slots(facts, settings), check).what, HasSubstr("was lost"));
  slot.ours = false;
  EXPECT_THAT(worst(judge_slots(facts, settings), check).what, HasSubstr("another database"));
  facts.missing_publications = "gofuture_outbox";
  EXPECT_EQ(worst(judge_slots(facts, settings), "publications").verdict, Verdict::kBad);
}

TEST(JudgeSlots, WithDebeziumBothSlotsCount) {
  Settings settings;
  settings.relay_outbox_slot = "debezium";
  EXPECT_THAT(worst(judge_slots({}, settings), "slot debezium").remedy, HasSubstr("connector"));
}

TEST(JudgeTables, TellDaysThatShouldBeGone) {
  const Settings settings;
  DatabaseFacts facts;
  facts.days = DayFacts{.outbox_days = 15, .outbox_oldest_age = 1, .outbox_strays = 0, .inbox_days = 16, .inbox_overdue = 0};
  EXPECT_EQ(worst(judge_tables(facts, settings), "outbox").verdict, Verdict::kOk);
  EXPECT_EQ(worst(judge_tables(facts, settings), "inbox").verdict, Verdict::kOk);
  facts.days->outbox_oldest_age = 4;
  facts.days->inbox_overdue = 2;
  EXPECT_EQ(worst(judge_tables(facts, settings), "outbox").verdict, Verdict::kWarning);
  EXPECT_THAT(worst(judge_tables(facts, settings), "inbox").what, HasSubstr("2 of them older than the window of 16 days"));
  facts.days->outbox_oldest_age = 1;
  facts.days->outbox_strays = 3;
  EXPECT_THAT(worst(judge_tables(facts, settings), "outbox").what, HasSubstr("3 rows have no day"));
}

TEST(JudgeTables, TellTheLargestAndWhatWasNeverAnalyzed) {
  DatabaseFacts facts;
  facts.tables = {{"gofuture.inbox", 3LL << 30, 1'000'000, true}, {"ride.bookings", 1 << 20, 5, true}};
  const Findings findings = judge_tables(facts, Settings{});
  EXPECT_THAT(worst(findings, "tables").what, HasSubstr("gofuture.inbox 3.0 GiB, ride.bookings 1.0 MiB"));
  EXPECT_THAT(worst(findings, "statistics").what, AllOf(HasSubstr("gofuture.inbox"), Not(HasSubstr("ride.bookings")))) << "a few rows need no statistics";
}

TEST(JudgeTopics, TellDriftReplicasAndDurability) {
  using Settings = std::map<std::string, std::map<std::string, std::string>>;
  const ExistingTopic sound{.name = "a", .partitions = 1, .replication = 3, .without_leader = 0, .out_of_sync = 0};
  const auto judged = [&](ExistingTopic topic, const char* needed, const char* unclean = "false") {
    return judge_topics({}, {topic}, Settings{{"a", {{"min.insync.replicas", needed}, {"unclean.leader.election.enable", unclean}}}});
  };
  for (const Finding& finding : judged(sound, "2")) EXPECT_EQ(finding.verdict, Verdict::kOk) << finding.what;
  EXPECT_EQ(worst(judged(sound, "1"), "min.insync.replicas").verdict, Verdict::kWarning);
  EXPECT_EQ(worst(judged(sound, "4"), "min.insync.replicas").verdict, Verdict::kBad);
  EXPECT_EQ(worst(judged(sound, "2", "true"), "leader election").verdict, Verdict::kBad);
  auto behind = sound, leaderless = sound;
  behind.out_of_sync = leaderless.without_leader = 1;
  EXPECT_EQ(worst(judged(behind, "2"), "replicas").verdict, Verdict::kWarning);
  EXPECT_EQ(worst(judged(leaderless, "2"), "replicas").verdict, Verdict::kBad);
  const auto differs = [](TopicDifference::Kind kind) {
    TopicDifference one;
    one.kind = kind;
    one.topic = "a";
    return worst(judge_topics({one}, {}, {}), "topics");
  };
  EXPECT_EQ(differs(TopicDifference::Kind::kCreate).remedy, "run `gofuture topics apply`");
  EXPECT_EQ(differs(TopicDifference::Kind::kConfigure).verdict, Verdict::kWarning);
  EXPECT_EQ(differs(TopicDifference::Kind::kRefused).verdict, Verdict::kBad);
}

TEST(JudgeGroups, TellWhoReadsAndWhatIsLost) {
  FunctionLag lag;
  lag.function = "pay";
  lag.topics = {{.topic = "a", .partitions = 1, .not_begun = 0, .lag = 3}};
  GroupPosition& position = lag.progress.positions[{"a", 0}];
  position = {.committed = 7, .first = 0, .next = 10};
  EXPECT_THAT(worst(judge_groups({lag}), "groups").what, HasSubstr("nobody reads for pay (3 events wait)"));
  lag.progress.members.emplace_back();
  EXPECT_EQ(worst(judge_groups({lag}), "groups").verdict, Verdict::kOk);
  position.first = 9;
  EXPECT_THAT(worst(judge_groups({lag}), "groups").what, HasSubstr("retention removed 2 events"));
  position = {.committed = 11, .first = 0, .next = 10};
  EXPECT_THAT(worst(judge_groups({lag}), "groups").what, HasSubstr("behind the end of 1 partition"));
}

TEST(JudgeCluster, ARecordFromTheFutureMeansAWrongClock) {
  ClusterFacts facts{.id = "c", .brokers = {"one:9092"}, .library = "2.0.2", .from_the_future = {}};
  EXPECT_EQ(worst(judge_cluster(facts, "one:9092"), "clock").verdict, Verdict::kOk);
  facts.from_the_future = {{"a", 3}};
  EXPECT_THAT(worst(judge_cluster(facts, "one:9092"), "clock").what, HasSubstr("a/3"));
}

// While it lives: no broker, no Postgres, no runtime, and libraries in this folder.
struct NobodyAnswers {
  explicit NobodyAnswers(const char* functions) {
    ::setenv("GOFUTURE_KAFKA", "127.0.0.1:1", 1);
    ::setenv("GOFUTURE_POSTGRES", "host=127.0.0.1 port=1", 1);
    ::setenv("GOFUTURE_LISTEN", "127.0.0.1:1", 1);
    ::setenv("GOFUTURE_FUNCTIONS", functions, 1);
  }
  ~NobodyAnswers() {
    for (const char* name : {"GOFUTURE_KAFKA", "GOFUTURE_POSTGRES", "GOFUTURE_LISTEN", "GOFUTURE_FUNCTIONS"}) ::unsetenv(name);
  }
  NobodyAnswers(const NobodyAnswers&) = delete;
  NobodyAnswers& operator=(const NobodyAnswers&) = delete;
};

TEST(Doctor, WorksWithEverythingDownAndSaysWhatToDo) {
  const NobodyAnswers down_everywhere("/nowhere");
  const auto down = boost::json::parse(gofuture({"doctor"}).out);
  const auto broken = boost::json::parse(gofuture({"doctor"}, Output::kPipe, "manifests/invalid").out);
  const auto said = gofuture({"doctor"}, Output::kTerminal);
  const auto of = [](const boost::json::value& document, std::string_view check) {
    for (const auto& one : document.at("checks").as_array())
      if (one.at("check").as_string() == check) return std::string(one.at("verdict").as_string()) + ": " + std::string(one.at("found").as_string());
    return std::string();
  };
  EXPECT_THAT(of(down, "brokers"), HasSubstr("bad: no broker answers at 127.0.0.1:1"));
  EXPECT_THAT(of(down, "server"), HasSubstr("bad: Postgres cannot be reached"));
  EXPECT_THAT(of(down, "runtime"), HasSubstr("warning: nobody answers at 127.0.0.1:1"));
  EXPECT_THAT(of(down, "libraries"), HasSubstr("bad: there is no folder /nowhere"));
  EXPECT_EQ(of(down, "manifests"), "ok: 14 functions in manifests");
  EXPECT_THAT(of(broken, "manifests"), HasSubstr("bad: manifests/invalid/"));
  EXPECT_THAT(of(broken, "brokers"), HasSubstr("bad: ")) << "the others go on";
  EXPECT_EQ(said.status, kFailed);
  EXPECT_THAT(said.out, AllOf(HasSubstr("→ start Postgres"), HasSubstr(" checks: 3 bad, ")));
}

TEST(Doctor, TellsMissingLibrariesTogether) {
  const NobodyAnswers here("manifests");  // a folder, and the wrong one
  const auto document = boost::json::parse(gofuture({"doctor"}).out);
  std::vector<std::string> found;
  for (const auto& one : document.at("checks").as_array())
    if (one.at("check").as_string() == "libraries") found.emplace_back(one.at("found").as_string());
  EXPECT_THAT(found, ElementsAre("not in manifests: assign_driver.so, booking_status.so, cancel_booking.so and 11 more (of 14 functions)"));
}

TEST(Colours, AreForTerminalsThatWantThem) {
  ::setenv("GOFUTURE_LISTEN", "127.0.0.1:1", 1);
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  const auto coloured = [](Output output) { return gofuture({"doctor", "--text"}, output).out.find("\x1b[") != std::string::npos; };
  EXPECT_TRUE(coloured(Output::kTerminal));
  EXPECT_FALSE(coloured(Output::kPipe));
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(coloured(Output::kTerminal));
  ::setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(coloured(Output::kTerminal)) << "empty is not set";
  ::setenv("TERM", "dumb", 1);
  EXPECT_FALSE(coloured(Output::kTerminal));
  ::unsetenv("NO_COLOR");
  ::unsetenv("GOFUTURE_LISTEN");
}

}  // namespace
}  // namespace gofuture::cli
