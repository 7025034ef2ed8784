// What no single manifest can be wrong about. A small shop: an order is paid and shipped; each test takes something away.
#include "manifest/choreography.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

namespace gofuture {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ChoreographyTest : public ::testing::Test {
 protected:
  ChoreographyTest() {
    std::string made = (std::filesystem::temp_directory_path() / "gofuture-choreography-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
    files_["topics.toml"] = "[[topic]]\nname = \"orders\"\nkey = \"order\"\npartitions = 4\n";
    files_["order.json"] = R"({"type": "object", "required": ["order"], "properties": {"order": {"type": "string"}, "customer": {"type": "string"}}})";
    files_["events.toml"] = event("Ordered", "source = \"shop\"") + event("PaymentWanted", "answers = [\"Paid\", \"PaymentFailed\"]") +
                            event("Paid", "undone_by = \"Refunded\"") + event("PaymentFailed", "failure = true") + event("Refunded", "final = true");
    files_["start.toml"] = function("start", R"(["Ordered", "Paid", "PaymentFailed"])", R"(["PaymentWanted", "PaymentFailed"])") +
                           "[leads_to]\nPaid = []\nPaymentFailed = []\n[[wait]]\nanswers = [\"Paid\", \"PaymentFailed\"]\ndeadline = \"config:/deadline_s\"\nthen = \"PaymentFailed\"\n[config]\ndeadline_s = 60\n";
    files_["pay.toml"] = function("pay", R"(["PaymentWanted"])", R"(["Paid", "PaymentFailed"])");
    files_["refund.toml"] = function("refund", R"(["Paid", "PaymentFailed"])", R"(["Refunded"])");
  }
  ~ChoreographyTest() override { std::filesystem::remove_all(folder_); }

  static std::string event(const std::string& type, const std::string& more = "") {
    return "[[event]]\ntype = \"" + type + "\"\ntopic = \"orders\"\nschema = \"order.json\"\nkey = \"/order\"\nsubject = \"/order\"\n" + more + "\n";
  }
  static std::string function(const std::string& name, const std::string& types, const std::string& emits, const std::string& state_key = "subject") {
    std::string text = "[function]\nname = \"" + name + "\"\n[[subscribe]]\ntopic = \"orders\"\ntypes = " + types + "\nstate_key = \"" + state_key + "\"\n[emits]\n";
    for (std::size_t at = emits.find('"'); at != std::string::npos; at = emits.find('"', emits.find('"', at + 1) + 1))
      text += emits.substr(at + 1, emits.find('"', at + 1) - at - 1) + " = \"orders\"\n";
    return text;
  }
  void change(const std::string& file, const std::string& from, const std::string& to) {
    const auto at = files_.at(file).find(from);
    ASSERT_NE(at, std::string::npos) << from;
    files_[file].replace(at, from.size(), to);
  }
  std::vector<Mistake> mistakes() {
    for (const auto& [name, text] : files_) std::ofstream(folder_ / name) << text;
    Diagnosis diagnosis;
    const Manifests manifests = load_manifests(folder_, diagnosis);
    EXPECT_TRUE(diagnosis.empty()) << diagnosis.text();
    check_choreography(manifests, folder_, diagnosis);
    return diagnosis.mistakes();
  }
  static auto says(const std::string& file, const std::string& what) {
    return AllOf(Field(&Mistake::file, HasSubstr(file)), Field(&Mistake::what, HasSubstr(what)));
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> files_;
};

TEST_F(ChoreographyTest, AWholeSagaIsRight) { EXPECT_THAT(mistakes(), IsEmpty()); }

TEST_F(ChoreographyTest, WhatIsEmittedMustBeConsumedOrFinal) {
  change("events.toml", "final = true", "");
  EXPECT_THAT(mistakes(), ElementsAre(AllOf(says("refund.toml", "Refunded is emitted and nobody consumes it"), Field(&Mistake::line, 8),
                                            Field(&Mistake::source_line, "Refunded = \"orders\""))));
}

TEST_F(ChoreographyTest, WhatIsConsumedMustBeEmittedOrComeFromOutside) {
  change("events.toml", "source = \"shop\"", "");
  EXPECT_THAT(mistakes(), ElementsAre(AllOf(says("start.toml", "Ordered is consumed and nobody emits it"), Field(&Mistake::line, 5))));
}

TEST_F(ChoreographyTest, WhoeverAsksMustWaitWithADeadline) {
  files_["start.toml"].erase(files_["start.toml"].find("[[wait]]"));
  EXPECT_THAT(mistakes(), Contains(says("start.toml", "PaymentWanted is answered by Paid or PaymentFailed, and start would wait for ever")));
}

TEST_F(ChoreographyTest, AWaitForOneOfTwoAnswersIsNotEnough) {
  change("start.toml", "answers = [\"Paid\", \"PaymentFailed\"]", "answers = [\"Paid\"]");
  EXPECT_THAT(mistakes(), Contains(says("start.toml", "would wait for ever")));
}

TEST_F(ChoreographyTest, ADeadlineEmitsAFailureOrAnAnswer) {
  change("start.toml", "then = \"PaymentFailed\"", "then = \"PaymentWanted\"");
  EXPECT_THAT(mistakes(), ElementsAre(says("start.toml", "emits PaymentWanted, which is neither one of the answers nor a failure")));
}

TEST_F(ChoreographyTest, WhatCanBeUndoneIsUndoneAfterEveryFailure) {
  change("refund.toml", "[\"Paid\", \"PaymentFailed\"]", "[\"Paid\"]");
  EXPECT_THAT(mistakes(), ElementsAre(says("events.toml", "after PaymentFailed nobody undoes Paid: no function takes it and emits Refunded")));
}

TEST_F(ChoreographyTest, ALoopMustSayHowFarItMayGo) {
  files_["events.toml"] += event("Reminded");
  files_["again.toml"] = function("again", R"(["Reminded"])", R"(["Refunded", "Reminded"])");
  EXPECT_THAT(mistakes(), ElementsAre(AllOf(says("again.toml", "a loop without an end: Reminded → Reminded"), Field(&Mistake::line, 9))));
  const std::string loop = files_["again.toml"];
  files_["again.toml"] = loop + "[leads_to]\nReminded = [\"Refunded\"]\n";
  EXPECT_THAT(mistakes(), IsEmpty()) << "it leads to no Reminded";
}

TEST_F(ChoreographyTest, ALoopOverSeveralFunctionsIsToldOnceAndEndedByHops) {
  files_["events.toml"] += event("A", "source = \"x\"") + event("B");
  files_["one.toml"] = function("one", R"(["A"])", R"(["B"])");
  files_["two.toml"] = function("two", R"(["B"])", R"(["A"])");
  EXPECT_THAT(mistakes(), ElementsAre(says("two.toml", "a loop without an end: A → B → A")));
  change("one.toml", "name = \"one\"", "name = \"one\"\nhops = 5");
  EXPECT_THAT(mistakes(), IsEmpty());
}

TEST_F(ChoreographyTest, AFunctionKeepsItsStateByOneThing) {
  change("refund.toml", "state_key = \"subject\"", "state_key = \"key\"");
  change("events.toml", "key = \"/order\"\nsubject = \"/order\"\nundone_by", "key = \"/customer\"\nsubject = \"/order\"\nundone_by");
  EXPECT_THAT(mistakes(), Contains(says("refund.toml", "state would be kept by order for PaymentFailed and by customer for Paid")));
}

TEST_F(ChoreographyTest, AKeyMustStandInTheData) {
  change("refund.toml", "state_key = \"subject\"", "state_key = \"data:/oder\"");
  change("events.toml", "key = \"/order\"", "key = \"/customer\"");
  EXPECT_THAT(mistakes(), ::testing::UnorderedElementsAre(says("refund.toml", "the state key of Paid is data:/oder, which its schema does not have"),
                                                          says("refund.toml", "the state key of PaymentFailed is data:/oder"),
                                                          says("events.toml", "the key of Ordered is /customer, which its schema does not require")));
}

TEST_F(ChoreographyTest, ASchemaInOtherWordsIsBelieved) {
  files_["order.json"] = R"({"type": "object", "allOf": [{"required": ["order"]}]})";
  EXPECT_THAT(mistakes(), IsEmpty()) << "no properties";
  files_["order.json"] = R"({"type": "object", "required": ["order"], "properties": {"order": {"$ref": "#/definitions/id"}}, "definitions": {"id": {"type": "object"}}})";
  change("refund.toml", "state_key = \"subject\"", "state_key = \"data:/order/number\"");
  for (const auto& one : mistakes()) EXPECT_THAT(one.what, Not(HasSubstr("does not have")));
}

// The ride platform's own.
TEST(Choreography, OfTheRidePlatformIsRight) {
  Diagnosis diagnosis;
  const std::string folder = std::string(GOFUTURE_SOURCE_DIR) + "/manifests";
  const Manifests manifests = load_manifests(folder, diagnosis);
  check_choreography(manifests, folder, diagnosis);
  EXPECT_TRUE(diagnosis.empty()) << diagnosis.text();
}

}  // namespace
}  // namespace gofuture
