#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/function_text.hpp"
#include "cli/table.hpp"
#include "postgres/function_status.hpp"

namespace gofuture::cli {
namespace {

// For a column; `describe` shows them all.
std::string cell_of(const std::vector<std::string>& words) { return words.empty() ? "-" : abridged(words); }

// --- what waits, by the tables ------------------------------------------------------------------------------------------------

Result<std::map<std::string, FunctionStatus>> ask_database(const Settings& settings) {
  if (auto named = named_database(settings); !named) return named.error();
  return read_function_status(settings.postgres);
}

const std::vector<std::string> kStatusHead{"PARKED", "OLDEST", "HELD KEYS", "DEAD (1 DAY)", "TIMERS", "OPEN BREAKERS"};

// Functions of the other modes keep nothing there.
std::vector<std::string> as_cells(const FunctionManifest& function, const FunctionStatus& status) {
  if (function.mode != Mode::kPostgres) return {"-", "-", "-", "-", "-", "-"};
  return {std::to_string(status.parked), status.oldest_parked_ms ? age_text(*status.oldest_parked_ms) : "-", std::to_string(status.held_keys),
          std::to_string(status.dead_letters), std::to_string(status.timers), status.open_breakers.empty() ? "-" : status.open_breakers};
}

boost::json::value status_json(const FunctionManifest& function, const FunctionStatus& status) {
  if (function.mode != Mode::kPostgres) return nullptr;
  return {{"parked", status.parked},
          {"oldest_parked_ms", status.oldest_parked_ms ? boost::json::value(*status.oldest_parked_ms) : boost::json::value(nullptr)},
          {"held_keys", status.held_keys},
          {"dead_letters_last_day", status.dead_letters},
          {"timers", status.timers},
          {"open_breakers", status.open_breakers}};
}

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
      functions.back().as_object()["status"] = status ? status_json(function, (*status)[function.name]) : boost::json::value(nullptr);
    }
    boost::json::object document{{"functions", std::move(functions)}, {"status_missing", nullptr}};
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
    row.push_back(cell_of(types));
    row.push_back(cell_of(emits));
    rows.push_back(std::move(row));
  }
  std::cout << table(head, rows);
  return kDone;
}

}  // namespace

void add_list(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "list", "The functions and what they subscribe to; with a database also what is parked, held, dead or set\n\nExample\n  gofuture list");
  prints_json(command, common);
  on(command, common, [&common] { return list(common); });
}

}  // namespace gofuture::cli
