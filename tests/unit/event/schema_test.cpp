// Validation before the handler: exact findings, nothing unchecked by accident, and no event that can harm the process.
#include "event/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace gofuture {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kBooking = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "a booking",
  "type": "object",
  "required": ["booking_id", "region_id", "observed_at"],
  "properties": {
    "booking_id": {"type": "string", "minLength": 1, "maxLength": 64},
    "user_id": {"type": "string"},
    "region_id": {"type": "string"},
    "lat": {"type": "number", "minimum": -90, "maximum": 90},
    "lon": {"type": "number", "minimum": -180, "maximum": 180},
    "amount_minor": {"type": ["integer", "null"], "minimum": 0},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "observed_at": {"type": "string", "format": "date-time"}
  }
})";
constexpr std::string_view kEvent =
    R"({"booking_id":"0198f3c1-7aaa-7bbb-8ccc-0123456789ab","user_id":"u-0123456789","region_id":"3776:-12243",)"
    R"("lat":37.76123,"lon":-122.43123,"amount_minor":1250,"currency":"USD","observed_at":"2026-11-22T12:00:01.204Z",)"
    R"("note":"pick up at the north gate, please wait near the blue door"})";

std::string compiled(std::string_view text) {
  auto schema = Schema::compile(text, "x.json");
  return schema ? "compiled" : schema.error().message();
}
std::string checked(std::string_view schema_text, std::string_view data) {
  auto schema = Schema::compile(schema_text, "x.json");
  if (!schema) return "schema: " + schema.error().message();
  auto valid = schema->check(data);
  return valid ? "valid" : valid.error().message();
}

TEST(Schema, AValidEventPasses) { EXPECT_EQ(checked(kBooking, kEvent), "valid"); }

TEST(Schema, FindingsNameThePlaceAndTheRuleAndAreAtMostThree) {
  EXPECT_EQ(checked(kBooking, R"({"booking_id":"b","observed_at":"2026-11-22T12:00:01Z"})"), "/region_id: is missing");
  EXPECT_EQ(checked(kBooking, R"({"booking_id":7,"region_id":"r","observed_at":"2026-11-22T12:00:01Z"})"),
            "/booking_id: is an integer, must be a string");
  EXPECT_EQ(checked(kBooking, R"({"booking_id":"b","region_id":"r","observed_at":"2026-11-22T12:00:01Z","amount_minor":"1"})"),
            "/amount_minor: is a string, must be an integer or null");
  EXPECT_EQ(checked(kBooking, "[]"), "the event: is an array, must be an object");
  const auto many = checked(kBooking, R"({"booking_id":7,"region_id":8,"lat":"x","lon":"y","currency":1})");
  EXPECT_EQ(std::count(many.begin(), many.end(), ';'), 2) << many;
}

TEST(Schema, RulesThatAreCheckedHereRatherThanByValijsonAreExact) {
  const auto with = [](const std::string& member) {
    return checked(kBooking, R"({"booking_id":"b","region_id":"r","observed_at":"2026-11-22T12:00:01Z",)" + member + "}");
  };
  EXPECT_EQ(with(R"("currency":"usd")"), "/currency: does not match the pattern ^[A-Z]{3}$");
  EXPECT_EQ(with(R"("currency":"EUR")"), "valid");
  EXPECT_EQ(checked(kBooking, R"({"booking_id":"b","region_id":"r","observed_at":"yesterday"})"),
            "/observed_at: is not a date-time");
  EXPECT_EQ(checked(R"({"format":"uuid"})", R"("x")"), "the event: is not a uuid");
  EXPECT_EQ(checked(R"({"format":"date"})", R"("2026-02-29")"), "the event: is not a date");
  EXPECT_EQ(checked(R"({"format":"date"})", R"("2026-02-28")"), "valid");
  EXPECT_EQ(checked(R"({"format":"time"})", R"("12:00:00Z")"), "valid");
  EXPECT_EQ(checked(R"({"format":"date-time"})", "12"), "valid") << "a format speaks of strings only";
}

TEST(Schema, RulesReachThroughItemsReferencesAllOfAndAdditionalProperties) {
  constexpr std::string_view kSchema = R"({
    "definitions": {"money": {"type": "object", "properties": {"currency": {"type": "string", "pattern": "^[A-Z]{3}$"}}}},
    "properties": {
      "format": {"type": "string"},
      "list": {"type": "array", "items": {"$ref": "#/definitions/money"}},
      "fee": {"allOf": [{"$ref": "#/definitions/money"}]},
      "again": {"$ref": "#/properties/list/items"}
    },
    "additionalProperties": {"type": "string", "format": "uuid"}
  })";
  EXPECT_EQ(checked(kSchema, R"({"list":[{"currency":"USD"},{"currency":"usd"}]})"),
            "/list/1/currency: does not match the pattern ^[A-Z]{3}$");
  EXPECT_EQ(checked(kSchema, R"({"fee":{"currency":"usd"}})"), "/fee/currency: does not match the pattern ^[A-Z]{3}$");
  EXPECT_EQ(checked(kSchema, R"({"again":{"currency":"usd"}})"), "/again/currency: does not match the pattern ^[A-Z]{3}$");
  EXPECT_EQ(checked(kSchema, R"({"x/y~z":"no"})"), "/x~1y~0z: is not a uuid");
  EXPECT_EQ(checked(kSchema, R"({"format":"free","list":[],"fee":{"currency":"EUR"}})"), "valid");
}

TEST(Schema, ARecursiveSchemaIsWalkedOnce) {
  constexpr std::string_view kTree = R"({"type":"object","properties":{"when":{"type":"string","format":"date"},
    "children":{"type":"array","items":{"$ref":"#"}}}})";
  EXPECT_EQ(checked(kTree, R"({"children":[{"children":[{"when":"2026-01-01"}]}]})"), "valid");
  EXPECT_EQ(checked(kTree, R"({"children":[{"children":[{"when":"x"}]}]})"), "/children/0/children/0/when: is not a date");
  EXPECT_THAT(compiled(R"({"$ref":"#"})"), HasSubstr("leads back to itself"));
}

TEST(Schema, WhatNobodyWouldCheckIsACompileErrorThatNamesTheFile) {
  EXPECT_EQ(compiled(R"({"requird":["a"]})"),
            "x.json: /requird is a keyword that is not understood here (draft 7 without patternProperties)");
  EXPECT_THAT(compiled(R"({"patternProperties":{"(a+)+$":{}}})"), HasSubstr("/patternProperties is a keyword"));
  EXPECT_THAT(compiled(R"({"properties":{"a":{"format":"ipv6"}}})"), HasSubstr("/properties/a/format is \"ipv6\""));
  EXPECT_THAT(compiled(R"({"properties":{"a":{"pattern":"("}}})"), HasSubstr("is not a regular expression"));
  EXPECT_THAT(compiled(R"({"anyOf":[{"format":"date"},{"type":"null"}]})"), HasSubstr("/anyOf/0 has a format, and stands below"));
  EXPECT_THAT(compiled(R"({"definitions":{"d":{"format":"date"}},"properties":{"a":{"$ref":"#/definitions/d"},
    "b":{"oneOf":[{"$ref":"#/definitions/d"}]}}})"), HasSubstr("and stands below a keyword"));
  EXPECT_THAT(compiled(R"({"$ref":"other.json"})"), HasSubstr("other files are not read"));
  EXPECT_THAT(compiled(R"({"$ref":"#/nowhere"})"), HasSubstr("points to nothing"));
  EXPECT_THAT(compiled("{"), StartsWith("x.json: is not JSON: "));
  EXPECT_THAT(compiled(R"({"type":"strng"})"), StartsWith("x.json: is not a JSON Schema: "));
  EXPECT_THAT(compiled(R"({"minLength":"x"})"), StartsWith("x.json: is not a JSON Schema: "));
}

TEST(Schema, GarbageIsNotJson) {
  for (const std::string bad : {"", "garbage", "{", R"({"a":1}})", "\xff", R"({"a":"\x"})", "{\"a\":\"\xc3\x28\"}", "\0"})
    EXPECT_THAT(checked("{}", bad), StartsWith("is not JSON: ")) << bad;
}

TEST(Schema, DeepNestingIsRefusedBeforeAnybodyRecurses) {
  EXPECT_EQ(checked("{}", std::string(64, '[') + std::string(64, ']')), "valid");
  EXPECT_EQ(checked("{}", std::string(65, '[') + std::string(65, ']')), "is nested deeper than 64 levels");
  EXPECT_EQ(checked("{}", std::string(100'000, '[')), "is nested deeper than 64 levels");
}

// std::regex recurses once per character: a megabyte under a pattern would overflow the stack of the thread that checks it.
TEST(Schema, ALongTextUnderAPatternDoesNotEndTheProcess) {
  auto schema = Schema::compile(R"({"properties":{"a":{"pattern":"^(x|y)*$"}}})", "x.json");
  ASSERT_TRUE(schema);
  const std::string data = R"({"a":")" + std::string(1 << 20, 'x') + R"("})";
  std::string answer;
  std::thread([&] { answer = schema->check(data).error().message(); }).join();
  EXPECT_EQ(answer, "/a: is longer than the 4096 bytes to which a pattern is applied");
}

TEST(Schema, ALongNameOutOfTheDataDoesNotFloodTheMessage) {
  const auto message = checked(R"({"additionalProperties":false})", R"({")" + std::string(100'000, 'n') + R"(":1})");
  EXPECT_LT(message.size(), 300U);
  EXPECT_THAT(message, StartsWith("/nnnn"));
}

TEST(Schema, CheckingIsThreadSafe) {
  auto schema = Schema::compile(kBooking, "x.json");
  ASSERT_TRUE(schema);
  std::vector<std::thread> threads;
  std::atomic<int> valid{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) valid += bool(schema->check(kEvent));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(valid, 800);
}

// Printed, never asserted: what one check of a 300 B event with eight properties (a pattern and a date-time among them) costs.
TEST(Schema, TellsWhatACheckCosts) {
  auto schema = Schema::compile(kBooking, "x.json");
  ASSERT_TRUE(schema);
  constexpr int kRounds = 5000;
  const auto from = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) ASSERT_TRUE(schema->check(kEvent));
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - from;
  std::printf("             %zu B, 8 properties: %.0f ns per check\n", kEvent.size(), took.count() / kRounds);
}

}  // namespace
}  // namespace gofuture
