// The fields that decide order and fencing are read from bytes that nobody has checked yet.
#include "event/json_pointer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/envelope.hpp"

namespace gofuture {
namespace {

using ::testing::HasSubstr;

std::string scalar(std::string_view data, std::string_view pointer) {
  static JsonReader reader;
  auto found = reader.scalar(data, pointer);
  return found ? *found : "error: " + found.error().message();
}

TEST(JsonReader, ReadsEveryKindOfScalar) {
  const std::string data = R"({"s":"a\u00e4\n","n":12.50,"i": -7 ,"t":true,"f":false,"deep":{"list":[0,{"x":"y"}]}})";
  EXPECT_EQ(scalar(data, "/s"), "a\xc3\xa4\n");
  EXPECT_EQ(scalar(data, "/n"), "12.50") << "numbers as written";
  EXPECT_EQ(scalar(data, "/i"), "-7");
  EXPECT_EQ(scalar(data, "/t"), "true");
  EXPECT_EQ(scalar(data, "/f"), "false");
  EXPECT_EQ(scalar(data, "/deep/list/1/x"), "y");
  EXPECT_EQ(scalar(R"(["a","b"])", "/1"), "b");
  EXPECT_EQ(scalar(R"({"n":12345678901234567890123})", "/n"), "12345678901234567890123");
}

TEST(JsonReader, PointersAreUnescapedAndKeysToo) {
  EXPECT_EQ(scalar(R"({"a/b":{"c~d":1}})", "/a~1b/c~0d"), "1");
  EXPECT_EQ(scalar(R"({"bo\u006fking":"x"})", "/booking"), "x");
  EXPECT_EQ(scalar(R"({"":"empty"})", "/"), "empty");
}

TEST(JsonReader, SaysWhatIsWrong) {
  EXPECT_EQ(scalar(R"({"a":1})", "/b"), "error: /b is missing");
  EXPECT_EQ(scalar(R"({"a":1})", "/a/b"), "error: /a/b is missing");
  EXPECT_EQ(scalar(R"({"a":[1]})", "/a/1"), "error: /a/1 is missing");
  EXPECT_EQ(scalar(R"({"a":[1]})", "/a/00"), "error: /a/00 is missing");
  EXPECT_EQ(scalar("12", "/a"), "error: /a is missing");
  EXPECT_EQ(scalar(R"({"a":null})", "/a"), "error: /a is null");
  EXPECT_EQ(scalar(R"({"a":{}})", "/a"), "error: /a is an object, not a single value");
  EXPECT_EQ(scalar(R"({"a":[]})", "/a"), "error: /a is an array, not a single value");
  EXPECT_THAT(scalar(R"({"a":1})", "a"), HasSubstr("is not a JSON pointer"));
  for (const std::string bad : {"", "garbage", "{", R"({"a")", R"({"a":01})", R"({"a":1x})", R"({"a":tru})", "{\"a\":\"\xff\"}",
                                R"({"a":"x)", R"({"a":1)"})
    EXPECT_THAT(scalar(bad, "/a"), HasSubstr("is not JSON")) << bad;
}

TEST(JsonReader, AFieldThatStandsTwiceIsRefusedBecauseReadersDifferInWhichTheyTake) {
  EXPECT_EQ(scalar(R"({"id":"a","x":1,"id":"b"})", "/id"), "error: /id stands twice");
  EXPECT_EQ(scalar(R"({"id":"a","i\u0064":"b"})", "/id"), "error: /id stands twice");
  EXPECT_EQ(scalar(R"({"x":{"id":"a"},"id":"b"})", "/id"), "b");
}

TEST(JsonReader, NothingOfALongerEventShinesThroughAShorterOne) {
  JsonReader reader;
  ASSERT_TRUE(reader.scalar(R"({"a":"a long text","b":"another"})", "/b"));
  EXPECT_FALSE(reader.scalar(R"({"a":"a lon)", "/b"));
  const std::string big = R"({"pad":")" + std::string(1 << 20, 'x') + R"(","a":"end"})";
  EXPECT_EQ(*reader.scalar(big, "/a"), "end");
}

TEST(JsonReader, SkippedValuesMayBeNestedAsDeepAsTheyLike) {
  const std::string deep(100'000, '[');
  EXPECT_THAT(scalar(R"({"x":)" + deep + R"(,"a":1})", "/a"), HasSubstr("is not JSON"));
  EXPECT_THAT(scalar(deep, "/0"), HasSubstr("error"));
}

TEST(JsonReader, TimesAreMillisecondsOrRfc3339) {
  JsonReader reader;
  EXPECT_EQ(*reader.time_us(R"({"t":1795348801204})", "/t"), 1795348801204000);
  EXPECT_EQ(*reader.time_us(R"({"t":"2026-11-22T12:00:01.204Z"})", "/t"), 1795348801204000);
  for (const char* bad : {R"({"t":1.5})", R"({"t":true})", R"({"t":9223372036854775807})", R"({"t":"soon"})", R"({"t":null})",
                          R"({})", R"({"t":"1795348801204"})", R"({"t":-9223372036854775808})"})
    EXPECT_FALSE(reader.time_us(bad, "/t")) << bad;
}

}  // namespace
}  // namespace gofuture
