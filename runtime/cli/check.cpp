#include <boost/json.hpp>
#include <filesystem>
#include <iostream>

#include "cli/command.hpp"
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

}  // namespace

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
    for (const std::string& sentence : deeper) list.push_back(boost::json::object{{"message", sentence}});
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

}  // namespace gofuture::cli
