// Plan: a function's manifest and the catalogue, resolved into what the pipeline asks for each event: topic numbers, types by
// name and alias, compiled schemas. Made once, immutable, shared by every thread of the function.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.hpp"
#include "event/schema.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

struct PlannedType {
  const EventType* type = nullptr;
  std::shared_ptr<const Schema> schema;
};

struct PlannedTopic {
  const Topic* topic = nullptr;
  const Subscription* subscription = nullptr;
  std::unordered_map<std::string_view, const PlannedType*> handled;  // by every spelling of the types subscribed to
};

struct PlannedEmission {
  const EventType* type = nullptr;
  const Topic* topic = nullptr;
  std::shared_ptr<const Schema> schema;
};

class Plan {
 public:
  // Schemas compile here, so a broken one is an error of this function. `stateful` and `uses_timers` are what
  // the library says of itself.
  static Result<std::shared_ptr<const Plan>> make(FunctionManifest manifest, std::shared_ptr<const Catalogue> catalogue,
                                                  bool stateful = true, bool uses_timers = false);

  const FunctionManifest& manifest() const { return manifest_; }
  const Catalogue& catalogue() const { return *catalogue_; }
  const std::string& source() const { return source_; }                        // "gofuture/<function>": ce_source of what it emits
  const std::vector<PlannedTopic>& topics() const { return topics_; }          // index = Record::topic
  bool known_type(std::string_view spelling) const { return known_.contains(spelling); }
  const PlannedEmission* emission(std::string_view type) const;                // by canonical name; nullptr: not in `emits`

  bool stateful = true;      // keys have rows; set by make()
  bool uses_timers = false;  // so is this

 private:
  Plan() = default;
  FunctionManifest manifest_;
  std::string source_;
  std::shared_ptr<const Catalogue> catalogue_;
  std::vector<std::unique_ptr<PlannedType>> types_;
  std::vector<PlannedTopic> topics_;
  std::unordered_map<std::string_view, PlannedEmission> emissions_;
  std::unordered_set<std::string_view> known_;
};

}  // namespace gofuture
