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
    R"({"type": "string", "minLength": 1})",
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
  data.push_back(R"({"a": "ab", "a": 1})");  // the last one counts, for both
  data.push_back(R"({"a": 1, "a": "ab"})");
  return data;
}

TEST(PlainSchemaTest, NeverSaysThatSomethingFitsWhichValijsonRefuses) {
  std::size_t fits = 0, plain_fits = 0;
  for (const std::string& text : kSchemas) {
    const auto plain = PlainSchema::of(json::parse(text));
    ASSERT_TRUE(plain) << text;
    json::object named = json::parse(text).as_object();
    named["$id"] = "named";  // a keyword that is not plain: valijson decides
    ASSERT_FALSE(PlainSchema::of(named));
    const auto whole = Schema::compile(json::serialize(named), "named.json");
    ASSERT_TRUE(whole) << whole.error().message();
    for (const std::string& data : all_data()) {
      boost::system::error_code trouble;
      const json::value value = json::parse(data, trouble);
      if (trouble) continue;
      const bool ours = plain->surely_fits(value), theirs = bool(whole->check(data));
      EXPECT_TRUE(theirs || !ours) << text << " " << data;
      fits += theirs ? 1 : 0;
      plain_fits += ours ? 1 : 0;
    }
  }
  EXPECT_GT(plain_fits, fits * 3 / 4) << "it would be of little use";
}

TEST(PlainSchemaTest, LeavesWhatItDoesNotKnowToValijson) {
  for (const char* text : {R"({"type": ["object", "null"]})", R"({"type": "object", "additionalProperties": false})", R"({"type": "object", "oneOf": [{}]})",
                           R"({"type": "integer", "exclusiveMinimum": 0})", R"({"$ref": "#/definitions/a"})", R"({"type": "string", "minimum": 1})", R"({"minLength": 1})",
                           R"({"required": ["a"]})", R"({"type": "object", "properties": {"a": {"const": 1}}})", R"({"type": "integer", "minimum": 9007199254740993})", "true"})
    EXPECT_FALSE(PlainSchema::of(json::parse(text))) << text;
}

// Else valijson is asked about every event of such a type.
TEST(PlainSchemaTest, KnowsEverySchemaOfThePlatform) {
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(GOFUTURE_SOURCE_DIR) + "/manifests/schemas")) {
    json::value schema = json::parse(test::contents(file.path()));
    ASSERT_TRUE(SchemaRules::take_from(schema)) << file.path();
    EXPECT_TRUE(PlainSchema::of(schema)) << file.path();
    ++seen;
  }
  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace gofuture
