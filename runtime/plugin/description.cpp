#include "plugin/description.hpp"

#include <algorithm>
#include <exception>

#include "plugin/text.hpp"

namespace gofuture {
namespace {

constexpr std::uint32_t kTypesMax = 1000;  // more is garbage, not a function
constexpr std::size_t kNameMax = 200;

Error wrong(const std::string& what) { return Error("describes itself wrongly: " + what + "; rebuild it with this runtime's SDK"); }

Result<std::vector<std::string>> read_names(const gofuture_bytes* names, std::uint32_t count, const char* what) {
  if (count > kTypesMax) return wrong(std::to_string(count) + " " + what + " types, at most " + std::to_string(kTypesMax));
  if (count > 0 && names == nullptr) return wrong(std::string("its list of ") + what + " types is null");
  std::vector<std::string> list;
  for (std::uint32_t i = 0; i < count; ++i) list.push_back(printable(view_of(names[i]), kNameMax));
  return list;
}

std::vector<std::string> missing(const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
  std::vector<std::string> out;
  for (const std::string& name : wanted)
    if (std::find(there.begin(), there.end(), name) == there.end() && std::find(out.begin(), out.end(), name) == out.end())
      out.push_back(name);
  return out;
}

std::vector<std::string> subscribed_types(const FunctionManifest& manifest) {
  std::vector<std::string> types;
  for (const Subscription& subscription : manifest.subscriptions)
    types.insert(types.end(), subscription.types.begin(), subscription.types.end());
  return types;
}

std::vector<std::string> declared_emissions(const FunctionManifest& manifest) {
  std::vector<std::string> types;
  for (const auto& [type, topic] : manifest.emits) types.push_back(type);
  return types;
}

}  // namespace

Result<Done> check_entry(const gofuture_entry& entry) {
  // Up to abi_revision the struct is the same in every version, so these four may be read before anything is known.
  const std::string mine = std::to_string(GOFUTURE_ABI_VERSION), my_revision = std::to_string(GOFUTURE_ABI_REVISION);
  if (entry.magic != GOFUTURE_ABI_MAGIC)
    return Error("has no GoFuture entry behind " GOFUTURE_ENTRY_SYMBOL " (wrong magic); build it with this runtime's SDK");
  if (entry.abi_version != GOFUTURE_ABI_VERSION) {
    const bool newer = entry.abi_version > GOFUTURE_ABI_VERSION;
    return Error("was built for function ABI " + std::to_string(entry.abi_version) + ", which is " + (newer ? "newer" : "older") +
                 " than this runtime's ABI " + mine + "; " +
                 (newer ? "upgrade the runtime, or rebuild the function with this runtime's SDK"
                        : "rebuild the function with this runtime's SDK"));
  }
  if (entry.abi_revision != GOFUTURE_ABI_REVISION) {
    const bool newer = entry.abi_revision > GOFUTURE_ABI_REVISION;
    return Error("was built for revision " + std::to_string(entry.abi_revision) + " of function ABI " + mine + ", which is " +
                 (newer ? "newer" : "older") + " than this runtime's revision " + my_revision + "; " +
                 (newer ? "upgrade the runtime, or rebuild the function with this runtime's SDK"
                        : "rebuild the function with this runtime's SDK"));
  }
  if (entry.struct_size < sizeof(gofuture_entry))
    return Error("has an entry of " + std::to_string(entry.struct_size) + " bytes, ABI " + mine + " has " +
                 std::to_string(sizeof(gofuture_entry)) + "; rebuild the function with this runtime's SDK");
  if (entry.describe == nullptr || entry.create == nullptr || entry.handle == nullptr || entry.destroy == nullptr)
    return Error("leaves describe, create, handle or destroy of its entry null; a function needs all four");
  return ok();
}

Result<Description> read_description(const gofuture_entry& entry) {
  const gofuture_description* told = nullptr;
  try {
    told = entry.describe();
  } catch (const std::exception& error) {
    return Error("threw from describe(): " + printable(error.what()) + "; no exception may leave a function library");
  } catch (...) {
    return Error("threw from describe(); no exception may leave a function library");
  }
  if (told == nullptr) return wrong("describe() gives null");
  if (told->struct_size < sizeof(gofuture_description))
    return wrong("a description of " + std::to_string(told->struct_size) + " bytes instead of " +
                 std::to_string(sizeof(gofuture_description)));
  Description copy;
  copy.name = printable(view_of(told->name), kNameMax);
  copy.version = printable(view_of(told->version), kNameMax);
  auto handled = read_names(told->handled, told->handled_count, "handled");
  if (!handled) return handled.error();
  auto emitted = read_names(told->emitted, told->emitted_count, "emitted");
  if (!emitted) return emitted.error();
  copy.handled = std::move(*handled);
  copy.emitted = std::move(*emitted);
  copy.stateful = told->stateful != 0;
  copy.uses_sql = told->uses_sql != 0;
  copy.uses_http = told->uses_http != 0;
  copy.uses_timers = told->uses_timers != 0;
  return copy;
}

std::vector<std::string> differences(const Description& library, const FunctionManifest& manifest) {
  const std::string file = manifest.file.empty() ? "the manifest" : manifest.file;
  std::vector<std::string> out;
  if (library.name != manifest.name)
    out.push_back("the library holds the function \"" + library.name + "\", " + file + " is for \"" + manifest.name +
                  "\"; set library = \"...\" in " + file + " or rename one of them");
  if (const auto unhandled = missing(subscribed_types(manifest), library.handled); !unhandled.empty())
    out.push_back(file + " subscribes to " + listed(unhandled) + ", the library handles " + listed(library.handled) +
                  "; add a handler and rebuild, or remove from types");
  if (const auto undeclared = missing(library.emitted, declared_emissions(manifest)); !undeclared.empty())
    out.push_back("the library emits " + listed(undeclared) + ", " + file + " allows " + listed(declared_emissions(manifest)) +
                  "; add " + undeclared.front() + " = \"<topic>\" to [emits] in " + file);
  if (library.uses_sql && !manifest.sql_schema)
    out.push_back("the library uses SQL, " + file + " does not allow it; add sql = { schema = \"...\" } to [function] of " + file);
  if (library.uses_http && !manifest.http)
    out.push_back("the library makes HTTP requests, " + file + " does not allow any; add [http] with allow = [\"https://...\"] to " +
                  file);
  if (manifest.sql_schema && manifest.http)
    out.push_back(file + " asks for SQL and HTTP together; an HTTP request would hold the database transaction open, so split the "
                         "function in two");
  if (library.stateful && manifest.mode == Mode::kAtLeastOnce)
    out.push_back("the library keeps state, mode = \"at_least_once\" in " + file + " has none; set mode = \"postgres\"");
  if (library.uses_timers && manifest.mode != Mode::kPostgres)
    out.push_back("the library sets timers, mode = \"" + std::string(manifest.mode == Mode::kKafka ? "kafka" : "at_least_once") +
                  "\" in " + file + " has none; set mode = \"postgres\"");
  if (library.uses_timers && manifest.fence)
    out.push_back("the library sets timers, " + file + " fences by its newest event, which a timer has no part in; remove fence from "
                  "[function] of " + file + ", or set the timers in another function");
  return out;
}

}  // namespace gofuture
