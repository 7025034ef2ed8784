#include "postgres/migrate.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>

#include "cli/commands.hpp"

namespace gofuture::cli {
namespace {

int migrate(const Common& common, bool incompatible) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  if (auto named = named_database(settings); !named) return fail(named.error());
  MigrationOptions options;
  options.conninfo = settings.postgres;
  options.folders = settings.migrations;
  options.relay_slot = settings.relay ? settings.relay_slot : "";
  options.incompatible = incompatible;
  auto report = gofuture::migrate(options, manifests.catalogue);
  if (!report) return fail(report.error());
  if (common.json) {
    std::cout << boost::json::serialize(boost::json::object{
                     {"applied", boost::json::array(report->applied.begin(), report->applied.end())},
                     {"readers_first", boost::json::array(report->readers_first.begin(), report->readers_first.end())}})
              << '\n';
  } else if (report->applied.empty()) {
    std::cout << "the database is up to date\n";
  } else {
    for (const std::string& line : report->applied) std::cout << line << '\n';
  }
  if (!common.json)
    for (const std::string& change : report->readers_first)
      std::cerr << "whoever reads it must know before it is emitted: " << change << '\n';
  return kDone;
}

}  // namespace

void add_migrate(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "migrate", "Bring the database to what this version needs; safe to repeat\n\nExample\n  gofuture migrate");
  auto incompatible = std::make_shared<bool>(false);
  command.add_flag("--incompatible", *incompatible, "Accept a catalogue that does not fit events which may still lie on their topics");
  prints_json(command, common);
  on(command, common, [&common, incompatible] { return migrate(common, *incompatible); });
}

}  // namespace gofuture::cli
