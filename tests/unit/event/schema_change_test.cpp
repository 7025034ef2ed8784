#include "event/schema_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gofuture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Breaks = SchemaChange::Breaks;

constexpr const char* kBase = R"({
  "type": "object", "required": ["id"],
  "properties": {"id": {"type": "string", "maxLength": 10}, "n": {"type": "integer", "minimum": 1}, "kind": {"enum": ["a", "b"]},
                 "list": {"type": "array", "items": {"type": "string", "minLength": 1}}}})";

std::vector<SchemaChange> changes(const std::string& from, const std::string& to, const std::string& base = kBase) {
  std::string after = base;
  const auto at = after.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  after.replace(at, from.size(), to);
  return compare_schemas(boost::json::parse(base), boost::json::parse(after));
}

MATCHER_P3(Change, pointer, what, breaks, "") { return arg.pointer == pointer && arg.what == what && arg.breaks == breaks; }

auto old_events(const std::string& pointer, const std::string& what) { return ElementsAre(Change(pointer, what, Breaks::kOldEvents)); }
auto old_readers(const std::string& pointer, const std::string& what) { return ElementsAre(Change(pointer, what, Breaks::kOldReaders)); }

TEST(SchemaChange, WhatBreaksNobodyIsNotTold) {
  EXPECT_THAT(changes("\"type\": \"object\"", "\"title\": \"A\", \"description\": \"x\", \"examples\": [], \"x-ours\": 1, \"type\": \"object\""), IsEmpty());
  EXPECT_THAT(changes("\"id\": {", "\"more\": {\"type\": \"string\"}, \"id\": {"), IsEmpty()) << "an optional member more";
  EXPECT_THAT(changes("\"type\": \"object\"", "\"additionalProperties\": true, \"type\": \"object\""), IsEmpty()) << "as it is without it";
}

TEST(SchemaChange, ANewRequirementBreaksOldEventsAndOneLessBreaksReaders) {
  EXPECT_THAT(changes("[\"id\"]", "[\"id\", \"n\"]"), old_events("/required", "now requires \"n\""));
  EXPECT_THAT(changes("[\"id\"]", "[]"), old_readers("/required", "no longer requires \"id\""));
}

TEST(SchemaChange, AMemberThatIsGoneIsMissedByItsReaders) {
  EXPECT_THAT(changes("\"n\": {\"type\": \"integer\", \"minimum\": 1}, ", ""), old_readers("/properties/n", "is gone: whoever reads it finds nothing any more"));
}

TEST(SchemaChange, InAClosedObjectEveryMemberCounts) {
  const std::string closed = R"({"additionalProperties": false, "properties": {"a": {}, "b/c": {}}})";
  EXPECT_THAT(changes("\"a\": {}, ", "", closed), old_events("/properties/a", "is gone, and no other members are allowed"));
  EXPECT_THAT(changes("\"a\": {}, ", "\"a\": {}, \"d\": {}, ", closed), old_readers("/properties/d", "is new, and no other members were allowed"));
  EXPECT_THAT(changes("false", "true", closed), old_readers("/additionalProperties", "now allows other members"));
  EXPECT_THAT(changes("\"type\": \"object\"", "\"additionalProperties\": false, \"type\": \"object\""), old_events("/additionalProperties", "no longer allows other members"));
  EXPECT_THAT(changes("false", "{\"type\": \"string\"}", closed), old_events("/additionalProperties", "changed"));
  EXPECT_THAT(changes("\"b/c\": {}", "\"b/c\": {\"maximum\": 3}", closed), old_events("/properties/b~1c/maximum", "is new: 3"));
}

TEST(SchemaChange, TypesMayBeWidenedForOldEventsAndNarrowedForReaders) {
  EXPECT_THAT(changes("\"integer\"", "\"number\""), old_readers("/properties/n/type", "now allows number"));
  EXPECT_THAT(changes("\"integer\"", "[\"integer\", \"null\"]"), old_readers("/properties/n/type", "now allows null"));
  EXPECT_THAT(changes("\"integer\"", "\"string\""),
              ElementsAre(Change("/properties/n/type", "no longer allows integer", Breaks::kOldEvents), Change("/properties/n/type", "now allows string", Breaks::kOldReaders)));
}

TEST(SchemaChange, ValuesOfAListAreComparedOneByOne) {
  EXPECT_THAT(changes("[\"a\", \"b\"]", "[\"b\"]"), old_events("/properties/kind/enum", "no longer allows \"a\""));
  EXPECT_THAT(changes("[\"a\", \"b\"]", "[\"b\", \"a\", \"c\"]"), old_readers("/properties/kind/enum", "now allows \"c\""));
  EXPECT_THAT(changes("{\"enum\": [\"a\", \"b\"]}", "{}"), old_readers("/properties/kind/enum", "is gone: what new events have there may surprise readers"));
}

TEST(SchemaChange, BoundsAreNarrowedForOldEventsAndWidenedForReaders) {
  EXPECT_THAT(changes("\"maxLength\": 10", "\"maxLength\": 9"), old_events("/properties/id/maxLength", "changed from 10 to 9"));
  EXPECT_THAT(changes("\"maxLength\": 10", "\"maxLength\": 11"), old_readers("/properties/id/maxLength", "changed from 10 to 11"));
  EXPECT_THAT(changes("\"minimum\": 1", "\"minimum\": 2"), old_events("/properties/n/minimum", "changed from 1 to 2"));
  EXPECT_THAT(changes("\"minimum\": 1", "\"minimum\": 0"), old_readers("/properties/n/minimum", "changed from 1 to 0"));
  EXPECT_THAT(changes("\"minimum\": 1", "\"minimum\": 1.0"), IsEmpty());
  EXPECT_THAT(changes(", \"minimum\": 1", ""), old_readers("/properties/n/minimum", "is gone: it was 1"));
}

TEST(SchemaChange, ItLooksIntoArrays) {
  EXPECT_THAT(changes("\"minLength\": 1", "\"minLength\": 2"), old_events("/properties/list/items/minLength", "changed from 1 to 2"));
}

TEST(SchemaChange, WhatIsNotUnderstoodAndDiffersBreaksOldEvents) {
  EXPECT_THAT(changes("\"kind\": {", "\"kind\": {\"pattern\": \"a\", "), old_events("/properties/kind/pattern", "is new: what old events have there may not fit"));
  const std::string choice = R"({"anyOf": [{"type": "string"}]})";
  EXPECT_THAT(changes("\"string\"", "\"number\"", choice), old_events("/anyOf", R"(changed from [{"type":"string"}] to [{"type":"number"}])"));
  EXPECT_THAT(compare_schemas(true, false), old_events("", "is another schema"));
}

}  // namespace
}  // namespace gofuture
