// Completion: what may stand next, and the scripts in the shells themselves where they are installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/contents.hpp"
#include "unit/cli/process.hpp"

namespace gofuture::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

// The last word is being typed.
std::vector<std::string> next(std::vector<std::string> words, const std::string& manifests = "manifests") {
  words.insert(words.begin(), {"completion", "--words"});
  const auto said = gofuture(words, Output::kPipe, manifests);
  EXPECT_EQ(said.error, "");
  return lines(said.out);
}

TEST(CompletionWords, AreTheCommandsAndTheirCommands) {
  EXPECT_THAT(next({""}), IsSupersetOf({"check", "doctor", "emit", "lag", "run", "tail", "top", "topics", "trace"}));
  EXPECT_THAT(next({"to"}), ElementsAre("top", "topics"));
  EXPECT_THAT(next({"topics", ""}), ElementsAre("apply", "plan"));
  EXPECT_THAT(next({"topics", "plan", ""}), IsEmpty());
}

TEST(CompletionWords, AreTheOptionsOfTheCommandAndOfTheWholeLine) {
  EXPECT_THAT(next({"emit", "BookingCreated", "--d"}), ElementsAre("--data", "--dry-run"));
  EXPECT_THAT(next({"topics", "plan", "--"}), IsSupersetOf({"--help", "--json", "--settings", "--text"}));
}

TEST(CompletionWords, AreTheManifestsNamesWhereOneIsWanted) {
  EXPECT_THAT(next({"describe", "re"}), ElementsAre("refund_payment", "request_driver", "request_fraud_check"));
  EXPECT_THAT(next({"describe", "refund_payment", ""}), IsEmpty()) << "it takes one";
  EXPECT_THAT(next({"lag", "refund_payment", "request_d"}), ElementsAre("request_driver")) << "it takes many";
  EXPECT_THAT(next({"emit", "PaymentF"}), ElementsAre("PaymentFailed"));
  EXPECT_THAT(next({"tail", "payments.status-ref"}), ElementsAre("payments.status-refund_payment-dlt"));
  EXPECT_THAT(next({"tail", "--limit", "5", "fraud.events-ch"}), ElementsAre("fraud.events-check_fraud-dlt")) << "an option's value is no argument";
  EXPECT_THAT(next({"tail", "--from", "b"}), ElementsAre("beginning"));
  EXPECT_THAT(next({"completion", ""}), ElementsAre("bash", "fish", "zsh"));
}

TEST(CompletionWords, LeaveFilesToTheShell) {
  EXPECT_THAT(next({"--settings", ""}), IsEmpty());
  EXPECT_THAT(next({"emit", "BookingCreated", "--lines", ""}), IsEmpty());
}

TEST(CompletionWords, SaySomethingInspiteOfMistakesInManifests) {
  EXPECT_THAT(next({"des"}, "manifests/invalid"), ElementsAre("describe"));
  EXPECT_THAT(next({"describe", ""}, "/nowhere"), IsEmpty());
}

TEST(Completion, KnowsThreeShells) {
  EXPECT_EQ(gofuture({"completion", "powershell"}).status, kWrongUsage);
  EXPECT_EQ(gofuture({"completion"}).status, kWrongUsage);
}

// A script that runs with the built program first in PATH.
class Shells : public ::testing::Test {
 protected:
  std::vector<std::string> run(const std::string& shell, const std::string& script) {
    const auto file = std::filesystem::temp_directory_path() / ("gofuture-shell-" + std::to_string(::getpid()));
    std::ofstream(file) << script;
    const std::string command = "cd " GOFUTURE_SOURCE_DIR " && HOME=" + file.parent_path().string() + " PATH=" GOFUTURE_BINARY_DIR "/bin:$PATH " + shell + " " +
                                file.string() + " >" + file.string() + ".out 2>&1 </dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0);
    const auto said = test::contents(file.string() + ".out");
    std::filesystem::remove(file);
    std::filesystem::remove(file.string() + ".out");
    return lines(said);
  }
  static bool installed(const std::string& shell) { return std::system(("command -v " + shell + " >/dev/null").c_str()) == 0; }
};

TEST_F(Shells, BashCompletes) {
  const std::string typed = "eval \"$(gofuture completion bash)\"\ncomplete -p gofuture >/dev/null || exit 1\n";
  EXPECT_THAT(run("bash --norc", typed + "COMP_WORDS=(gofuture describe req); COMP_CWORD=2; _gofuture; printf '%s\\n' \"${COMPREPLY[@]}\""),
              ElementsAre("request_driver", "request_fraud_check"));
  EXPECT_THAT(run("bash --norc", typed + "COMP_WORDS=(gofuture topics ''); COMP_CWORD=2; _gofuture; printf '%s\\n' \"${COMPREPLY[@]}\""),
              ElementsAre("apply", "plan"));
}

TEST_F(Shells, ZshCompletes) {
  if (!installed("zsh")) GTEST_SKIP() << "zsh is not installed";
  EXPECT_THAT(run("zsh -f", "compdef() { :; }\ncompadd() { print -rl -- ${(P)@[-1]}; }\neval \"$(gofuture completion zsh)\"\n"
                            "words=(gofuture describe req); CURRENT=3; _gofuture"),
              ElementsAre("request_driver", "request_fraud_check"));
}

TEST_F(Shells, FishCompletes) {
  if (!installed("fish")) GTEST_SKIP() << "fish is not installed";
  EXPECT_THAT(run("fish --no-config", "gofuture completion fish | source\ncomplete -C 'gofuture describe req'"), ElementsAre("request_driver", "request_fraud_check"));
  EXPECT_THAT(run("fish --no-config", "gofuture completion fish | source\ncomplete -C 'gofuture topics '"), ElementsAre("apply", "plan"));
}

}  // namespace
}  // namespace gofuture::cli
