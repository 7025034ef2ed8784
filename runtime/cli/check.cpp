#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>

#include "cli/commands.hpp"
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

int check(const Common& common, bool libraries) {
  Settings settings;
  if (!read_settings(common, settings)) return kWrongUsage;
  Diagnosis diagnosis;
  const Manifests manifests = load_manifests(settings.manifests, diagnosis);
  if (diagnosis.empty()) check_choreography(manifests, settings.manifests, diagnosis);
  std::vector<std::string> deeper;
  if (diagnosis.empty()) deeper = deeper_mistakes(settings, manifests, libraries);
  const std::size_t mistakes = diagnosis.count() + deeper.size();

  if (common.json) {
    boost::json::array list;
    for (const Mistake& mistake : diagnosis.mistakes())
      list.push_back(boost::json::object{{"file", mistake.file}, {"line", mistake.line}, {"column", mistake.column}, {"message", mistake.what}});
    for (const std::string& sentence : deeper) list.push_back(boost::json::object{{"file", nullptr}, {"line", nullptr}, {"column", nullptr}, {"message", sentence}});
    std::cout << boost::json::serialize(boost::json::object{{"functions", manifests.functions.size()},
                                                            {"topics", manifests.catalogue.topics.size()},
                                                            {"event_types", manifests.catalogue.events.size()},
                                                            {"mistakes", std::move(list)}})
              << '\n';
  } else {
    std::cerr << diagnosis.text();
    for (const std::string& sentence : deeper) std::cerr << sentence << '\n';
    std::cout << manifests.functions.size() << " functions, " << manifests.catalogue.topics.size() << " topics, "
              << manifests.catalogue.events.size() << " event types: "
              << (mistakes == 0 ? "no mistakes" : std::to_string(mistakes) + (mistakes == 1 ? " mistake" : " mistakes")) << '\n';
  }
  return mistakes == 0 ? kDone : kWrongUsage;
}

}  // namespace

void add_check(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "check", "Check manifests: every mistake with file, line and the nearest right thing\n\nExample\n  gofuture check --libraries");
  auto libraries = std::make_shared<bool>(false);
  command.add_flag("--libraries", *libraries, "Also load each function library and compare it with its manifest");
  prints_json(command, common);
  on(command, common, [&common, libraries] { return check(common, *libraries); });
}

}  // namespace gofuture::cli
