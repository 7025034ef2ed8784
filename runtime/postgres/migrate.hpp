// `gofuture migrate`: brings a database to what this binary needs, and says what it did. Safe to run twice, by two at once,
// and again after a SIGKILL: each file is a transaction of its own that also records it, and one advisory lock lets one run
// at a time. A database that is newer than the binary is refused; so is a file that was changed after it was applied.
//
//   auto report = migrate({.conninfo = settings.postgres, .folders = settings.migrations, .relay_slot = settings.relay_slot},
//                         manifests.catalogue);
//   for (const auto& line : report->applied) std::cout << line << '\n';
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "manifest/manifest.hpp"
#include "postgres/migration_files.hpp"

namespace gofuture {

struct MigrationOptions {
  std::string conninfo;
  std::vector<std::string> folders;            // business tables: functions/ride/migrations, ...
  std::string relay_slot = "gofuture_outbox";  // empty: no replication slot is made
  bool incompatible = false;                   // the catalogue may change in a way that breaks events which lie on their topics
  MigrationSpace runtime = runtime_migrations();  // tests play a newer or an older binary
};

struct MigrationReport {
  std::vector<std::string> applied;  // "gofuture 1 core", "outbox check: 6 topics", ...; empty: there was nothing to do
  std::vector<std::string> readers_first;  // changes of the catalogue that whoever reads must know before they are emitted
};

Result<MigrationReport> migrate(const MigrationOptions& options, const Catalogue& catalogue);

// What `gofuture run` asks before it starts: is this the database that this binary (and these folders) were made for?
Result<Done> check_schema(const std::string& conninfo, const std::vector<std::string>& folders = {});
Result<Done> check_schema(const MigrationOptions& options);

}  // namespace gofuture
