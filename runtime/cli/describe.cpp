#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/function_text.hpp"
#include "cli/names.hpp"
#include "cli/table.hpp"

namespace gofuture::cli {
namespace {

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

int describe(const Common& common, const std::string& name) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  const auto called = function_called(manifests, settings, name);
  if (!called) return fail(called.error());
  const FunctionManifest* found = *called;
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
          {"on dead", name_of(found->retry.on_dead)},
          {"parked bytes", std::to_string(found->retry.parked_bytes >> 20) + " MiB"}};
  if (found->sql_schema) rows.push_back({"sql schema", *found->sql_schema});
  if (found->fence) rows.push_back({"fence", "newest data:" + found->fence->newest_pointer});
  if (found->http) rows.push_back({"http", joined(found->http->allow)});
  std::cout << table({"SETTING", "VALUE"}, rows);
  return kDone;
}

}  // namespace

void add_describe(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "describe", "One function in full\n\nExample\n  gofuture describe refund_payment");
  auto name = std::make_shared<std::string>();
  command.add_option("function", *name, "Its name")->required()->type_name("FUNCTION");
  prints_json(command, common);
  on(command, common, [&common, name] { return describe(common, *name); });
}

}  // namespace gofuture::cli
