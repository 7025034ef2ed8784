// How mistakes look on a terminal, also when the file is hostile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/nearest.hpp"
#include "manifest/report.hpp"
#include "manifest/units.hpp"
#include "unit/manifest/support.hpp"

namespace gofuture {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Mistake mistake(std::string file, int line, int column, int width, std::string what, std::string source) {
  Mistake one;
  one.file = std::move(file);
  one.line = line;
  one.column = column;
  one.width = width;
  one.what = std::move(what);
  one.source_line = std::move(source);
  return one;
}

TEST(Diagnosis, IsSortedByFileAndPlace) {
  Diagnosis diagnosis;
  diagnosis.add(mistake("b.toml", 2, 1, 1, "third", "x"));
  diagnosis.add(mistake("a.toml", 10, 1, 1, "second", "y"));
  diagnosis.add(mistake("a.toml", 9, 4, 2, "first", "z = 12"));
  EXPECT_EQ(diagnosis.text(),
            "a.toml:9:4: error: first\n   9 | z = 12\n     |    ^^\n"
            "a.toml:10:1: error: second\n  10 | y\n     | ^\n"
            "b.toml:2:1: error: third\n   2 | x\n     | ^\n");
}

TEST(Diagnosis, UnderlinesCharactersNotBytesAndKeepsTabsNarrow) {
  Diagnosis diagnosis;
  parse_function("[function]\nname = \"a\"\n\tdescription = { \"\xc3\xa4\xc3\xb6\" = 1, b = 2 }\n", "x.toml", fixture_catalogue(), diagnosis);
  EXPECT_THAT(diagnosis.text(), HasSubstr("   3 |  description = { \"\xc3\xa4\xc3\xb6\" = 1, b = 2 }\n     |                ^^^^^^^^^^^^^^^^^^^\n"));
}

TEST(Diagnosis, APlaceThatTheFileDoesNotHaveIsToldWithoutALine) {
  Diagnosis diagnosis;
  Report("x.toml", "a = 1", diagnosis).add({5, 1, 1}, "what");
  Report("x.toml", "a = 1", diagnosis).add({}, "whole");
  EXPECT_EQ(diagnosis.text(), "x.toml: error: whole\nx.toml:5:1: error: what\n");
}

TEST(Diagnosis, ALongLineIsCutAroundThePlace) {
  Diagnosis diagnosis;
  const std::string line = "x = [" + std::string(30'000, ' ') + "] unexpected" + std::string(20'000, 'y');
  parse_function(line, "x.toml", fixture_catalogue(), diagnosis);
  const auto text = diagnosis.text();
  EXPECT_LT(text.size(), 1000U);
  EXPECT_THAT(text, HasSubstr("..."));
}

TEST(Diagnosis, ControlCharactersOutOfTheFileNeverReachTheTerminal) {
  Diagnosis diagnosis;
  parse_function("[function]\nname = \"a\"\n\"\\u001b[31mred\" = \"\\u0007\"\n", "x.toml", fixture_catalogue(), diagnosis);
  parse_function("a = \x1b[31m\n", "y.toml", fixture_catalogue(), diagnosis);
  EXPECT_THAT(diagnosis.text(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(diagnosis.text(), HasSubstr("unknown key \"?[31mred\""));
}

TEST(Diagnosis, BytesThatAreNoTextAndCharactersThatTurnALineAroundAreShownAsQuestionMarks) {
  Diagnosis diagnosis;
  const std::string odd = "\xff \xc3 \xc2\x9b \xe2\x80\xae \xe2\x81\xa7 \xed \xf0\x9f\x9a \xf8\x80\x80\x80 \xc0\x80 end \xe2\x82";
  diagnosis.add(mistake("a.toml", 1, 1, 1, "what", odd));
  EXPECT_EQ(diagnosis.text(), "a.toml:1:1: error: what\n   1 | ? ? ? ? ? ? ? ? ? end ?\n     | ^\n");
  Diagnosis plain;
  const std::string even = "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\x95 \xc2\xa0 \xe2\x80\xa9 \xe2\x80\xaf \xe2\x81\xaa \xe2\x81\xa5 \xf4\x8f\xbf\xbd";
  plain.add(mistake("a.toml", 1, 1, 1, "what", even));
  EXPECT_EQ(plain.text(), "a.toml:1:1: error: what\n   1 | " + even + "\n     | ^\n");
}

// 60 KiB in one line, a mistake in each word: the copies of the line would fill 400 MB.
TEST(Diagnosis, TellsTwoHundredMistakesAndCountsTheOthers) {
  std::string text = "config = 1\nfunction = { ";
  for (int i = 0; i < 6000; ++i) text += "k" + std::to_string(i) + "=1,";
  Diagnosis diagnosis;
  parse_function(text + "z=1 }\n", "x.toml", fixture_catalogue(), diagnosis);
  EXPECT_EQ(diagnosis.mistakes().size(), 200U);
  EXPECT_EQ(diagnosis.count(), 6004U);
  const std::string told = diagnosis.text();
  EXPECT_THAT(told, ::testing::EndsWith("\nand 5804 mistakes more\n"));
  EXPECT_LT(told.size(), 200'000U);
}

TEST(Nearest, FindsTheWordThatWasMeant) {
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
  EXPECT_EQ(edit_distance("abc", "acb"), 1U) << "a swap of neighbours is one edit";
  EXPECT_EQ(edit_distance("ab", "ca"), 2U);
  EXPECT_EQ(edit_distance("ab", "bc"), 2U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("ABC", "abc"), 0U);
  EXPECT_EQ(nearest("concurency", {"batch", "concurrency"}), "concurrency");
  EXPECT_EQ(nearest("paymentsucceeded", {"PaymentFailed", "PaymentSucceeded"}), "PaymentSucceeded");
  EXPECT_EQ(nearest("weather", {"batch", "concurrency"}), "");
  EXPECT_EQ(nearest("x", {"a"}), "") << "nothing in common is not near";
  EXPECT_EQ(nearest(std::string(129, 'x'), {std::string(128, 'x')}), "") << "nobody mistypes so much";
}

TEST(Units, DurationsAndSizes) {
  EXPECT_EQ(parse_duration_ms("200ms"), 200);
  EXPECT_EQ(parse_duration_ms("5s"), 5000);
  EXPECT_EQ(parse_duration_ms("2m"), 120'000);
  EXPECT_EQ(parse_duration_ms("1h"), 3'600'000);
  EXPECT_EQ(parse_duration_ms("7d"), 604'800'000);
  for (const char* bad : {"", "5", "s", "-5s", "1.5s", "5 s", "5S", "5sec", "99999999999999999999s", "9223372036854775807d"})
    EXPECT_EQ(parse_duration_ms(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_size("512B"), 512);
  EXPECT_EQ(parse_size("64KiB"), 65'536);
  EXPECT_EQ(parse_size("1GiB"), 1 << 30);
  for (const char* bad : {"64", "64KB", "64kib", "-1B", "1.5MiB"}) EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  EXPECT_EQ(format_duration(90'000), "90s");
  EXPECT_EQ(format_duration(0), "0ms");
  EXPECT_EQ(format_size(1536), "1536B");
  EXPECT_EQ(format_size(32 << 20), "32MiB");
}

}  // namespace
}  // namespace gofuture
