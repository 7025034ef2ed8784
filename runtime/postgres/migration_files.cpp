#include "postgres/migration_files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/assert.hpp"

namespace gofuture {
namespace {

namespace fs = std::filesystem;

// "001_core.sql" -> 1, "core".
Result<MigrationFile> named(const std::string& file) {
  MigrationFile migration;
  migration.file = file;
  const std::string stem = fs::path(file).stem().string();
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), migration.number);
  const auto digits = static_cast<std::size_t>(end - stem.data());
  if (error != std::errc{} || migration.number <= 0 || digits + 1 >= stem.size() || stem[digits] != '_')
    return Error(file + ": a migration is named <number>_<name>.sql, for example 001_tables.sql");
  migration.name = stem.substr(digits + 1);
  return migration;
}

Result<Done> order(MigrationSpace& space) {
  std::sort(space.files.begin(), space.files.end(),
            [](const MigrationFile& a, const MigrationFile& b) { return a.number < b.number; });
  const auto twice = std::adjacent_find(space.files.begin(), space.files.end(), [](const auto& a, const auto& b) {
    return a.number == b.number;
  });
  if (twice != space.files.end())
    return Error(twice->file + " and " + std::next(twice)->file + " have one number; give the younger one the next");
  return ok();
}

}  // namespace

MigrationSpace runtime_migrations() {
  MigrationSpace space;
  space.name = "gofuture";
  space.origin = "this gofuture";
  for (const EmbeddedMigration& embedded : embedded_migrations()) {
    auto file = named(embedded.file);
    GOFUTURE_ASSERT(file, "an embedded migration has a wrong name");
    file->text = embedded.text;
    space.files.push_back(std::move(*file));
  }
  GOFUTURE_ASSERT(order(space), "two embedded migrations have one number");
  return space;
}

Result<MigrationSpace> read_migrations(const std::string& folder) {
  MigrationSpace space;
  space.origin = folder;
  std::error_code trouble;
  const fs::path place = fs::weakly_canonical(folder, trouble);
  space.name = place.parent_path().filename().string();
  fs::directory_iterator entries(place, trouble);
  if (trouble) return Error(folder + ": the folder of migrations cannot be read: " + trouble.message());
  for (const fs::directory_entry& entry : entries) {
    if (entry.path().extension() != ".sql") continue;
    auto file = named((fs::path(folder) / entry.path().filename()).string());
    if (!file) return file.error();
    std::ifstream stream(entry.path(), std::ios::binary);
    if (!stream) return Error(file->file + " cannot be read");
    file->text.assign(std::istreambuf_iterator<char>(stream), {});
    space.files.push_back(std::move(*file));
  }
  if (auto ordered = order(space); !ordered) return ordered.error();
  if (space.name.empty() || space.name == "gofuture")
    return Error(folder + ": its tables need a name of their own; put the files under <name>/migrations, not \"" +
                 space.name + "\"");
  return space;
}

}  // namespace gofuture
