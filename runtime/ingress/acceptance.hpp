// Acceptance: whether the events of one request may come in, and as which rows. Every mistake of every event is told at once.
//
// What is asked of an event: an envelope that can be read, a type of the catalogue (an alias becomes the canonical name), data that
// fits the type's schema and its topic's size, a key (partitionkey, else from the data as the catalogue says), an id whose repeat
// would be known. One thread.
//
//   Judged judged = acceptance.judge(content);
//   if (judged.refusal) answer(*judged.refusal); else group.submit(std::move(judged.events), …);
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/split_mix.hpp"
#include "event/envelope.hpp"
#include "event/json_pointer.hpp"
#include "event/schema.hpp"
#include "ingress/content.hpp"
#include "ingress/outbox.hpp"
#include "manifest/manifest.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

struct Judged {
  std::optional<Reply> refusal;
  std::vector<IncomingEvent> events;  // each id once
  std::vector<std::size_t> places;    // of these in the request
  std::vector<std::string> ids;       // of all events of the request, in its order, as they are known from here on
};

struct AcceptanceLimits {
  std::size_t events_max = 500;
  std::int64_t window_days = 16;      // how long repeats are known
};

class Acceptance {
 public:
  // Fails when a schema of the catalogue does not compile.
  static Result<std::unique_ptr<Acceptance>> make(std::shared_ptr<const Catalogue> catalogue, Clock& clock, AcceptanceLimits limits,
                                                  std::uint64_t seed);

  Judged judge(const HttpContent& request);

 private:
  struct Known {
    const EventType* type;
    const Topic* topic;
    Schema schema;
  };
  Acceptance(std::shared_ptr<const Catalogue> catalogue, Clock& clock, AcceptanceLimits limits, std::uint64_t seed)
      : catalogue_(std::move(catalogue)), clock_(clock), limits_(limits), random_(seed) {}

  // Its flaws are added; what it returns counts only when there are none.
  IncomingEvent take(const Record& record, std::size_t index, std::vector<Flaw>& flaws);
  void take_key(const Known& known, const Envelope& envelope, std::size_t index, IncomingEvent& event, std::vector<Flaw>& flaws);
  void check_id(const Uuid& id, std::size_t index, std::vector<Flaw>& flaws);

  const std::shared_ptr<const Catalogue> catalogue_;
  Clock& clock_;
  const AcceptanceLimits limits_;
  std::map<std::string, std::shared_ptr<const Known>, std::less<>> known_;  // by name and alias
  std::vector<std::string_view> names_;
  JsonReader json_;
  SplitMix random_;  // of span ids
};

}  // namespace gofuture
