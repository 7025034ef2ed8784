// What becomes of a JSON Schema: a struct, and an example that fits.
#include "cli/event_struct.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/schema_example.hpp"
#include "event/schema.hpp"

namespace gofuture::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

EventType type_of(std::string schema, std::string name = "OrderPlaced") {
  EventType type;
  type.name = std::move(name);
  type.schema = std::move(schema);
  return type;
}

TEST(EventStruct, MembersStandInTheOrderOfTheSchemaAndWhatIsNotRequiredIsOptional) {
  const auto order = EventStruct::of(type_of(R"({"type": "object", "required": ["order_id", "quantity", "price", "gift"], "properties": {
      "order_id": {"type": "string"}, "quantity": {"type": "integer", "minimum": 2}, "price": {"type": "number", "maximum": 0.5},
      "gift": {"type": "boolean"}, "note": {"type": "string"}}})"));
  EXPECT_EQ(order.text(), R"(struct OrderPlaced {
  std::string order_id;
  std::int64_t quantity = 0;
  double price = 0;
  bool gift = false;
  std::optional<std::string> note{};
};
BOOST_DESCRIBE_STRUCT(OrderPlaced, (), (order_id, quantity, price, gift, note))
)");
  EXPECT_EQ(order.initializer(0), R"({.order_id = "order-1", .quantity = 2, .price = 0.5, .gift = true})");
  EXPECT_EQ(pretty(order.example()), "{\n  \"order_id\": \"order-1\",\n  \"quantity\": 2,\n  \"price\": 0.5,\n  \"gift\": true\n}\n");
}

TEST(EventStruct, ObjectsListsMapsAndReferencesBecomeStructsVectorsAndMaps) {
  const auto order = EventStruct::of(type_of(R"({"type": "object", "required": ["lines", "ship_to", "tags", "bill_to"],
      "definitions": {"address": {"type": "object", "required": ["zip"], "properties": {"zip": {"type": "string"}}}},
      "properties": {
        "lines": {"type": "array", "items": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}},
        "ship_to": {"$ref": "#/definitions/address"},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "bill_to": {"type": ["null", "string"]}}})"));
  EXPECT_THAT(order.text(), AllOf(HasSubstr("struct OrderPlacedLines {\n  std::string sku;\n};"),
                                  HasSubstr("struct OrderPlacedShipTo {\n  std::string zip;\n};"),
                                  HasSubstr("  std::vector<OrderPlacedLines> lines;\n  OrderPlacedShipTo ship_to;\n"
                                            "  std::map<std::string, std::string> tags;\n"
                                            "  std::optional<std::string> bill_to;\n")));
  EXPECT_THAT(order.initializer(0), HasSubstr("    .lines = {{.sku = \"sku-1\"}},\n    .ship_to = {.zip = \"zip-1\"},\n"
                                              "    .tags = {{\"key\", \"tags-1\"}},\n"));
}

TEST(EventStruct, WhatHasNoSimpleFormIsLeftOutAndSaidSo) {
  const auto odd = EventStruct::of(type_of(R"({"type": "object", "properties": {"class": {"type": "string"}, "order-id": {"type": "string"},
      "either": {"type": ["string", "integer"]}, "anything": {}, "itself": {"$ref": "#"}, "sku": {"type": "string"}}})"));
  EXPECT_THAT(odd.text(), AllOf(HasSubstr("// \"class\" has no simple form"), HasSubstr("\"order-id\""), HasSubstr("\"either\""), HasSubstr("\"anything\""),
                                HasSubstr("std::optional<std::string> sku{};")));
}

TEST(EventStruct, AnEmittedEventTakesWhatTheHandledOneHas) {
  const auto schema = [](const std::string& more) {
    return R"({"required": ["order_id", ")" + more + R"("], "properties": {"order_id": {"type": "string"}, ")" + more + R"(": {"type": "integer"}}})";
  };
  const auto order = EventStruct::of(type_of(schema("quantity"))), paid = EventStruct::of(type_of(schema("amount"), "OrderPaid"));
  EXPECT_EQ(paid.initializer(0, &order, "order"), "{.order_id = order.order_id, .amount = 1}");
}

TEST(EventStruct, TheSchemasOwnExamplesComeFirst) {
  const auto order = EventStruct::of(type_of(R"({"type": "object", "required": ["order_id", "quantity", "sku"],
      "properties": {"order_id": {"type": "string"}, "quantity": {"type": "integer"}, "sku": {"type": "string", "examples": ["mug"]}},
      "examples": [{"order_id": "o-7", "quantity": "not a number"}]})"));
  EXPECT_EQ(order.initializer(0), R"({.order_id = "o-7", .quantity = 1, .sku = "mug"})");
}

TEST(EventStruct, EveryExampleOfThePlatformFitsItsSchema) {
  for (const auto& file : std::filesystem::directory_iterator(GOFUTURE_SOURCE_DIR "/manifests/schemas")) {
    std::ifstream in(file.path());
    const EventType type = type_of({std::istreambuf_iterator<char>(in), {}}, file.path().stem());
    auto schema = Schema::compile(type.schema, file.path().string());
    ASSERT_TRUE(schema) << schema.error().message();
    const auto fits = schema->check(pretty(EventStruct::of(type).example()));
    EXPECT_TRUE(fits) << type.name << ": " << fits.error().message();
    EXPECT_THAT(EventStruct::of(type).text(), Not(HasSubstr("no simple form"))) << type.name;
  }
}

}  // namespace
}  // namespace gofuture::cli
