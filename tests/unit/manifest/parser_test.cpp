// What ends TOML++ 3.3 or drives it into undefined behaviour must end as one clear sentence here (all run under the sanitizers).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/toml.hpp"
#include "unit/manifest/support.hpp"

namespace gofuture {
namespace {

using ::testing::HasSubstr;

std::string diagnosed(std::string_view text) {
  Diagnosis diagnosis;
  parse_function(text, "x.toml", fixture_catalogue(), diagnosis);
  return diagnosis.text();
}
bool parses(std::string_view text) {
  Diagnosis diagnosis;
  return parse_toml(Report("x.toml", text, diagnosis)).has_value() && diagnosis.empty();
}

TEST(Parser, BracketsThatAbortAnUnguardedParserAreErrors) {
  for (const std::string text : {"[", "[.]", "[..]", "[[", "[[]", "[]", "[[]]", "[a", "[a.", "[a]]", "[\"", "{", "=", ".", "a.", "a=", "a=[", "a={"})
    EXPECT_THAT(diagnosed(text), HasSubstr("x.toml:1:")) << text;
}

TEST(Parser, AKeyOfTwoHundredThousandPartsIsRefusedBeforeItIsParsed) {
  std::string key = "a";
  for (int i = 1; i < 200'000; ++i) key += ".a";
  EXPECT_THAT(diagnosed(key + " = 1\n"), HasSubstr("x.toml: error: is 400004 bytes long; at most 65536 are read\n"));
  EXPECT_THAT(diagnosed(key.substr(0, 60'001) + " = 1\n"), HasSubstr("a key has more than 32 parts"));
  EXPECT_THAT(diagnosed("[" + key.substr(0, 60'001) + "]\n"), HasSubstr("a key has more than 32 parts"));
  EXPECT_THAT(diagnosed("x = { " + key.substr(0, 60'001) + " = 1 }\n"), HasSubstr("a key has more than 32 parts"));
}

TEST(Parser, LimitsAreExact) {
  const auto key = [](int parts) {
    std::string text = "a";
    for (int i = 1; i < parts; ++i) text += ".a";
    return text + " = 1\n";
  };
  const auto braces = [](int depth) {
    std::string text = "{}";
    for (int i = 1; i < depth; ++i) text = "{ a = " + text + " }";
    return text;
  };
  EXPECT_TRUE(parses(key(32)));
  EXPECT_FALSE(parses(key(33)));
  EXPECT_TRUE(parses("x = " + std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(parses("x = " + std::string(33, '[') + std::string(33, ']')));
  EXPECT_TRUE(parses("x = " + braces(32)));
  EXPECT_FALSE(parses("x = " + braces(33)));
  EXPECT_TRUE(parses("#" + std::string(65'535, 'c')));
  EXPECT_FALSE(parses("#" + std::string(65'536, 'c')));
}

// What is counted is how deep one place is, and how long one key: not how many there are.
TEST(Parser, ManyBracketsAndKeysSideBySideDoNotCount) {
  std::string lists, tables, lines, numbers;
  for (int i = 0; i < 40; ++i) {
    lists += "[],";
    tables += "{},";
    numbers += "1.5,";
    lines += "k" + std::to_string(i) + ".a.b = [{ c.d = 1.5 }]\n";
  }
  EXPECT_TRUE(parses("x = [" + lists + "]\n"));
  EXPECT_TRUE(parses("x = [" + tables + "]\n"));
  EXPECT_TRUE(parses("x = [" + numbers + "]\n"));
  EXPECT_TRUE(parses(lines));
  EXPECT_TRUE(parses("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1.5\n")) << "the value is no part of the key";
  EXPECT_THAT(diagnosed("]]]}}\n" + std::string(33, '[')), HasSubstr("x.toml:2:33: error: brackets are nested deeper than 32 levels"));
}

TEST(Parser, WhatComesBehindAStringCountsAgain) {
  const std::string deep = "\nb = " + std::string(33, '[') + std::string(33, ']');
  for (const std::string text : {"\"x\"", "'x'", "'x\\'", "\"\\\"x\"", "\"\"\"x\"\"\"", "'''x'''", "\"\"", "\"x", "'x", "# x"})
    EXPECT_THAT(diagnosed("a = " + text + deep), HasSubstr("brackets are nested deeper")) << text;
}

// No byte behind the text is looked at: the buffer has none (the sanitizers see it).
TEST(Parser, ATextMayEndAnywhere) {
  for (const std::string text : {"a = \"\\", "a = \"\"\"\\", "a = '", "a = '''", "a.", "[", "\xf0", "\xe2\x82"}) {
    const std::vector<char> exact(text.begin(), text.end());
    EXPECT_THAT(diagnosed({exact.data(), exact.size()}), HasSubstr("x.toml:1:")) << text;
  }
}

TEST(Parser, DotsAndBracketsInStringsAndCommentsDoNotCount) {
  const std::string dots(200, '.'), brackets(200, '[');
  EXPECT_TRUE(parses("a = \"" + dots + brackets + "\\\"" + brackets + "\"\n"));
  EXPECT_TRUE(parses("a = '" + dots + brackets + "'\n"));
  EXPECT_TRUE(parses("a = \"\"\"\n" + dots + "\n\"" + brackets + "\"\"\"\n"));
  EXPECT_TRUE(parses("a = '''\n" + dots + "\n'" + brackets + "'''\n"));
  EXPECT_TRUE(parses("# " + dots + brackets + "\na = 1\n"));
  EXPECT_TRUE(parses("a = [1.5,\n2.5]\nb = 1.5\n"));
}

// A valid file that takes an unguarded parser through an unreachable place: it begins with a character of several bytes.
TEST(Parser, TextOfSeveralBytesMayStandAnywhere) {
  for (const std::string text : {"\"\xc3\xbf\" = 1\n", "'\xe6\x97\xa5' = 1\n", "a = \"\xf0\x9f\x9a\x95\"\n", "a = '''\xe2\x82\xac'''\n",
                                 "\"\xf0\x9f\x9a\x95\".b = 1\n", "[\"\xc3\xa4\"]\nx = 1\n", "# \xc3\xa4\n", "a = [\"\xc3\xa4\"]\n",
                                 "a = \"\"\"\xc3\xa4\"\"\"\n", "\xef\xbb\xbf" "a = 1\n"})
    EXPECT_TRUE(parses(text)) << text;
  const std::vector<std::string> wrong{"\xc3\xa4 = 1\n", "\xc3", "\xff\xfe", "a = \xc3\xa4\n", "a = \xe2\x80\x9cx\xe2\x80\x9d\n",
                                       "a = \"\xc3\"\n", "a = 1\xc3\xa4\n", "[\xc3\xa4]\n", "\xe6\x97\xa5", "a = [\xc3\xa4]\n",
                                       std::string("a = 1\0", 6)};
  for (const std::string& text : wrong)
    EXPECT_THAT(diagnosed(text), HasSubstr("this is not TOML")) << text;
}

TEST(Parser, EveryPrefixOfAManifestEndsInASentence) {
  const std::string text = contents(GOFUTURE_SOURCE_DIR "/manifests/invalid/wrong_types.toml") +
                           "a = '''x'''\nb = \"\"\"y\\u00e4\"\"\"\nc = 1979-05-27T07:32:00.5-07:00\nd = 0xff\ne = -inf\nf = { g = [1, { h = 2e3 }] }\n";
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_FALSE(diagnosed(text.substr(0, i)).empty()) << i;
}

TEST(Parser, EveryByteInEveryPlaceEndsInASentenceOrAValue) {
  const std::string text = "a = [1, \"x\"]\n[t.u]\nb = { c = 'd' }\n";
  for (std::size_t at = 0; at < text.size(); ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      Diagnosis diagnosis;
      const bool parsed = parse_toml(Report("x.toml", changed, diagnosis)).has_value();
      ASSERT_EQ(parsed, diagnosis.empty()) << changed;
    }
}

}  // namespace
}  // namespace gofuture
