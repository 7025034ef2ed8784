#include "manifest/load.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "manifest/catalogue.hpp"
#include "manifest/files.hpp"
#include "manifest/function.hpp"
#include "manifest/toml.hpp"

namespace gofuture {
namespace {

constexpr std::string_view kTopicsFile = "topics.toml", kEventsFile = "events.toml";

void say(Diagnosis& diagnosis, const std::string& file, std::string what) {
  Mistake mistake;
  mistake.file = file;
  mistake.what = std::move(what);
  diagnosis.add(std::move(mistake));
}

// The text of a file, empty when it cannot be read, which is said.
std::string read_or_say(const std::string& path, Diagnosis& diagnosis) {
  auto text = read_file(path, kFileBytesMax);
  if (text) return std::move(*text);
  say(diagnosis, path, text.error().message());
  return {};
}

std::vector<std::string> toml_files(const std::string& folder, Diagnosis& diagnosis) {
  std::vector<std::string> names;
  std::error_code trouble;
  std::filesystem::directory_iterator entry(folder, trouble);
  for (; !trouble && entry != std::filesystem::directory_iterator() && names.size() <= kFilesMax; entry.increment(trouble)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".toml") && !name.starts_with('.')) names.push_back(name);  // an editor's own files are hidden ones
  }
  if (trouble) say(diagnosis, folder, "the folder of the manifests cannot be read: " + trouble.message());
  if (names.size() > kFilesMax) say(diagnosis, folder, "there are more than " + std::to_string(kFilesMax) + " manifests in this folder");
  std::sort(names.begin(), names.end());
  return names;
}

// One function may be declared once: the second is told where the first is.
class Declared {
 public:
  void take(const ReadFunction& function, const Report& report) {
    const std::string& name = function.manifest.name;
    if (name.empty()) return;
    const auto [known, fresh] = places_.try_emplace(name, report.file() + ":" + std::to_string(function.name_at.line));
    if (!fresh) report.add(function.name_at, "the function \"" + name + "\" is declared already, at " + known->second);
  }

 private:
  std::map<std::string, std::string> places_;
};

}  // namespace

Manifests load_manifests(const std::string& folder, Diagnosis& diagnosis) {
  Manifests manifests;
  const std::size_t before = diagnosis.mistakes().size();
  const auto names = toml_files(folder, diagnosis);
  if (diagnosis.mistakes().size() > before) return manifests;
  const std::string topics_file = folder + "/" + std::string(kTopicsFile), events_file = folder + "/" + std::string(kEventsFile);
  const std::string topics = read_or_say(topics_file, diagnosis), events = read_or_say(events_file, diagnosis);
  if (!topics.empty()) read_topics(Report(topics_file, topics, diagnosis), manifests.catalogue);
  if (!events.empty()) read_events(Report(events_file, events, diagnosis), folder, manifests.catalogue);
  Declared declared;
  for (const std::string& name : names) {
    if (name == kTopicsFile || name == kEventsFile) continue;
    const std::string file = folder + "/" + name;
    const auto text = read_file(file, kFileBytesMax);
    if (!text) {
      say(diagnosis, file, text.error().message());
      continue;
    }
    const Report report(file, *text, diagnosis);
    ReadFunction function = read_function(report, manifests.catalogue);
    declared.take(function, report);
    manifests.functions.push_back(std::move(function.manifest));
  }
  return manifests;
}

FunctionManifest parse_function(std::string_view text, const std::string& file, const Catalogue& catalogue, Diagnosis& diagnosis) {
  return read_function(Report(file, text, diagnosis), catalogue).manifest;
}

}  // namespace gofuture
