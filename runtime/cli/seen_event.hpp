// SeenEvent: one record as `gofuture tail` shows it: what its envelope says, and what a dead letter tells of its end. Pure. Records come
// from anywhere: what is shown is cleaned for a terminal, what is JSON is escaped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/paint.hpp"
#include "event/record.hpp"

namespace gofuture::cli {

struct SeenDeath {
  std::string function, failure, message, topic;  // who gave up, class, why, and where the event came from
  std::int64_t partition = 0, offset = 0, attempts = 0;
};

struct SeenEvent {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0, time_ms = 0;  // ce_time, or the record's timestamp
  std::string type, id, source, key, subject, correlation, causation;  // empty: absent
  std::string broken;                    // why it is no event; then the fields above that are its envelope's are empty
  std::string data;                      // the bytes
  std::optional<SeenDeath> death;
};

SeenEvent seen(const std::string& topic, const Record& record);

// "12:00:01.204  BookingCreated  r-1  b-7  {…}", at most `width` columns (0: as it is); of a dead letter a second line says why.
std::string as_line(const SeenEvent& event, const Paint& paint, std::size_t width);
// One document on one line; README.md has its shape.
std::string as_json(const SeenEvent& event);

}  // namespace gofuture::cli
