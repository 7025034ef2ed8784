// Whatever is done to a manifest, reading it ends: with a manifest, or with a mistake that has a line. The same mutations every
// time; under the sanitizers these tests also show that nothing is read or written out of place.
#include <gtest/gtest.h>

#include <random>

#include "unit/manifest/support.hpp"

namespace gofuture {
namespace {

std::vector<std::string> seeds(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(GOFUTURE_SOURCE_DIR + ("/" + folder)))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> out;
  for (const auto& file : files) out.push_back(contents(file));
  return out;
}

// A manifest stands, or somebody can mend it: each mistake has a place in the file and a sentence that can be shown.
void expect_an_answer(const std::string& text) {
  Diagnosis diagnosis;
  const auto manifest = parse_function(text, "x.toml", fixture_catalogue(), diagnosis);
  if (diagnosis.empty()) {
    ASSERT_FALSE(manifest.name.empty()) << text;
    ASSERT_FALSE(manifest.subscriptions.empty()) << text;
  }
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  for (const Mistake& mistake : diagnosis.mistakes()) {
    ASSERT_GT(mistake.line, 0) << text;
    ASSERT_LE(mistake.line, lines) << text;
    ASSERT_GT(mistake.column, 0) << text;
    ASSERT_FALSE(mistake.what.empty()) << text;
  }
  const std::string told = diagnosis.text();
  ASSERT_TRUE(std::all_of(told.begin(), told.end(), [](char c) { return c == '\n' || static_cast<unsigned char>(c) >= 0x20; })) << text;
}

class Mutation {
 public:
  explicit Mutation(std::vector<std::string> all) : all_(std::move(all)) {}

  std::string next() {
    std::string text = pick(all_);
    for (auto left = 1 + random_() % 4; left > 0; --left) change(text);
    return text;
  }

 private:
  void change(std::string& text) {
    const std::size_t at = text.empty() ? 0 : random_() % text.size(), count = random_() % 12;
    const auto byte = static_cast<unsigned char>(random_());
    switch (random_() % 8) {
      case 0: text.erase(at, count); break;
      case 1: text.insert(at, text.substr(random_() % (text.size() + 1), count * 4)); break;
      case 2: text.insert(at, pick(kBits)); break;
      case 3: text.insert(at, 1, static_cast<char>(byte)); break;
      case 4: text.replace(at, 1, 1, static_cast<char>(byte)); break;
      case 5: text.resize(at); break;
      case 6: turn(text, at); break;
      case 7: take_a_value(text, at); break;
    }
  }

  // The lines after a place come before those ahead of it.
  static void turn(std::string& text, std::size_t at) {
    const auto end = text.find('\n', at);
    if (end != std::string::npos) text = text.substr(end + 1) + text.substr(0, end + 1);
  }

  // What another file says behind a "=" stands here now.
  void take_a_value(std::string& text, std::size_t at) {
    const std::string& other = pick(all_);
    const auto to = text.find('=', at), from = other.find('=', random_() % (other.size() + 1));
    if (from == std::string::npos || to == std::string::npos) return;
    text.replace(to, text.find('\n', to) - to, other.substr(from, other.find('\n', from) - from));
  }

  const std::string& pick(const std::vector<std::string>& list) { return list[random_() % list.size()]; }

  static inline const std::vector<std::string> kBits{
      "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\"", "'", "\"\"\"", "'''", "#", "\n", "\r\n", "\t", "\\", "\\u00e4", "\\U0010ffff", "\xef\xbb\xbf",
      "\xc3\xa4", "\xff", "\xe2\x80\xae", "true", "inf", "-nan", "1e999", "9223372036854775808", "0x", "0o8", "1979-05-27T07:32:00Z", "25:61:61",
      "1979-13-45", "[.]", "[..]", "a.a.a.a.a", "[[[[", "{{{{", "function", "subscribe", "[function]", "[[subscribe]]", "<<<<<<<", "\xe2\x80\x9c", "\xc2\xa0",
      "1_000", "+", "-"};
  std::vector<std::string> all_;
  std::mt19937 random_{20'261'126};
};

TEST(Mutations, OfManifestsEndInAManifestOrInAMistakeWithALine) {
  auto all = seeds("manifests");
  const auto broken = seeds("manifests/invalid");
  all.insert(all.end(), broken.begin(), broken.end());
  std::erase_if(all, [](const std::string& text) { return text.size() > 4000; });  // they would only take time
  ASSERT_GT(all.size(), 80U);
  Mutation mutation(all);
  for (int i = 0; i < 20'000 && !::testing::Test::HasFatalFailure(); ++i) expect_an_answer(mutation.next());
}

TEST(Mutations, WhatEndedParsersBeforeEndsInAMistakeWithALine) {
  const auto times = [](std::size_t count, std::string_view part) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += part;
    return out;
  };
  const std::vector<std::string> killers{
      "[", "[.]", "[..]", "[[", "[[]]", "]", "{", "\"", "'", "\"\"\"", "=", "a.", "\xff", std::string(1, '\0'), std::string(60'000, '\0'),
      "a" + times(32'000, ".a") + " = 1", "[a" + times(32'000, ".a") + "]", "x = { a" + times(30'000, ".a") + " = 1 }",
      "x = " + times(60'000, "["), "x = " + times(20'000, "{a="), "x = " + times(15'000, "[{a="), times(60'000, "["), times(30'000, "[["),
      "x = " + times(20'000, "[1,"), "\"" + times(30'000, "\\\""), "x = \"\"\"" + times(20'000, "\"\" "), times(9'000, "a.\"b\".") + "c = 1",
      times(15'000, "[a]\n"), times(10'000, "a = 1\n"), times(30'000, "#\n"), std::string(60'000, ' '), times(30'000, "\r\n"), times(60'000, "\r"),
      "x = " + times(60'000, "9"), "x = 0x" + times(60'000, "f"), "x = 1e" + times(60'000, "9"), "x = 1." + times(60'000, "0"), "x = " + times(30'000, "1_"),
      "\"" + times(60'000, "k") + "\" = 1", times(15'000, "\xf0\x9f\x9a\x95"), "x = '" + times(20'000, "\xe2\x80\xae") + "'"};
  for (const std::string& text : killers) expect_an_answer(text);
}

// Much, but within the limits.
TEST(Mutations, AManifestFullOfTablesIsRead) {
  std::string text = "[function]\nname = \"f\"\n[config]\n";
  for (int i = 0; i < 2500; ++i) text += "k" + std::to_string(i) + " = [{}, [], 1]\n";
  text += "[[subscribe]]\ntopic = \"payments.status\"\ntypes = [\"PaymentFailed\"]\n";
  Diagnosis diagnosis;
  EXPECT_EQ(parse_function(text, "x.toml", fixture_catalogue(), diagnosis).subscriptions.size(), 1U);
  EXPECT_EQ(diagnosis.text(), "");
}

}  // namespace
}  // namespace gofuture
