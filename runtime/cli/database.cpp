#include <boost/json.hpp>
#include <iostream>

#include "cli/command.hpp"
#include "postgres/migrate.hpp"

namespace gofuture::cli {

int migrate(const Common& common) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  if (settings.postgres.empty())
    return fail(Error("no database is named; set GOFUTURE_POSTGRES, or [postgres] dsn in the settings file"));
  MigrationOptions options;
  options.conninfo = settings.postgres;
  options.folders = settings.migrations;
  options.relay_slot = settings.relay ? settings.relay_slot : "";
  auto report = gofuture::migrate(options, manifests.catalogue);
  if (!report) return fail(report.error());
  if (common.json) {
    std::cout << boost::json::serialize(boost::json::object{
                     {"applied", boost::json::array(report->applied.begin(), report->applied.end())}})
              << '\n';
  } else if (report->applied.empty()) {
    std::cout << "the database is up to date\n";
  } else {
    for (const std::string& line : report->applied) std::cout << line << '\n';
  }
  return kDone;
}

}  // namespace gofuture::cli
