// What someone sees who types: help, tables on a terminal and JSON elsewhere, exit statuses, mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "support/contents.hpp"
#include "unit/cli/process.hpp"

namespace gofuture::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using test::contents;

TEST(CommandLine, HelpBeginsWithExamplesAndEndsWithTheExitStatuses) {
  const auto said = gofuture({"--help"});
  EXPECT_EQ(said.status, kDone);
  EXPECT_LT(said.out.find("Examples\n  gofuture check"), said.out.find("Usage:"));
  EXPECT_THAT(said.out, HasSubstr("Exit status: 0 done, 1 it failed, 2 wrong usage"));
  for (const char* command : {"run", "check", "migrate", "topics", "list", "describe", "emit", "tail", "lag", "top", "doctor", "trace", "new", "invoke", "manifest", "completion", "version"}) {
    const auto own = gofuture({command, "--help"});
    EXPECT_EQ(own.status, kDone);
    EXPECT_LT(own.out.find("Example"), own.out.find("Usage:")) << command;
  }
}

TEST(CommandLine, TheListOfCommandsHasALineForEach) {
  const auto said = gofuture({"--help"});
  EXPECT_THAT(said.out, HasSubstr("\n  lag                         How far each function is behind the ends of its topics, and who reads them\n  top "));
}

TEST(CommandLine, AMisspelledCommandIsNamedWithTheNearest) {
  const auto said = gofuture({"chekc"});
  EXPECT_EQ(said.status, kWrongUsage);
  EXPECT_THAT(said.error, StartsWith("gofuture: there is no command \"chekc\"; did you mean \"check\"?\n"));
  EXPECT_THAT(gofuture({"topics", "aply"}).error, HasSubstr("no command \"aply\"; did you mean \"apply\"?"));
}

TEST(CommandLine, CheckAgainstAnotherFolderTellsWhatBreaksOldEvents) {
  const auto folder = std::filesystem::temp_directory_path() / ("gofuture_check_" + std::to_string(::getpid()));
  std::filesystem::copy(GOFUTURE_SOURCE_DIR "/manifests", folder, std::filesystem::copy_options::recursive);
  const auto mend = [&](const std::string& file, const std::string& from, const std::string& to) {
    std::string text = contents(folder / file);
    ASSERT_NE(text.find(from), std::string::npos);
    text.replace(text.find(from), from.size(), to);
    std::ofstream(folder / file) << text;
  };
  EXPECT_EQ(gofuture({"check", "--against", folder}).status, kDone);
  mend("schemas/FraudCheckCompleted.json", R"("denied", )", R"("denied", "unclear", )");
  mend("schemas/PaymentFailed.json", R"(, "reason"])", "]");
  const auto said = gofuture({"check", "--against", folder});
  EXPECT_EQ(said.status, kWrongUsage);
  EXPECT_THAT(said.out, AllOf(HasSubstr(R"(FraudCheckCompleted its schema's /properties/verdict/enum no longer allows \"unclear\")"),
                              HasSubstr(R"(PaymentFailed its schema's /required now requires \"reason\")")));
  std::filesystem::remove_all(folder);
}

TEST(CommandLine, AMisspelledOptionIsNamedWithTheNearest) {
  const auto said = gofuture({"list", "--jsno"});
  EXPECT_EQ(said.status, kWrongUsage);
  EXPECT_THAT(said.error, StartsWith("gofuture: `gofuture list` has no option \"--jsno\"; did you mean \"--json\"?\n"));
  EXPECT_THAT(gofuture({"topics", "plan", "--setings=x"}).error, HasSubstr("did you mean \"--settings\"?"));
}

TEST(CommandLine, WithoutACommandOrItsArgumentItIsWrongUsage) {
  EXPECT_EQ(gofuture({}).status, kWrongUsage);
  EXPECT_EQ(gofuture({"describe"}).status, kWrongUsage);
  EXPECT_THAT(gofuture({"describe"}).error, HasSubstr("function is required"));
}

TEST(CommandLine, ATerminalGetsATableAnythingElseJson) {
  ::unsetenv("GOFUTURE_POSTGRES");  // what waits there changes between two looks
  const auto table = gofuture({"list"}, Output::kTerminal);
  EXPECT_EQ(table.status, kDone);
  EXPECT_THAT(table.out, AllOf(HasSubstr("refund_payment"), Not(HasSubstr("{"))));
  const auto json = gofuture({"list"});
  EXPECT_EQ(json.status, kDone);
  EXPECT_EQ(boost::json::parse(json.out).at("functions").as_array().size(), 14U);
  EXPECT_EQ(gofuture({"list", "--json"}, Output::kTerminal).out, json.out);
  EXPECT_EQ(gofuture({"list", "--text"}).out, table.out);
}

TEST(CommandLine, ListSaysInOneLineWhyItDoesNotShowWhatWaits) {
  ::unsetenv("GOFUTURE_POSTGRES");
  const auto unnamed = gofuture({"list"}, Output::kTerminal);
  EXPECT_EQ(unnamed.status, kDone);
  EXPECT_THAT(unnamed.out, Not(HasSubstr("PARKED")));
  EXPECT_THAT(unnamed.error, AllOf(HasSubstr("is not shown: no database is named"), ::testing::ContainsRegex("^[^\n]*\n$")));
  ::setenv("GOFUTURE_POSTGRES", "host=127.0.0.1 port=1 connect_timeout=2", 1);
  const auto away = gofuture({"list"});
  ::unsetenv("GOFUTURE_POSTGRES");
  EXPECT_EQ(away.status, kDone) << "what the manifests say is shown all the same";
  const auto json = boost::json::parse(away.out);
  EXPECT_THAT(std::string(json.at("status_missing").as_string()), HasSubstr("127.0.0.1"));
  EXPECT_TRUE(json.at("functions").at(0).at("status").is_null());
}

TEST(CommandLine, DescribeTellsTheWholeRetryPolicy) {
  const auto retry = boost::json::parse(gofuture({"describe", "refund_payment"}).out).at("retry");
  EXPECT_TRUE(retry.at("max_retries").is_null());
  EXPECT_EQ(retry.at("on_dead"), "continue");
  EXPECT_GT(retry.at("parked_bytes").as_int64(), 0);
  const auto people = gofuture({"describe", "refund_payment"}, Output::kTerminal).out;
  for (const char* row : {"retries ", "unlimited", "first wait ", "longest wait ", "jitter ", "on dead ", "parked bytes "}) EXPECT_THAT(people, HasSubstr(row));
}

TEST(CommandLine, DescribeTellsOneFunctionAndKnowsTheOthers) {
  EXPECT_EQ(boost::json::parse(gofuture({"describe", "start_payment"}).out).at("name"), "start_payment");
  EXPECT_THAT(gofuture({"describe", "start_payment"}, Output::kTerminal).out, HasSubstr("PaymentInitiated"));
  const auto unknown = gofuture({"describe", "start_paiment"});
  EXPECT_EQ(unknown.status, kFailed);
  EXPECT_THAT(unknown.error, HasSubstr("there is no function \"start_paiment\" in manifests; did you mean \"start_payment\"?"));
  EXPECT_THAT(gofuture({"describe", "x"}).error, HasSubstr("; there are assign_driver, "));
}

TEST(CommandLine, CheckTellsEveryMistakeWithItsPlaceAndFails) {
  EXPECT_EQ(gofuture({"check"}).status, kDone);
  const auto folder = std::filesystem::temp_directory_path() / ("gofuture-cli-" + std::to_string(::getpid()));
  std::filesystem::copy(GOFUTURE_SOURCE_DIR "/manifests", folder, std::filesystem::copy_options::recursive);
  for (const char* broken : {"misspelled_keys", "unknown_topic"})
    std::filesystem::copy(folder / "invalid" / (std::string(broken) + ".toml"), folder);
  const auto people = gofuture({"check"}, Output::kTerminal, folder.string());
  EXPECT_EQ(people.status, kWrongUsage);
  EXPECT_THAT(people.error, AllOf(HasSubstr("misspelled_keys.toml:"), HasSubstr("unknown_topic.toml:"), HasSubstr(": error: "), HasSubstr("^")));
  const auto machines = boost::json::parse(gofuture({"check"}, Output::kPipe, folder.string()).out);
  EXPECT_GE(machines.at("mistakes").as_array().size(), 2U);
  EXPECT_GT(machines.at("mistakes").at(0).at("line").as_int64(), 0);
  EXPECT_EQ(gofuture({"run"}, Output::kPipe, folder.string()).status, kWrongUsage) << "nothing runs on manifests with mistakes";
  std::filesystem::remove_all(folder);
}

TEST(CommandLine, RunHandsOnWhatTheRuntimeEndsWith) {
  const auto said = gofuture({"run"});
  EXPECT_EQ(said.out, "running 14\n");
  EXPECT_EQ(said.status, 3);
}

TEST(CommandLine, WithoutADatabaseItSaysWhichItCouldNotReach) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"migrate"}, {"trace", "b-1"}}) {
    ::setenv("GOFUTURE_POSTGRES", "host=127.0.0.1 port=1 connect_timeout=2", 1);
    const auto said = gofuture(words);
    ::unsetenv("GOFUTURE_POSTGRES");
    EXPECT_EQ(said.status, kFailed) << words[0];
    EXPECT_THAT(said.error, AllOf(StartsWith("gofuture: "), HasSubstr("127.0.0.1"))) << words[0];
  }
}

TEST(CommandLine, VersionTellsTheAbiThatLibrariesMustHave) {
  const auto version = boost::json::parse(gofuture({"version"}).out);
  EXPECT_EQ(version.at("abi").as_int64(), 0);
  EXPECT_THAT(gofuture({"version"}, Output::kTerminal).out, HasSubstr("ABI"));
}

TEST(CommandLine, ManifestPrintsTheReferenceAndTheSchemasThatAreCommitted) {
  const auto reference = gofuture({"manifest", "reference"});
  EXPECT_EQ(reference.status, kDone);
  EXPECT_EQ(reference.out, contents(GOFUTURE_SOURCE_DIR "/manifests/REFERENCE.md"));
  for (const std::string kind : {"function", "topics", "events", "settings"}) {
    const auto schema = gofuture({"manifest", "schema", kind});
    EXPECT_EQ(schema.status, kDone) << kind;
    EXPECT_EQ(schema.out, contents(GOFUTURE_SOURCE_DIR "/manifests/editor/" + kind + ".json")) << kind;
  }
  EXPECT_EQ(gofuture({"manifest", "schema"}).out, gofuture({"manifest", "schema", "function"}).out);
  const auto wrong = gofuture({"manifest", "schema", "weather"});
  EXPECT_EQ(wrong.status, kWrongUsage);
  EXPECT_THAT(wrong.error, HasSubstr("weather not in {function,topics,events,settings}"));
}

}  // namespace
}  // namespace gofuture::cli
