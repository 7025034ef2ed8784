// The SQL files that make a schema: the runtime's own, which travel inside the binary, and a folder's, for business tables.
// A file is named "<number>_<name>.sql"; its space is "gofuture" for the runtime, else the name of the folder that holds
// `migrations/` (functions/ride/migrations/001_rides.sql: space "ride").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

struct EmbeddedMigration {
  const char* file;
  std::string_view text;
};
std::vector<EmbeddedMigration> embedded_migrations();  // generated at build time

struct MigrationFile {
  int number = 0;
  std::string name;  // "core"
  std::string file;  // as it is told to people
  std::string text;
};

struct MigrationSpace {
  std::string name;
  std::string origin;                // "this gofuture", or the folder
  std::vector<MigrationFile> files;  // by number; never two of one number
  int newest() const { return files.empty() ? 0 : files.back().number; }
};

MigrationSpace runtime_migrations();
Result<MigrationSpace> read_migrations(const std::string& folder);

}  // namespace gofuture
