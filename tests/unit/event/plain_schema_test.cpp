#include "event/plain_schema.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "event/schema.hpp"
#include "event/schema_rules.hpp"
#include "support/contents.hpp"

namespace gofuture {
namespace {

namespace json = boost::json;

const std::vector<std::string> kSchemas = {
    R"({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 2, "maxLength": 3}}})",
    R"({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": -1, "maximum": 3}}})",
    R"({"type": "object", "properties": {"a": {"type": "number", "minimum": 0.5, "maximum": 3}, "b": {"type": "boolean"}}, "additionalProperties": true})",
    R"({"type": "object", "properties": {"a": {"type": "string", "enum": ["one", "two", ""]}}})",
    R"({"type": "object", "properties": {"a": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "minLength": 1}}}})",
    R"({"type": "object", "properties": {"a": {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer"}}}}})",
    R"({"type": "object", "properties": {"a": {}, "b": {"type": "string"}}})",
    R"({"type": ["object", "null"], "properties": {"a": {"type": ["null", "number"], "minimum": 1}, "b": {"type": ["string", "null"], "minLength": 1}}})",
    R"({"type": "string", "minLength": 1})",
    R"({"type": "object", "required": ["b", "a"], "properties": {"a": {"type": "string", "pattern": "^a.?$"}}})",
    R"({"type": "object", "properties": {"a": {"type": "string", "format": "uuid"}, "b": {"type": "array", "items": {"type": "string", "pattern": "x"}}}})",
};
const std::vector<std::string> kValues = {
    "null", "true", "false", "0", "-1", "-2", "3", "4", "0.5", "0.49", "3.0", "3.5", "1e2", "-0.0", "9223372036854775807", "18446744073709551615", "1e400", R"("")",
    R"("a")", R"("ab")", R"("abc")", R"("abcd")", R"("é")", R"("éé")", R"("ééé")", R"("éééé")", R"("😀")", R"("😀😀")", R"("😀😀😀😀")", R"("one")", R"("two")", R"("three")", "[]", R"(["x"])",
    R"([""])", R"(["x", 1])", R"(["x", "y"])", R"(["x", "y", "z"])", "{}", R"({"b": 1})", R"({"b": "1"})", R"({"b": 1.0})", R"({"c": 1})"};

std::vector<std::string> all_data() {
  std::vector<std::string> data = kValues;
  for (const std::string& a : kValues) {
    data.push_back(R"({"a": )" + a + "}");
    for (const std::string& b : kValues) data.push_back(R"({"a": )" + a + R"(, "b": )" + b + "}");
  }
  data.push_back(R"({"a": "ab", "a": 1})");  // the last one counts
  data.push_back(R"({"a": 1, "a": "ab"})");
  data.push_back(R"({"a": "01a21e66-4296-7e46-a0dd-f01704166057"})");
  return data;
}

std::string nested(std::size_t levels) { return R"({"b": )" + std::string(levels, '[') + std::string(levels, ']') + R"(, "a": "ab"})"; }
std::string padded(std::size_t more) { return R"({"b": ")" + std::string(more, 'x') + R"(", "a": "ab"})"; }

// What some reader or other takes for JSON, and ours must not take for it where valijson's reader does not.
std::vector<std::string> odd_data() {
  std::vector<std::string> data = {"", " ", "{", R"({"a": "ab"} x)", R"({"a": "ab"}{})", R"({"a": "ab",})", R"({"a": "ab", "b": 01})", R"({"a": "ab", "b": 1.})",
                                   R"({"a": "ab", "b": nul})", R"({"a": "ab", "b": tru})", R"({'a': "ab"})", R"({"a": "ab", "b": NaN})", R"({"a": "ab" /* b */})",
                                   "\xef\xbb\xbf{\"a\": \"ab\"}", "{\"a\": \"\xff\xfe\"}", "{\"a\": \"a\nb\"}", R"({"a": "\ud800"})", R"({"a": "\udc00b"})",
                                   R"({"a": "ab", "b": "\x"})", R"({"\u0061": "ab"})", R"({"a": "\u0061b"})", R"({"a": "ab", "b": [1 2]})", R"({"a" "ab"})",
                                   R"({"a": "ab", "b": "unended})", R"({"a": "ab", "b": 12345678901234567890123})", R"({"a": "ab", "b": -})", " {\"a\": \"ab\"}\t\r\n"};
  for (const std::size_t levels : {1U, 30U, 31U, 32U, 62U, 63U, 64U, 65U, 1'000U, 100'000U}) data.push_back(nested(levels));
  for (const std::size_t more : {100U, 16'300U, 16'384U, 70'000U}) data.push_back(padded(more));
  return data;
}

// Both from one text: the plain one, and one that leaves everything to valijson.
struct Both {
  explicit Both(const std::string& text) : schema(json::parse(text)), rules(*SchemaRules::take_from(schema)), plain(PlainSchema::of(schema, rules)) {
    json::object named = json::parse(text).as_object();
    named["$id"] = "named";  // a keyword that is not plain
    whole = *Schema::compile(json::serialize(named), "named.json");
  }
  json::value schema;
  SchemaRules rules;
  std::optional<PlainSchema> plain;
  std::optional<Schema> whole;
};

TEST(PlainSchemaTest, NeverSaysThatSomethingFitsWhichValijsonRefuses) {
  std::size_t fits = 0, plain_fits = 0;
  for (const std::string& text : kSchemas) {
    const Both both(text);
    ASSERT_TRUE(both.plain) << text;
    for (const std::string& data : all_data()) {
      const bool ours = both.plain->surely_fits(data), theirs = bool(both.whole->check(data));
      EXPECT_TRUE(theirs || !ours) << text << " " << data;
      fits += theirs ? 1 : 0;
      plain_fits += ours ? 1 : 0;
    }
    for (const std::string& data : odd_data())
      EXPECT_TRUE(both.whole->check(data) || !both.plain->surely_fits(data)) << text << " " << data.substr(0, 200);
  }
  EXPECT_GT(plain_fits, fits * 3 / 4) << "it would be of little use";
}

TEST(PlainSchemaTest, SaysSoOfAnEventAsItComesAndLeavesTheHugeAndTheDeepToValijson) {
  const Both both(R"({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": "^a", "maxLength": 3}}})");
  for (const std::string& data : {padded(10), padded(16'000), nested(20)}) EXPECT_TRUE(both.plain->surely_fits(data)) << data.substr(0, 100);
  for (const std::string& data : {padded(16'384), nested(60)}) {
    EXPECT_FALSE(both.plain->surely_fits(data)) << data.substr(0, 100);
    EXPECT_TRUE(both.whole->check(data)) << data.substr(0, 100);
  }
  EXPECT_FALSE(both.plain->surely_fits(R"({"a": "ba"})")) << "the pattern";
  EXPECT_FALSE(both.plain->surely_fits(R"({"b": "ab"})")) << "the required member";
}

TEST(PlainSchemaTest, LeavesWhatItDoesNotKnowToValijson) {
  for (const char* text : {R"({"type": ["object", "string"]})", R"({"type": "null"})", R"({"type": ["string", "null"], "enum": ["a", null]})", R"({"type": ["string", "null"], "enum": ["a"]})", R"({"type": "object", "additionalProperties": false})", R"({"type": "object", "oneOf": [{}]})",
                           R"({"type": "integer", "exclusiveMinimum": 0})", R"({"$ref": "#/definitions/a", "definitions": {"a": {}}})", R"({"type": "string", "minimum": 1})", R"({"minLength": 1})",
                           R"({"required": ["a"]})", R"({"type": "object", "properties": {"a": {"const": 1}}})", R"({"type": "integer", "minimum": 9007199254740993})", "true"}) {
    json::value schema = json::parse(text);
    const auto rules = SchemaRules::take_from(schema);
    ASSERT_TRUE(rules) << text;
    EXPECT_FALSE(PlainSchema::of(schema, *rules)) << text;
  }
}

// Else valijson is asked about every event of such a type.
TEST(PlainSchemaTest, KnowsEverySchemaOfThePlatform) {
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(GOFUTURE_SOURCE_DIR) + "/manifests/schemas")) {
    json::value schema = json::parse(test::contents(file.path()));
    const auto rules = SchemaRules::take_from(schema);
    ASSERT_TRUE(rules) << file.path();
    EXPECT_TRUE(PlainSchema::of(schema, *rules)) << file.path();
    ++seen;
  }
  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace gofuture
