// A draft: an event as `gofuture emit` would send it, checked as the runtime checks what a function emits: size, schema, key and
// subject. Pure but for the ids and the time that it is given.
//
//   auto drafter = Drafter::make(catalogue, "BookingCreated");
//   auto draft = drafter->draft(data, {.key = "r-1"}, now_ms);
//   if (!draft) …   // "the data is no BookingCreated: /region_id: is missing"
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/uuid.hpp"
#include "event/json_pointer.hpp"
#include "event/schema.hpp"
#include "manifest/manifest.hpp"
#include "pipeline/io.hpp"

namespace gofuture::cli {

struct DraftWishes {
  std::optional<std::string> key = {}, subject = {}, correlation = {};  // nothing: from the data, as the catalogue says
  std::optional<Uuid> id = {};
  bool unchecked = false;  // neither schema nor size: to see what the functions do with a broken event
};

struct Draft {
  Uuid id;
  std::string type, topic, key, subject, correlation, time, data;
  std::vector<std::pair<std::string, std::string>> headers;
  OutgoingRecord record() const;  // views into this
};

class Drafter {
 public:
  // By any spelling of the type that the catalogue knows; it outlives the drafter.
  static Result<Drafter> make(const Catalogue& catalogue, const EventType& type);
  Result<Draft> draft(std::string data, const DraftWishes& wishes, std::int64_t now_ms);

 private:
  Drafter(const EventType& type, const Topic& topic, std::shared_ptr<const Schema> schema, std::uint64_t seed);
  Result<Done> check(const std::string& data) const;

  const EventType& type_;
  const Topic& topic_;
  std::shared_ptr<const Schema> schema_;  // null: the type has none
  std::unique_ptr<JsonReader> json_ = std::make_unique<JsonReader>();
  UuidV7Generator ids_;
};

}  // namespace gofuture::cli
