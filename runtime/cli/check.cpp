#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/counted.hpp"
#include "manifest/catalogue_change.hpp"
#include "manifest/choreography.hpp"
#include "pipeline/plan.hpp"
#include "plugin/library.hpp"

namespace gofuture::cli {
namespace {

// Manifests that parse may still not stand: schemas that do not compile, libraries that do not fit.
std::vector<std::string> deeper_mistakes(const Settings& settings, const Manifests& manifests, bool libraries) {
  std::vector<std::string> mistakes;
  const auto catalogue = std::make_shared<const Catalogue>(manifests.catalogue);
  for (const FunctionManifest& manifest : manifests.functions) {
    if (auto plan = Plan::make(manifest, catalogue); !plan) mistakes.push_back(plan.error().message());
    if (!libraries) continue;
    const auto path = std::filesystem::path(settings.functions) / (manifest.library + ".so");
    if (auto library = Library::open(path.string(), manifest); !library) mistakes.push_back(library.error().message());
  }
  return mistakes;
}

// What lies between another folder's catalogue, the deployed one say, and ours.
struct Changes {
  std::vector<std::string> broken, readers_first;
};
Result<Changes> changes_against(const std::string& folder, const Catalogue& ours) {
  Diagnosis diagnosis;
  const Manifests theirs = load_manifests(folder, diagnosis);
  if (!diagnosis.empty()) return Error("the manifests to compare with are wrong themselves:\n" + diagnosis.text());
  Changes changes;
  for (const CatalogueChange& change : compare_catalogues(theirs.catalogue, ours))
    (change.breaks == SchemaChange::Breaks::kOldEvents ? changes.broken : changes.readers_first).push_back(change.type + " " + change.what);
  return changes;
}

int check(const Common& common, bool libraries, const std::string& against) {
  Settings settings;
  if (!read_settings(common, settings)) return kWrongUsage;
  Diagnosis diagnosis;
  const Manifests manifests = load_manifests(settings.manifests, diagnosis);
  if (diagnosis.empty()) check_choreography(manifests, settings.manifests, diagnosis);
  std::vector<std::string> deeper;
  if (diagnosis.empty()) deeper = deeper_mistakes(settings, manifests, libraries);
  Changes changes;
  if (!against.empty() && diagnosis.empty()) {
    auto found = changes_against(against, manifests.catalogue);
    if (!found) return fail(found.error());
    changes = std::move(*found);
    deeper.insert(deeper.end(), changes.broken.begin(), changes.broken.end());
  }
  const std::size_t mistakes = diagnosis.count() + deeper.size();

  if (common.json) {
    boost::json::array list;
    for (const Mistake& mistake : diagnosis.mistakes())
      list.push_back(boost::json::object{{"file", mistake.file}, {"line", mistake.line}, {"column", mistake.column}, {"message", mistake.what}});
    for (const std::string& sentence : deeper) list.push_back(boost::json::object{{"file", nullptr}, {"line", nullptr}, {"column", nullptr}, {"message", sentence}});
    std::cout << boost::json::serialize(boost::json::object{{"functions", manifests.functions.size()},
                                                            {"topics", manifests.catalogue.topics.size()},
                                                            {"event_types", manifests.catalogue.events.size()},
                                                            {"mistakes", std::move(list)},
                                                            {"readers_first", boost::json::array(changes.readers_first.begin(), changes.readers_first.end())}})
              << '\n';
  } else {
    std::cerr << diagnosis.text();
    for (const std::string& sentence : deeper) std::cerr << sentence << '\n';
    for (const std::string& change : changes.readers_first) std::cerr << "whoever reads it must know before it is emitted: " << change << '\n';
    std::cout << counted(manifests.functions.size(), "function") << ", " << counted(manifests.catalogue.topics.size(), "topic") << ", "
              << counted(manifests.catalogue.events.size(), "event type") << ": " << (mistakes == 0 ? "no mistakes" : counted(mistakes, "mistake"))
              << '\n';
  }
  return mistakes == 0 ? kDone : kWrongUsage;
}

}  // namespace

void add_check(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "check", "Check manifests: every mistake with file, line and the nearest right thing\n\nExamples\n  gofuture check --libraries\n  gofuture check --against ../deployed/manifests");
  auto libraries = std::make_shared<bool>(false);
  command.add_flag("--libraries", *libraries, "Also load each function library and compare it with its manifest");
  auto against = std::make_shared<std::string>();
  command.add_option("--against", *against, "Also compare the event types with those of another manifests folder: what breaks old events is a mistake")
      ->check(CLI::ExistingDirectory)->type_name("FOLDER");
  prints_json(command, common);
  on(command, common, [&common, libraries, against] { return check(common, *libraries, *against); });
}

}  // namespace gofuture::cli
