#include "cli/function_text.hpp"

namespace gofuture::cli {

const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::kPostgres: return "postgres";
    case Mode::kKafka: return "kafka";
    case Mode::kAtLeastOnce: return "at_least_once";
  }
  return "?";
}

const char* name_of(OnDead on_dead) { return on_dead == OnDead::kHold ? "hold" : "continue"; }

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

std::string abridged(const std::vector<std::string>& words, std::size_t shown) {
  if (words.size() <= shown) return joined(words);
  return joined({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(shown)}) + " and " + std::to_string(words.size() - shown) + " more";
}

std::string age_text(std::int64_t ms) {
  if (ms < 1'000) return std::to_string(ms) + " ms";
  if (ms < 120'000) return std::to_string(ms / 1'000) + " s";
  if (ms < 7'200'000) return std::to_string(ms / 60'000) + " min";
  return std::to_string(ms / 3'600'000) + " h";
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
                            {"on_dead", name_of(function.retry.on_dead)},
                            {"parked_bytes", function.retry.parked_bytes}}}};
  if (function.sql_schema) out["sql_schema"] = *function.sql_schema;
  if (function.fence) out["fence"] = {{"newest", "data:" + function.fence->newest_pointer}, {"coalesce", function.fence->coalesce}};
  if (function.http) out["http_allow"] = boost::json::array(function.http->allow.begin(), function.http->allow.end());
  if (function.retry.max_retries) out["retry"].as_object()["max_retries"] = *function.retry.max_retries;
  return out;
}

}  // namespace gofuture::cli
