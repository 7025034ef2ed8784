#include "postgres/relay_dead_row.hpp"

#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace gofuture {
namespace {

enum Place { kFunction, kGroup, kTopic, kPartition, kOffset, kRedrive, kEpoch, kEventId, kClass, kMessage, kAttempts, kKey, kValue, kNames,
             kValues, kTimestamp, kSeq, kDeadAt };
constexpr std::array<const char*, DeadRowReader::kColumns> kColumnNames = {
    "function", "consumer_group", "topic", "partition", "offset", "redrive", "epoch", "event_id", "class", "message", "attempts",
    "key", "value", "header_names", "header_values", "timestamp_ms", "seq", "dead_at"};

// How many bytes a column has; 0: any number.
constexpr std::size_t size_of(Place place) {
  switch (place) {
    case kPartition: case kRedrive: case kAttempts: return 4;
    case kOffset: case kEpoch: case kTimestamp: case kSeq: case kDeadAt: return 8;
    case kEventId: return 16;
    default: return 0;
  }
}

bool is_text(Place place) { return place == kFunction || place == kGroup || place == kTopic || place == kClass || place == kMessage; }

// The elements of a one-dimensional array as array_send writes it; nothing: it is none.
std::optional<std::vector<std::optional<std::string_view>>> elements_of(std::string_view bytes) {
  const auto number = [&bytes](std::uint32_t& into) {
    if (bytes.size() < 4) return false;
    into = static_cast<std::uint32_t>(big_endian(bytes.substr(0, 4)));
    bytes.remove_prefix(4);
    return true;
  };
  std::uint32_t dimensions = 0, has_null = 0, type = 0, count = 0, lower = 0;
  if (!number(dimensions) || !number(has_null) || !number(type) || dimensions > 1) return std::nullopt;
  std::vector<std::optional<std::string_view>> elements;
  if (dimensions == 0) return elements;
  if (!number(count) || !number(lower) || count > bytes.size() / 4) return std::nullopt;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t size = 0;
    if (!number(size)) return std::nullopt;
    if (size == 0xffffffffU) {
      elements.emplace_back(std::nullopt);
      continue;
    }
    if (size > bytes.size()) return std::nullopt;
    elements.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return elements;
}

}  // namespace

const std::array<const char*, DeadRowReader::kColumns>& DeadRowReader::columns() { return kColumnNames; }

DeadRowReader::DeadRowReader() : places_("gofuture.dead_letters", kColumnNames) {}

Result<DeadRow> DeadRowReader::read(const pgoutput::Row& row) {
  if (auto learned = places_.learn(*row.relation); !learned) return learned.error();
  const auto cell = [&](Place place) -> const pgoutput::Cell& { return places_.cell(row, place); };
  for (int i = 0; i < kColumns; ++i) {
    const auto place = static_cast<Place>(i);
    if ((place == kKey || place == kValue) && cell(place).form == pgoutput::Cell::Form::kNull) continue;
    if (auto there = places_.check(row, i, is_text(place)); !there) return there.error();
    if (size_of(place) != 0 && cell(place).bytes.size() != size_of(place))
      return Error(std::string("a row of gofuture.dead_letters came with its column \"") + kColumnNames[static_cast<std::size_t>(i)] + "\" of " +
                   std::to_string(cell(place).bytes.size()) + " bytes instead of " + std::to_string(size_of(place)));
  }
  const auto names = elements_of(cell(kNames).bytes), values = elements_of(cell(kValues).bytes);
  if (!names || !values || names->size() != values->size())
    return Error("a row of gofuture.dead_letters came with headers that are no two arrays of one length (header_names, header_values)");

  const auto number = [&](Place place) { return big_endian(cell(place).bytes); };
  const auto bytes = [&](Place place) {
    const pgoutput::Cell& one = cell(place);
    return one.form == pgoutput::Cell::Form::kNull ? std::nullopt : std::optional(one.bytes);
  };
  DeadRow out;
  DeadLetter& letter = out.letter;
  letter.origin = {cell(kTopic).bytes, cell(kFunction).bytes, cell(kGroup).bytes, number(kEpoch)};
  letter.partition = static_cast<std::int32_t>(number(kPartition));
  letter.offset = number(kOffset);
  letter.timestamp_ms = number(kTimestamp);
  letter.key = bytes(kKey);
  letter.value = bytes(kValue);
  letter.headers.reserve(names->size());
  for (std::size_t i = 0; i < names->size(); ++i) letter.headers.push_back({(*names)[i].value_or(""), (*values)[i]});
  std::memcpy(letter.event_id.bytes.data(), cell(kEventId).bytes.data(), 16);
  letter.redrive = static_cast<std::int32_t>(number(kRedrive));
  letter.failure = cell(kClass).bytes;
  letter.message = cell(kMessage).bytes;
  letter.attempts = static_cast<std::int32_t>(number(kAttempts));
  out.seq = number(kSeq);
  out.dead_ms = unix_ms(cell(kDeadAt).bytes);
  return out;
}

}  // namespace gofuture
