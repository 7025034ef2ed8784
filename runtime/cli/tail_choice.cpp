#include "cli/tail_choice.hpp"

#include <algorithm>
#include <charconv>

#include "cli/mistakes.hpp"
#include "cli/names.hpp"
#include "event/envelope.hpp"
#include "pipeline/dead_letter.hpp"

namespace gofuture::cli {
namespace {

// A topic that is asked for whole stays whole.
void choose(TypesByTopic& chosen, const std::string& topic, const std::set<std::string>& types) {
  const auto [place, fresh] = chosen.emplace(topic, types);
  if (fresh) return;
  if (types.empty()) place->second.clear();
  else if (!place->second.empty()) place->second.insert(types.begin(), types.end());
}

std::set<std::string> spellings(const EventType& type) {
  std::set<std::string> all(type.aliases.begin(), type.aliases.end());
  all.insert(type.name);
  return all;
}

bool choose_function(const Manifests& manifests, const std::string& word, bool dead, TypesByTopic& into) {
  for (const FunctionManifest& function : manifests.functions) {
    if (function.name != word) continue;
    for (const Subscription& subscription : function.subscriptions) {
      if (dead) {
        choose(into, dead_letter_topic(subscription.topic, function.name), {});
        continue;
      }
      std::set<std::string> types;
      for (const std::string& name : subscription.types)
        if (const EventType* type = manifests.catalogue.event(name)) types.merge(spellings(*type));
      choose(into, subscription.topic, types);
    }
    return true;
  }
  return false;
}

bool choose_topic(const Manifests& manifests, const std::string& word, bool dead, TypesByTopic& into) {
  const auto letters = dead_letter_topics(manifests);
  if (std::find(letters.begin(), letters.end(), word) != letters.end()) {
    choose(into, word, {});
    return true;
  }
  const Topic* topic = manifests.catalogue.topic(word);
  if (topic == nullptr) return false;
  if (!dead) choose(into, topic->name, {});
  for (const FunctionManifest& function : manifests.functions)
    for (const Subscription& subscription : function.subscriptions)
      if (dead && subscription.topic == topic->name) choose(into, dead_letter_topic(topic->name, function.name), {});
  return true;
}

bool choose_type(const Manifests& manifests, const std::string& word, bool dead, TypesByTopic& into) {
  const EventType* type = manifests.catalogue.event(word);
  if (type == nullptr) return false;
  if (!dead) choose(into, type->topic, spellings(*type));
  for (const FunctionManifest& function : manifests.functions)
    for (const Subscription& subscription : function.subscriptions)
      if (dead && std::find(subscription.types.begin(), subscription.types.end(), type->name) != subscription.types.end())
        choose(into, dead_letter_topic(subscription.topic, function.name), spellings(*type));
  return true;
}

std::int64_t unit_ms(std::string_view unit) {
  if (unit == "s") return 1'000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  return unit == "d" ? 86'400'000 : 0;
}

}  // namespace

Result<TypesByTopic> chosen(const Manifests& manifests, const Settings& settings, const std::vector<std::string>& words, bool dead) {
  TypesByTopic all;
  const auto letters = dead_letter_topics(manifests), topics = topic_names(manifests.catalogue);
  if (words.empty())
    for (const std::string& topic : dead ? letters : topics) choose(all, topic, {});
  for (const std::string& word : words) {
    if (choose_function(manifests, word, dead, all) || choose_type(manifests, word, dead, all) || choose_topic(manifests, word, dead, all)) continue;
    std::vector<std::string> names = function_names(manifests);
    for (const auto& more : {type_names(manifests.catalogue), topics, letters}) names.insert(names.end(), more.begin(), more.end());
    return unknown_name("function, event type or topic", word, settings.manifests, names);
  }
  if (all.empty()) return Error("no function of " + settings.manifests + " reads that, so it has no dead letters");
  return all;
}

Result<From> parse_from(const std::string& text, std::int64_t now_ms) {
  if (text == "beginning") return From{From::kBeginning};
  if (text == "end") return From{From::kEnd};
  if (const auto time_us = parse_time_us(text)) return From{From::kTime, *time_us / 1000};
  std::string_view ago = text;
  if (ago.starts_with('-')) ago.remove_prefix(1);
  std::int64_t count = 0;
  const auto [rest, error] = std::from_chars(ago.data(), ago.data() + ago.size(), count);
  const std::int64_t unit = unit_ms({rest, static_cast<std::size_t>(ago.data() + ago.size() - rest)});
  constexpr std::int64_t kYears = std::int64_t{100} * 365 * 86'400'000;
  if (error != std::errc() || unit == 0 || count < 0 || count > kYears / unit)
    return Error("--from " + text + " is no start; say beginning, end, -5m (s, m, h, d), or a time such as 2026-11-22T12:00:00Z");
  return From{From::kTime, now_ms - count * unit};
}

}  // namespace gofuture::cli
