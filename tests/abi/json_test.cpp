// Described structs to JSON and back: what fits, what does not and how the place is named.
#include <gmock/gmock.h>
#include <gofuture/json.hpp>

namespace sample {
enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)
struct Point {
  double lat = 0, lon = 0;
};
BOOST_DESCRIBE_STRUCT(Point, (), (lat, lon))
struct All {
  std::int64_t whole = 0;
  std::uint8_t small = 0;
  bool flag = false;
  std::string text;
  Colour colour = Colour::red;
  std::optional<std::string> maybe;
  std::vector<Point> points;
  std::map<std::string, std::int64_t> counts;
};
BOOST_DESCRIBE_STRUCT(All, (), (whole, small, flag, text, colour, maybe, points, counts))
struct Base {
  int a = 1;
};
BOOST_DESCRIBE_STRUCT(Base, (), (a))
struct Derived : Base {
  int b = 2;
};
BOOST_DESCRIBE_STRUCT(Derived, (Base), (b))
}  // namespace sample

namespace {

using gofuture::from_json;
using gofuture::JsonError;
using gofuture::Missing;
using gofuture::to_json;
using sample::All;

std::string complaint(std::string_view text) {
  try {
    static_cast<void>(from_json<All>(text));
  } catch (const JsonError& error) {
    return error.what();
  }
  return "no error";
}
std::string with(std::string_view member, std::string_view value) {
  std::string text = R"({"whole":1,"small":2,"flag":true,"text":"t","colour":"green","points":[],"counts":{}})";
  const auto at = text.find("\"" + std::string(member) + "\":") + member.size() + 3;
  return text.replace(at, text.find_first_of(",}", at) - at, value);
}

TEST(JsonTest, TheSameValueIsTheSameBytesAndComesBack) {
  const std::string text =
      R"({"whole":-9223372036854775808,"small":255,"flag":true,"text":"a\"b\\c\n\u0001é","colour":"green","maybe":"m","points":[{"lat":37.75,"lon":-122.4321}],"counts":{"a":1,"b":2}})";
  EXPECT_EQ(to_json(from_json<All>(text)), text);
}

// Most of a text is looked at eight characters at a time; what must be escaped must be seen wherever it stands.
TEST(JsonTest, EachCharacterComesBackWhereverItStandsInAText) {
  for (std::size_t at = 0; at < 20; ++at)
    for (int c = 1; c < 0x80; ++c) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(c);
      const std::string json = gofuture::to_json(text);
      const bool plain = c >= 0x20 && c != '"' && c != '\\';
      EXPECT_EQ(json == '"' + text + '"', plain) << c << " at " << at;
      EXPECT_EQ(gofuture::from_json<std::string>(json), text) << c << " at " << at;
    }
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string quotes(size, '"'), euros = std::string(size, '-') + "\xe2\x82\xac";
    EXPECT_EQ(gofuture::to_json(quotes).size(), 2 + 2 * size);
    EXPECT_EQ(gofuture::to_json(euros), '"' + euros + '"');
  }
}

TEST(JsonTest, AnEmptyOptionalIsLeftOutAndNullIsRead) {
  EXPECT_EQ(to_json(sample::Base{}), R"({"a":1})");
  EXPECT_EQ(to_json(sample::Derived{}), R"({"a":1,"b":2})");
  const All value = from_json<All>(with("flag", "true,\"maybe\":null"));
  EXPECT_FALSE(value.maybe);
  EXPECT_EQ(to_json(value).find("maybe"), std::string::npos);
}

TEST(JsonTest, UnknownMembersAreIgnored) {
  EXPECT_EQ(complaint(with("flag", "true,\"newer\":[1]")), "no error");
}

TEST(JsonTest, EveryComplaintNamesThePlace) {
  EXPECT_EQ(complaint("{}"), "/whole: is missing");
  EXPECT_EQ(complaint("[]"), "the document: must be an object, is an array");
  EXPECT_EQ(complaint(with("text", "1")), "/text: must be a string, is a number");
  EXPECT_EQ(complaint(with("points", R"([{"lat":1}])")), "/points/0/lon: is missing");
  EXPECT_EQ(complaint(with("counts", R"({"a/b":"x")")), "/counts/a~1b: must be an integer, is a string");
  EXPECT_EQ(complaint(with("colour", "\"blue\"")), "/colour: \"blue\" is none of red, green");
  EXPECT_THAT(complaint("{\"whole\":"), ::testing::HasSubstr("the document is not JSON"));
}

TEST(JsonTest, IntegersAreRangeChecked) {
  EXPECT_EQ(complaint(with("small", "256")), "/small: is out of range, must be 0 to 255");
  EXPECT_EQ(complaint(with("small", "-1")), "/small: is out of range, must be 0 to 255");
  EXPECT_EQ(complaint(with("whole", "9223372036854775808")),
            "/whole: is out of range, must be -9223372036854775808 to 9223372036854775807");
  EXPECT_EQ(complaint(with("whole", "1.5")), "/whole: must be an integer, is a number");
  EXPECT_EQ(complaint(with("whole", "1e300")),
            "/whole: is out of range, must be -9223372036854775808 to 9223372036854775807");
  EXPECT_EQ(from_json<All>(with("whole", "12.0")).whole, 12);
}

TEST(JsonTest, MissingMembersKeepTheirDefaultsWhenAskedTo) {
  EXPECT_EQ(from_json<sample::Derived>(R"({"b":5})", Missing::kKeepDefault).a, 1);
  EXPECT_THROW(static_cast<void>(from_json<sample::Derived>(R"({"b":5})")), JsonError);
}

TEST(JsonTest, WhatHasNoJsonFormIsRefused) {
  EXPECT_THROW(static_cast<void>(to_json(sample::Point{.lat = std::numeric_limits<double>::infinity(), .lon = 0})),
               JsonError);
}

TEST(JsonTest, EventsAreNamedAfterTheirStruct) {
  EXPECT_EQ(gofuture::type_name<sample::Point>(), "Point");
}

}  // namespace
