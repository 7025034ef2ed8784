#include <boost/json.hpp>
#include <iostream>

#include "cli/command.hpp"

namespace gofuture::cli {
namespace {

const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::kPostgres: return "postgres";
    case Mode::kKafka: return "kafka";
    case Mode::kAtLeastOnce: return "at_least_once";
  }
  return "?";
}

std::string state_key_text(const Subscription& subscription) {
  switch (subscription.key_from) {
    case Subscription::KeyFrom::kRecordKey: return "key";
    case Subscription::KeyFrom::kSubject: return "subject";
    case Subscription::KeyFrom::kData: return "data:" + subscription.key_pointer;
  }
  return "?";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// For a column: the first few, and how many more; `describe` shows them all.
std::string abridged(const std::vector<std::string>& words) {
  constexpr std::size_t kShown = 3;
  if (words.size() <= kShown) return words.empty() ? "-" : joined(words);
  return joined({words.begin(), words.begin() + kShown}) + " and " + std::to_string(words.size() - kShown) + " more";
}

boost::json::object as_json(const FunctionManifest& function) {
  boost::json::array subscriptions;
  for (const Subscription& subscription : function.subscriptions) {
    subscriptions.push_back({{"topic", subscription.topic},
                             {"types", boost::json::array(subscription.types.begin(), subscription.types.end())},
                             {"state_key", state_key_text(subscription)}});
  }
  boost::json::object emits;
  for (const auto& [type, topic] : function.emits) emits[type] = topic;
  boost::json::object out{{"name", function.name},
                          {"description", function.description},
                          {"mode", name_of(function.mode)},
                          {"manifest", function.file},
                          {"library", function.library},
                          {"subscribe", std::move(subscriptions)},
                          {"emits", std::move(emits)},
                          {"concurrency", function.concurrency},
                          {"batch", function.batch_max},
                          {"timeout_ms", function.timeout_ms},
                          {"memory", function.memory_max},
                          {"sql_schema", nullptr},
                          {"fence", nullptr},
                          {"http_allow", nullptr},
                          {"retry",
                           {{"max_retries", nullptr},
                            {"initial_ms", function.retry.initial_ms},
                            {"multiplier", function.retry.multiplier},
                            {"max_ms", function.retry.max_ms},
                            {"jitter", function.retry.jitter}}}};
  if (function.sql_schema) out["sql_schema"] = *function.sql_schema;
  if (function.fence) out["fence"] = {{"newest", "data:" + function.fence->newest_pointer}, {"coalesce", function.fence->coalesce}};
  if (function.http) out["http_allow"] = boost::json::array(function.http->allow.begin(), function.http->allow.end());
  if (function.retry.max_retries) out["retry"].as_object()["max_retries"] = *function.retry.max_retries;
  return out;
}

}  // namespace

int list(const Common& common) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  if (common.json) {
    boost::json::array functions;
    for (const FunctionManifest& function : manifests.functions) functions.push_back(as_json(function));
    std::cout << boost::json::serialize(boost::json::object{{"functions", std::move(functions)}}) << '\n';
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const FunctionManifest& function : manifests.functions) {
    std::vector<std::string> types, emits;
    for (const Subscription& subscription : function.subscriptions) types.insert(types.end(), subscription.types.begin(), subscription.types.end());
    for (const auto& [type, topic] : function.emits) emits.push_back(type);
    rows.push_back({function.name, name_of(function.mode), abridged(types), abridged(emits)});
  }
  std::cout << table({"FUNCTION", "MODE", "HANDLES", "EMITS"}, rows);
  return kDone;
}

int describe(const Common& common, const std::string& name) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  const FunctionManifest* found = nullptr;
  std::vector<std::string> names;
  for (const FunctionManifest& function : manifests.functions) {
    names.push_back(function.name);
    if (function.name == name) found = &function;
  }
  if (found == nullptr) return fail(Error("there is no function \"" + name + "\" in " + settings.manifests + "; there are " + joined(names)));
  const boost::json::object document = as_json(*found);
  if (common.json) {
    std::cout << boost::json::serialize(document) << '\n';
    return kDone;
  }
  std::cout << found->name << (found->description.empty() ? "" : ": " + found->description) << "\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const Subscription& subscription : found->subscriptions)
    rows.push_back({subscription.topic, joined(subscription.types), state_key_text(subscription)});
  std::cout << table({"TOPIC", "TYPES", "STATE KEY"}, rows) << '\n';
  rows.clear();
  for (const auto& [type, topic] : found->emits) rows.push_back({type, topic});
  if (!rows.empty()) std::cout << table({"EMITS", "TO"}, rows) << '\n';
  rows = {{"mode", name_of(found->mode)},
          {"manifest", found->file},
          {"library", settings.functions + "/" + found->library + ".so"},
          {"consumer group", settings.group_prefix + found->name},
          {"concurrency", std::to_string(found->concurrency)},
          {"batch", std::to_string(found->batch_max) + " events"},
          {"timeout", std::to_string(found->timeout_ms) + " ms"},
          {"memory", std::to_string(found->memory_max >> 20) + " MiB"},
          {"retries", found->retry.max_retries ? std::to_string(*found->retry.max_retries) : "unlimited"}};
  if (found->sql_schema) rows.push_back({"sql schema", *found->sql_schema});
  if (found->fence) rows.push_back({"fence", "newest data:" + found->fence->newest_pointer});
  if (found->http) rows.push_back({"http", joined(found->http->allow)});
  std::cout << table({"SETTING", "VALUE"}, rows);
  return kDone;
}

}  // namespace gofuture::cli
