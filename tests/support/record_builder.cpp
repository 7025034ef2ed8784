#include "support/record_builder.hpp"

#include <algorithm>

#include "support/manual_clock.hpp"

namespace gofuture::test {

Uuid test_id(std::uint64_t number) {
  Uuid id;
  const auto ms = static_cast<std::uint64_t>(kTestEpochMs);
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  id.bytes[6] = 0x70;
  id.bytes[8] = 0x80;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[10 + i] = static_cast<std::uint8_t>(number >> (40 - 8 * i));
  return id;
}

RecordBuilder::RecordBuilder() : timestamp_ms_(kTestEpochMs) {
  header("ce_specversion", "1.0");
  header("ce_id", test_id(0).text());
  header("ce_source", "tests");
  header("ce_type", "TripTaken");
  header("content-type", "application/json");
}

RecordBuilder& RecordBuilder::key(std::optional<std::string> key) {
  content_.key = std::move(key);
  return *this;
}

RecordBuilder& RecordBuilder::data(std::optional<std::string> value) {
  content_.value = std::move(value);
  return *this;
}

RecordBuilder& RecordBuilder::header(std::string_view name, std::optional<std::string> value) {
  const auto found = std::find_if(content_.headers.begin(), content_.headers.end(), [&](const auto& h) { return h.first == name; });
  if (found != content_.headers.end()) found->second = std::move(value);
  else content_.headers.emplace_back(std::string(name), std::move(value));
  return *this;
}

RecordBuilder& RecordBuilder::without(std::string_view name) {
  std::erase_if(content_.headers, [&](const auto& header) { return header.first == name; });
  return *this;
}

RecordBuilder& RecordBuilder::timestamp(std::int64_t unix_ms) {
  timestamp_ms_ = unix_ms;
  return *this;
}

Record RecordBuilder::at(std::uint16_t topic, std::int32_t partition, std::int64_t offset) const {
  return make_record(topic, partition, offset, timestamp_ms_, content_);
}

RecordBuilder trip(std::uint64_t number, const std::string& key) {
  RecordBuilder builder;
  builder.id(test_id(number)).subject(key).key(key);
  builder.data("{\"key\":\"" + key + "\",\"n\":" + std::to_string(number) + "}");
  return builder;
}

RecordBuilder fare(std::uint64_t number, const std::string& key) { return trip(number, key).type("FarePaid"); }

RecordBuilder sighting(std::uint64_t number, const std::string& key, std::int64_t observed_ms) {
  return trip(number, key)
      .data("{\"key\":\"" + key + "\",\"n\":" + std::to_string(number) + ",\"observed_at\":" + std::to_string(observed_ms) + "}");
}

}  // namespace gofuture::test
