// RecordBuilder: valid CloudEvents records (binary mode), with everything in them changeable.
//
//   RecordBuilder().id(test_id(1)).type("TripTaken").key("k").data(R"({"key":"k","n":1})").at(kTrips, 0, 0)
//   trip(1, "k").without("ce_type").at(kTrips, 0, 0)      // broken on purpose
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uuid.hpp"
#include "event/record.hpp"

namespace gofuture::test {

// A UUIDv7 that is always the same for one number; its day is the test epoch's.
Uuid test_id(std::uint64_t number);

class RecordBuilder {
 public:
  RecordBuilder();

  RecordBuilder& id(const Uuid& id) { return header("ce_id", id.text()); }
  RecordBuilder& id(std::string id) { return header("ce_id", std::move(id)); }
  RecordBuilder& type(std::string type) { return header("ce_type", std::move(type)); }
  RecordBuilder& subject(std::string subject) { return header("ce_subject", std::move(subject)); }
  RecordBuilder& key(std::optional<std::string> key);
  RecordBuilder& data(std::optional<std::string> value);
  // Replaces the header of that name or adds it; a null value is possible in Kafka.
  RecordBuilder& header(std::string_view name, std::optional<std::string> value);
  RecordBuilder& without(std::string_view name);
  RecordBuilder& timestamp(std::int64_t unix_ms);

  const OwnedRecord& content() const { return content_; }
  Record at(std::uint16_t topic, std::int32_t partition, std::int64_t offset) const;

 private:
  OwnedRecord content_;
  std::int64_t timestamp_ms_;
};

// {"key":"<key>","n":<number>} as TripTaken or FarePaid with test_id(number), record key and subject <key>.
RecordBuilder trip(std::uint64_t number, const std::string& key);
RecordBuilder fare(std::uint64_t number, const std::string& key);
// A trip with "observed_at", milliseconds since 1970, for `fence = newest`.
RecordBuilder sighting(std::uint64_t number, const std::string& key, std::int64_t observed_ms);

}  // namespace gofuture::test
