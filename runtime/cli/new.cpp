// `gofuture new`: writes a function that builds and passes its test at once. In a folder without a catalogue it also writes one, and
// a project. What is there already is never touched.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>
#include <set>

#include "cli/commands.hpp"
#include "cli/new_text.hpp"
#include "cli/schema_example.hpp"
#include "event/schema.hpp"
#include "manifest/names.hpp"
#include "manifest/nearest.hpp"

namespace gofuture::cli {
namespace {

namespace fs = std::filesystem;

struct NewFunction {
  std::string name;
  std::vector<std::string> on, emit;  // event types
};

struct File {
  std::string path, text;
};

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// --- where the structs are -------------------------------------------------------------------------------------------

// A folder of functions/ with an events.hpp and without a function shares its structs with the functions beside it.
struct SharedHeader {
  std::string include, scope, text;
};

std::vector<SharedHeader> shared_headers() {
  std::vector<SharedHeader> found;
  std::error_code none;
  for (const auto& folder : fs::directory_iterator("functions", none)) {
    if (!fs::exists(folder.path() / kOwnHeader) || fs::exists(folder.path() / "function.cpp")) continue;
    SharedHeader header{folder.path().filename().string() + "/" + kOwnHeader, "", text_of(folder.path() / kOwnHeader)};
    std::smatch scope;
    if (!std::regex_search(header.text, scope, std::regex(R"(\nnamespace ([A-Za-z_0-9:]+) *\{)"))) continue;
    header.scope = scope[1];
    found.push_back(std::move(header));
  }
  return found;
}

UsedEvent used(const EventType& type, const std::vector<SharedHeader>& shared) {
  UsedEvent event{&type, EventStruct::of(type), kOwnHeader, kOwnScope};
  for (const SharedHeader& header : shared) {
    if (!std::regex_search(header.text, std::regex("\\bstruct " + type.name + "\\b"))) continue;
    event.header = header.include;
    event.scope = header.scope;
    break;
  }
  return event;
}

// --- what is asked -----------------------------------------------------------------------------------------------------

std::vector<std::string> wrong_names(const NewFunction& asked) {
  std::vector<std::string> mistakes;
  // CMake keeps these target names for itself.
  static const std::vector<std::string> kTargets{"all", "clean", "help", "install", "package", "test", "gofuture"};
  if (!kFunctionName.holds(asked.name)) {
    const std::string meant = kFunctionName.mend(asked.name);
    mistakes.push_back("\"" + asked.name + "\" is no function name: it must be " + std::string(kFunctionName.words) +
                       (kFunctionName.holds(meant) ? "; did you mean \"" + meant + "\"?" : ""));
  }
  if (std::find(kTargets.begin(), kTargets.end(), asked.name) != kTargets.end())
    mistakes.push_back("the build has a target \"" + asked.name + "\" of its own; say what the function does, such as \"refund_payment\"");
  for (const auto* types : {&asked.on, &asked.emit})
    for (const std::string& one : *types)
      if (!kTypeName.holds(one) || is_keyword(one))
        mistakes.push_back("\"" + one + "\" is no event type: it must be " + std::string(kTypeName.words) + ", and no word of C++");
  return mistakes;
}

std::vector<std::string> wrong_types(const NewFunction& asked, const Catalogue& catalogue, const std::string& folder) {
  std::vector<std::string_view> names;
  for (const EventType& type : catalogue.events) names.push_back(type.name);
  std::vector<std::string> mistakes;
  for (const auto* types : {&asked.on, &asked.emit}) {
    std::set<const EventType*> seen;
    for (const std::string& type : *types) {
      const EventType* known = catalogue.event(type);
      if (known != nullptr && !seen.insert(known).second) mistakes.push_back("event type \"" + known->name + "\" is named twice");
      if (known != nullptr) continue;
      const std::string hint = did_you_mean(type, names);
      mistakes.push_back(folder + "/events.toml has no event type \"" + type + "\"" +
                         (hint.empty() ? "; declare it there first, with its topic and its schema" : hint));
    }
  }
  return mistakes;
}

int all_wrong(const std::vector<std::string>& mistakes) {
  for (const std::string& one : mistakes) std::cerr << "gofuture: " << one << '\n';
  return kWrongUsage;
}

// --- files -------------------------------------------------------------------------------------------------------------

// Fails for a file that is there, whoever made it meanwhile.
Result<Done> write_new(const File& file) {
  std::error_code trouble;
  if (const auto folder = fs::path(file.path).parent_path(); !folder.empty()) fs::create_directories(folder, trouble);
  if (trouble) return Error("cannot make the folder of " + file.path + ": " + trouble.message());
  std::FILE* out = std::fopen(file.path.c_str(), "wxe");
  if (out == nullptr) return Error("cannot write " + file.path + ": " + std::strerror(errno));
  const bool whole = std::fwrite(file.text.data(), 1, file.text.size(), out) == file.text.size();
  if (std::fclose(out) != 0 || !whole) return Error("cannot write " + file.path + ": " + std::strerror(errno));
  return ok();
}

std::vector<File> project_files(const std::string& name) {
  std::vector<File> files;
  if (!fs::exists("CMakeLists.txt")) {
    files.push_back({"CMakeLists.txt", project_text(name)});
    if (!fs::exists("gofuture.toml")) files.push_back({"gofuture.toml", settings_text()});
  }
  return files;
}

std::vector<File> function_files(const FunctionDraft& draft, const std::string& folder, const std::string& manifests) {
  std::vector<File> files{{manifests + "/" + draft.name + ".toml", draft.manifest()},
                          {folder + "/CMakeLists.txt", "gofuture_add_function(" + draft.name + ")\n"},
                          {folder + "/function.cpp", draft.function()},
                          {folder + "/function_test.cpp", draft.test()},
                          {folder + "/README.md", draft.readme(folder)}};
  if (const std::string own = draft.own_events(); !own.empty()) files.push_back({folder + "/" + kOwnHeader, own});
  for (const UsedEvent& one : draft.on) files.push_back({folder + "/" + one.type->name + ".json", pretty(one.content.example())});
  return files;
}

// --- what comes next -----------------------------------------------------------------------------------------------------

// Whether some CMakeLists.txt takes every folder of functions/ in.
bool takes_every_folder(const char* file) { return text_of(file).find('*') != std::string::npos; }

void tell(const FunctionDraft& draft, const std::string& folder, const std::vector<File>& files, bool own_project) {
  for (const File& file : files) std::cout << "  " << file.path << '\n';
  std::cout << "\nnext\n";
  if (!own_project && !takes_every_folder("CMakeLists.txt") && !takes_every_folder("functions/CMakeLists.txt"))
    std::cout << "  add_subdirectory(" << folder << ") in CMakeLists.txt, behind find_package(GoFuture REQUIRED)\n";
  if (own_project) std::cout << "  cmake -B build && cmake --build build && ctest --test-dir build\n";
  else std::cout << "  build the project again, and run the test function_" << draft.name << "_test\n";
  std::cout << "  gofuture check --libraries\n";
  const UsedEvent& first = draft.on.front();
  std::cout << "  gofuture invoke " << draft.name << " --event " << folder << "/" << first.type->name << ".json"
            << (draft.on.size() > 1 ? " --type " + first.type->name : "") << '\n'
            << "  gofuture migrate && gofuture topics apply && gofuture run, with GOFUTURE_KAFKA and GOFUTURE_POSTGRES\n";
  for (const UsedEvent& one : draft.on) {
    const auto schema = Schema::compile(one.type->schema, one.type->schema_file);
    const auto fits = schema ? schema->check(boost::json::serialize(one.content.example())) : ok();
    if (!fits) std::cout << "\n" << folder << "/" << one.type->name << ".json does not fit its schema yet: " << fits.error().message()
                         << "; \"examples\" in the schema would have given one that does\n";
  }
}

int new_function(const Common& common, const NewFunction& asked) {
  Settings settings;
  if (!read_settings(common, settings)) return kWrongUsage;
  if (const auto mistakes = wrong_names(asked); !mistakes.empty()) return all_wrong(mistakes);

  std::vector<File> files = project_files(asked.name);
  const bool own_project = !files.empty() || text_of("CMakeLists.txt").find("find_package(GoFuture") != std::string::npos;
  Manifests manifests;
  if (fs::exists(settings.manifests + "/topics.toml") || fs::exists(settings.manifests + "/events.toml")) {
    if (!read_manifests(settings, manifests)) return kWrongUsage;
  } else {
    const FirstCatalogue first = first_catalogue(asked.on, asked.emit);
    files.push_back({settings.manifests + "/topics.toml", first.topics});
    files.push_back({settings.manifests + "/events.toml", first.events});
    for (const EventType& type : first.catalogue.events) files.push_back({settings.manifests + "/" + type.schema_file, type.schema});
    manifests.catalogue = first.catalogue;
  }
  if (const auto mistakes = wrong_types(asked, manifests.catalogue, settings.manifests); !mistakes.empty()) return all_wrong(mistakes);
  for (const FunctionManifest& function : manifests.functions)
    if (function.name == asked.name) return wrong(Error("the function \"" + asked.name + "\" is declared in " + function.file + " already"));

  FunctionDraft draft;
  draft.name = asked.name;
  const auto shared = shared_headers();
  for (const std::string& type : asked.on) draft.on.push_back(used(*manifests.catalogue.event(type), shared));
  for (const std::string& type : asked.emit) draft.emit.push_back(used(*manifests.catalogue.event(type), shared));
  const std::string folder = "functions/" + asked.name;
  if (fs::exists(folder)) return fail(Error(folder + " is there already; nothing was written"));
  for (File& file : function_files(draft, folder, settings.manifests)) files.push_back(std::move(file));
  for (const File& file : files)
    if (fs::exists(file.path)) return fail(Error(file.path + " is there already; nothing was written"));
  for (const File& file : files)
    if (const auto written = write_new(file); !written) return fail(written.error());
  tell(draft, folder, files, own_project);
  return kDone;
}

}  // namespace

void add_new(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "new",
                                  "Write a function with its test, manifest and README; in an empty folder also a project and a catalogue\n\n"
                                  "Examples\n"
                                  "  gofuture new hello --on OrderPlaced\n"
                                  "  gofuture new pay_order --on StockReserved --emit OrderPaid --emit OrderFailed");
  auto asked = std::make_shared<NewFunction>();
  command.add_option("name", asked->name, "Its name: a to z, 0 to 9 and _")->required();
  for (CLI::Option* types : {command.add_option("--on", asked->on, "An event type that it handles; may be given again")->required(),
                             command.add_option("--emit", asked->emit, "An event type that it emits; may be given again")})
    types->type_name("TYPE")->allow_extra_args(false);
  on(command, common, [&common, asked] { return new_function(common, *asked); });
}

}  // namespace gofuture::cli
