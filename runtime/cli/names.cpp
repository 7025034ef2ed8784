#include "cli/names.hpp"

#include "cli/mistakes.hpp"
#include "pipeline/dead_letter.hpp"

namespace gofuture::cli {

Result<const FunctionManifest*> function_called(const Manifests& manifests, const Settings& settings, const std::string& name) {
  for (const FunctionManifest& function : manifests.functions)
    if (function.name == name) return &function;
  return unknown_name("function", name, settings.manifests, function_names(manifests));
}

Result<const EventType*> type_called(const Catalogue& catalogue, const Settings& settings, const std::string& name) {
  if (const EventType* type = catalogue.event(name)) return type;
  return unknown_name("event type", name, settings.manifests + "/events.toml", type_names(catalogue));
}

std::vector<std::string> function_names(const Manifests& manifests) {
  std::vector<std::string> names;
  for (const FunctionManifest& function : manifests.functions) names.push_back(function.name);
  return names;
}

std::vector<std::string> type_names(const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const EventType& type : catalogue.events) names.push_back(type.name);
  return names;
}

std::vector<std::string> topic_names(const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const Topic& topic : catalogue.topics) names.push_back(topic.name);
  return names;
}

std::vector<std::string> dead_letter_topics(const Manifests& manifests) {
  std::vector<std::string> names;
  for (const FunctionManifest& function : manifests.functions)
    for (const Subscription& subscription : function.subscriptions) names.push_back(dead_letter_topic(subscription.topic, function.name));
  return names;
}

}  // namespace gofuture::cli
