#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "cli/command.hpp"
#include "postgres/function_status.hpp"

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

const char* on_dead_name(OnDead on_dead) { return on_dead == OnDead::kHold ? "hold" : "continue"; }

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

std::string age_text(std::int64_t ms) {
  if (ms < 1'000) return std::to_string(ms) + " ms";
  if (ms < 120'000) return std::to_string(ms / 1'000) + " s";
  if (ms < 7'200'000) return std::to_string(ms / 60'000) + " min";
  return std::to_string(ms / 3'600'000) + " h";
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
                            {"jitter", function.retry.jitter},
                            {"on_dead", on_dead_name(function.retry.on_dead)},
                            {"parked_bytes", function.retry.parked_bytes}}}};
  if (function.sql_schema) out["sql_schema"] = *function.sql_schema;
  if (function.fence) out["fence"] = {{"newest", "data:" + function.fence->newest_pointer}, {"coalesce", function.fence->coalesce}};
  if (function.http) out["http_allow"] = boost::json::array(function.http->allow.begin(), function.http->allow.end());
  if (function.retry.max_retries) out["retry"].as_object()["max_retries"] = *function.retry.max_retries;
  return out;
}

// --- what waits, by the tables ------------------------------------------------------------------------------------------------

Result<std::map<std::string, FunctionStatus>> ask_database(const Settings& settings) {
  if (settings.postgres.empty()) return Error("no database is named; set GOFUTURE_POSTGRES, or [postgres] dsn in the settings file");
  return read_function_status(settings.postgres);
}

const std::vector<std::string> kStatusHead{"PARKED", "OLDEST", "HELD KEYS", "DEAD (1 DAY)", "TIMERS", "OPEN BREAKERS"};

// Functions of the other modes keep nothing there.
std::vector<std::string> as_cells(const FunctionManifest& function, const FunctionStatus& status) {
  if (function.mode != Mode::kPostgres) return {"-", "-", "-", "-", "-", "-"};
  return {std::to_string(status.parked), status.oldest_parked_ms ? age_text(*status.oldest_parked_ms) : "-", std::to_string(status.held_keys),
          std::to_string(status.dead_letters), std::to_string(status.timers), status.open_breakers.empty() ? "-" : status.open_breakers};
}

boost::json::value as_json(const FunctionManifest& function, const FunctionStatus& status) {
  if (function.mode != Mode::kPostgres) return nullptr;
  return {{"parked", status.parked},
          {"oldest_parked_ms", status.oldest_parked_ms ? boost::json::value(*status.oldest_parked_ms) : boost::json::value(nullptr)},
          {"held_keys", status.held_keys},
          {"dead_letters_last_day", status.dead_letters},
          {"timers", status.timers},
          {"open_breakers", status.open_breakers}};
}

}  // namespace

int list(const Common& common) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  auto status = ask_database(settings);
  if (!status) std::cerr << "gofuture: what is parked, held, dead or set is not shown: " << status.error().message() << '\n';
  if (common.json) {
    boost::json::array functions;
    for (const FunctionManifest& function : manifests.functions) {
      functions.push_back(as_json(function));
      functions.back().as_object()["status"] = status ? as_json(function, (*status)[function.name]) : boost::json::value(nullptr);
    }
    boost::json::object document{{"functions", std::move(functions)}};
    if (!status) document["status_missing"] = status.error().message();
    std::cout << boost::json::serialize(document) << '\n';
    return kDone;
  }
  std::vector<std::string> head{"FUNCTION", "MODE"};
  if (status) head.insert(head.end(), kStatusHead.begin(), kStatusHead.end());
  head.insert(head.end(), {"HANDLES", "EMITS"});
  std::vector<std::vector<std::string>> rows;
  for (const FunctionManifest& function : manifests.functions) {
    std::vector<std::string> types, emits, row{function.name, name_of(function.mode)};
    for (const Subscription& subscription : function.subscriptions) types.insert(types.end(), subscription.types.begin(), subscription.types.end());
    for (const auto& [type, topic] : function.emits) emits.push_back(type);
    if (status)
      for (std::string& cell : as_cells(function, (*status)[function.name])) row.push_back(std::move(cell));
    row.push_back(abridged(types));
    row.push_back(abridged(emits));
    rows.push_back(std::move(row));
  }
  std::cout << table(head, rows);
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
          {"retries", found->retry.max_retries ? std::to_string(*found->retry.max_retries) : "unlimited"},
          {"first wait", std::to_string(found->retry.initial_ms) + " ms, then " + number_text(found->retry.multiplier) + " times the one before"},
          {"longest wait", std::to_string(found->retry.max_ms) + " ms"},
          {"jitter", number_text(found->retry.jitter)},
          {"on dead", on_dead_name(found->retry.on_dead)},
          {"parked bytes", std::to_string(found->retry.parked_bytes >> 20) + " MiB"}};
  if (found->sql_schema) rows.push_back({"sql schema", *found->sql_schema});
  if (found->fence) rows.push_back({"fence", "newest data:" + found->fence->newest_pointer});
  if (found->http) rows.push_back({"http", joined(found->http->allow)});
  std::cout << table({"SETTING", "VALUE"}, rows);
  return kDone;
}

}  // namespace gofuture::cli
