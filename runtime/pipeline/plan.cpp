#include "pipeline/plan.hpp"

#include <map>

#include "pipeline/event.hpp"

namespace gofuture {

Result<std::shared_ptr<const Plan>> Plan::make(FunctionManifest manifest, std::shared_ptr<const Catalogue> catalogue,
                                              bool stateful, bool uses_timers) {
  std::shared_ptr<Plan> plan(new Plan);
  plan->stateful = stateful;
  plan->uses_timers = uses_timers;
  plan->manifest_ = std::move(manifest);
  plan->source_ = source_of(plan->manifest_.name);
  plan->catalogue_ = std::move(catalogue);
  const std::string where = plan->manifest_.file.empty() ? plan->manifest_.name : plan->manifest_.file;

  std::map<std::string, std::shared_ptr<const Schema>> schemas;  // by type: subscriptions and emissions share them
  auto schema_of = [&](const EventType& type) -> Result<std::shared_ptr<const Schema>> {
    auto& known = schemas[type.name];
    if (!known && !type.schema.empty()) {
      auto compiled = Schema::compile(type.schema, type.schema_file);
      if (!compiled) return compiled.error().within(where);
      known = std::make_shared<const Schema>(std::move(*compiled));
    }
    return known;
  };

  for (const EventType& type : plan->catalogue_->events) {
    plan->known_.insert(type.name);
    for (const std::string& alias : type.aliases) plan->known_.insert(alias);
  }
  for (const Subscription& subscription : plan->manifest_.subscriptions) {
    PlannedTopic planned;
    planned.topic = plan->catalogue_->topic(subscription.topic);
    planned.subscription = &subscription;
    if (planned.topic == nullptr)
      return Error("topic \"" + subscription.topic + "\" is not in the catalogue; add it to topics.toml").within(where);
    for (const std::string& name : subscription.types) {
      const EventType* type = plan->catalogue_->event(name);
      if (type == nullptr) return Error("event type \"" + name + "\" is not in the catalogue; add it to events.toml").within(where);
      auto schema = schema_of(*type);
      if (!schema) return schema.error();
      plan->types_.push_back(std::make_unique<PlannedType>(PlannedType{type, *schema}));
      const PlannedType* entry = plan->types_.back().get();
      planned.handled.emplace(type->name, entry);
      for (const std::string& alias : type->aliases) planned.handled.emplace(alias, entry);
    }
    plan->topics_.push_back(std::move(planned));
  }
  for (const auto& [name, topic] : plan->manifest_.emits) {
    PlannedEmission emission{plan->catalogue_->event(name), plan->catalogue_->topic(topic), nullptr};
    if (emission.type == nullptr || emission.topic == nullptr)
      return Error("[emits] " + name + " = \"" + topic + "\" is not in the catalogue").within(where);
    auto schema = schema_of(*emission.type);
    if (!schema) return schema.error();
    emission.schema = *schema;
    plan->emissions_.emplace(emission.type->name, std::move(emission));
  }
  return std::shared_ptr<const Plan>(std::move(plan));
}

const PlannedEmission* Plan::emission(std::string_view type) const {
  const auto found = emissions_.find(type);
  return found == emissions_.end() ? nullptr : &found->second;
}

}  // namespace gofuture
