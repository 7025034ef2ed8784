#include "postgres/migrate.hpp"

#include <map>
#include <utility>

#include "postgres/connection.hpp"
#include "postgres/days.hpp"
#include "manifest/catalogue_change.hpp"
#include "postgres/event_types.hpp"
#include "postgres/outbox_rules.hpp"

namespace gofuture {
namespace {

constexpr int kOutboxDaysAhead = 14;

struct Applied {
  std::string name, digest;
};
using AppliedByNumber = std::map<int, Applied>;

Result<AppliedByNumber> applied_in(PgConnection& connection, const std::string& space) {
  const PgResult rows =
      connection.run("SELECT number, name, digest FROM gofuture.migrations WHERE space = $1", {{space}});
  if (!rows.ok()) return rows.failure().error();
  AppliedByNumber applied;
  for (int row = 0; row < rows.rows(); ++row)
    applied[static_cast<int>(rows.number(row, 0))] = {std::string(rows.text(row, 1)), std::string(rows.text(row, 2))};
  return applied;
}

int newest(const AppliedByNumber& applied) { return applied.empty() ? 0 : applied.rbegin()->first; }

Error newer_database(const MigrationSpace& space, int database) {
  const std::string numbers = std::to_string(database) + ", " + space.origin + " knows " + std::to_string(space.newest());
  if (space.name == "gofuture") return Error("the database is at " + numbers + ": use a newer gofuture");
  return Error("the database is at " + space.name + " " + numbers + ": use the newer files");
}

Result<std::string> digest_of(PgConnection& connection, const std::string& text) {
  const PgResult digest = connection.run("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", {{text}});
  if (!digest.ok()) return digest.failure().error();
  return std::string(digest.text(0, 0));
}

Result<Done> apply_file(PgConnection& connection, const std::string& space, const MigrationFile& file, const std::string& digest) {
  const auto give_up = [&](const SqlFailure& failure) {
    connection.run("ROLLBACK");
    return failure.error().within(file.file);
  };
  if (const PgResult begun = connection.run("BEGIN"); !begun.ok()) return give_up(begun.failure());
  if (const PgResult made = connection.run(file.text); !made.ok()) return give_up(made.failure());
  if (!connection.in_transaction()) {
    connection.run("ROLLBACK");
    return Error(file.file + ": ends its transaction; a migration must not contain COMMIT or ROLLBACK, and part of it may stand now");
  }
  const std::string number = std::to_string(file.number);
  const PgResult noted =
      connection.run("INSERT INTO gofuture.migrations (space, number, name, digest) VALUES ($1, $2, $3, $4)",
                     {{space}, {number}, {file.name}, {digest}});
  if (!noted.ok()) return give_up(noted.failure());
  if (const PgResult done = connection.run("COMMIT"); !done.ok()) return give_up(done.failure());
  return ok();
}

Result<Done> apply_space(PgConnection& connection, const MigrationSpace& space, MigrationReport& report) {
  auto applied = applied_in(connection, space.name);
  if (!applied) return applied.error();
  if (newest(*applied) > space.newest()) return newer_database(space, newest(*applied));
  for (const MigrationFile& file : space.files) {
    auto digest = digest_of(connection, file.text);
    if (!digest) return digest.error().within(file.file);
    if (const auto done = applied->find(file.number); done != applied->end()) {
      if (done->second.digest == *digest && done->second.name == file.name) continue;
      return Error(file.file + " is not what was applied as " + space.name + " " + std::to_string(file.number) + " " + done->second.name +
                   " (sha256 " + digest->substr(0, 12) + ", applied was " + done->second.digest.substr(0, 12) +
                   "); an applied migration never changes: put it back and write a new file");
    }
    if (file.number < newest(*applied))
      return Error(file.file + " comes too late: the database is at " + space.name + " " + std::to_string(newest(*applied)) +
                   "; give the file the next number");
    if (auto made = apply_file(connection, space.name, file, *digest); !made) return made.error();
    report.applied.push_back(space.name + " " + std::to_string(file.number) + " " + file.name);
  }
  return ok();
}

// The gate: what lies on the topics, is parked or dead was written under the catalogue that was deployed last.
Result<Done> compare_with_deployed(PgConnection& connection, const MigrationOptions& options, const Catalogue& catalogue, MigrationReport& report) {
  const auto deployed = deployed_event_types(connection);
  if (!deployed) return deployed.error();
  std::string broken;
  for (const CatalogueChange& change : compare_catalogues(*deployed, catalogue)) {
    if (change.breaks == SchemaChange::Breaks::kOldReaders) report.readers_first.push_back(change.type + " " + change.what);
    else broken += "\n  " + change.type + " " + change.what;
  }
  if (broken.empty() || options.incompatible) return ok();
  return Error("the catalogue does not fit the events that were written under the one deployed last:" + broken +
               "\nGive the event a new type instead; or, when no such event is left, say --incompatible");
}

// Everything behind the files: what the catalogue and the calendar ask for.
Result<Done> furnish(PgConnection& connection, const MigrationOptions& options, const Catalogue& catalogue, MigrationReport& report) {
  auto check = apply_outbox_check(connection, catalogue);
  if (!check) return check.error();
  if (*check) report.applied.push_back("outbox check: " + std::to_string(catalogue.topics.size()) + " topics");
  if (auto fits = compare_with_deployed(connection, options, catalogue, report); !fits) return fits.error();
  auto types = apply_event_types(connection, catalogue);
  if (!types) return types.error();
  if (*types) report.applied.push_back("event types: " + std::to_string(catalogue.events.size()));

  auto days = ensure_outbox_days(connection, -1, kOutboxDaysAhead);
  if (!days) return days.error();
  if (*days > 0) report.applied.push_back("outbox days: " + std::to_string(*days));

  auto today = database_day(connection);
  if (!today) return today.error();
  for (const std::int32_t day : {*today, *today + 1}) {
    auto made = ensure_inbox_day(connection, day);
    if (!made) return made.error();
    if (*made == DayState::kMade) report.applied.push_back("inbox day " + std::to_string(day));
  }

  if (options.relay_slot.empty()) return ok();
  auto slot = ensure_slot(connection, options.relay_slot);
  if (!slot) return slot.error();
  if (*slot) report.applied.push_back("replication slot " + options.relay_slot);
  return ok();
}

Result<std::vector<MigrationSpace>> all_spaces(const MigrationOptions& options) {
  std::vector<MigrationSpace> spaces;
  spaces.push_back(options.runtime);
  for (const std::string& folder : options.folders) {
    auto space = read_migrations(folder);
    if (!space) return space.error();
    for (const MigrationSpace& other : spaces)
      if (other.name == space->name)
        return Error(folder + " and " + other.origin + " are both called \"" + space->name + "\"; rename one folder");
    spaces.push_back(std::move(*space));
  }
  return spaces;
}

}  // namespace

Result<MigrationReport> migrate(const MigrationOptions& options, const Catalogue& catalogue) {
  auto spaces = all_spaces(options);
  if (!spaces) return spaces.error();
  auto opened = PgConnection::open(options.conninfo, "gofuture migrate");
  if (!opened) return opened.error();
  PgConnection& connection = *opened;

  // Of the session: it goes with the connection, however this process ends.
  const PgResult locked = connection.run(
      "SELECT pg_advisory_lock(hashtextextended('gofuture migrate', 0));"
      "CREATE SCHEMA IF NOT EXISTS gofuture;"
      "CREATE TABLE IF NOT EXISTS gofuture.migrations (space text NOT NULL, number int NOT NULL, name text NOT NULL,"
      " digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (space, number))");
  if (!locked.ok()) return locked.failure().error().within("the table of migrations");

  // All refusals before the first change.
  for (const MigrationSpace& space : *spaces) {
    auto applied = applied_in(connection, space.name);
    if (!applied) return applied.error();
    if (newest(*applied) > space.newest()) return newer_database(space, newest(*applied));
  }
  MigrationReport report;
  for (const MigrationSpace& space : *spaces)
    if (auto done = apply_space(connection, space, report); !done) return done.error();
  if (auto done = furnish(connection, options, catalogue, report); !done) return done.error();
  return report;
}

Result<Done> check_schema(const MigrationOptions& options) {
  auto spaces = all_spaces(options);
  if (!spaces) return spaces.error();
  auto connection = PgConnection::open(options.conninfo, "gofuture check");
  if (!connection) return connection.error();
  const PgResult there = connection->run("SELECT to_regclass('gofuture.migrations') IS NOT NULL");
  if (!there.ok()) return there.failure().error();
  if (there.text(0, 0) == "f") return Error("the database has no tables of gofuture: run `gofuture migrate`");
  for (const MigrationSpace& space : *spaces) {
    auto applied = applied_in(*connection, space.name);
    if (!applied) return applied.error();
    if (newest(*applied) > space.newest()) return newer_database(space, newest(*applied));
    if (newest(*applied) < space.newest())
      return Error("the database is at " + space.name + " " + std::to_string(newest(*applied)) + ", " + space.origin + " needs " +
                   std::to_string(space.newest()) + ": run `gofuture migrate`");
  }
  return ok();
}

Result<Done> check_schema(const std::string& conninfo, const std::vector<std::string>& folders) {
  return check_schema(MigrationOptions{.conninfo = conninfo, .folders = folders});
}

}  // namespace gofuture
