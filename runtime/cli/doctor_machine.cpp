#include <gofuture/abi.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "admin/client.hpp"
#include "cli/counted.hpp"
#include "cli/finding.hpp"
#include "cli/function_text.hpp"
#include "plugin/library.hpp"

namespace gofuture::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kArea = "machine";
constexpr std::int64_t kSpaceWarning = 1LL << 30, kSpaceBad = 64LL << 20;
constexpr int kPageMs = 2'000;

Finding ok_is(const char* check, std::string what) { return {Verdict::kOk, kArea, check, std::move(what), ""}; }
Finding warning(const char* check, std::string what, std::string remedy) { return {Verdict::kWarning, kArea, check, std::move(what), std::move(remedy)}; }
Finding bad(const char* check, std::string what, std::string remedy) { return {Verdict::kBad, kArea, check, std::move(what), std::move(remedy)}; }

Finding judge_files(const char* check, const Diagnosis& mistakes, const std::string& fine, const std::string& remedy) {
  if (mistakes.empty()) return ok_is(check, fine);
  const Mistake& first = mistakes.mistakes().front();
  std::string what = first.file + (first.line > 0 ? ":" + std::to_string(first.line) : "") + ": " + first.what;
  if (mistakes.mistakes().size() > 1) what += " (and " + std::to_string(mistakes.mistakes().size() - 1) + " more)";
  return bad(check, what, remedy);
}

Findings look_at_libraries(const Settings& settings, const Manifests& manifests) {
  std::error_code error;
  if (!fs::is_directory(settings.functions, error))
    return {bad("libraries", "there is no folder " + settings.functions, "build the functions, or set GOFUTURE_FUNCTIONS")};
  Findings findings;
  std::size_t fine = 0;
  std::vector<std::string> missing;  // told together: most often it is the folder that is wrong
  for (const FunctionManifest& manifest : manifests.functions) {
    const auto path = fs::path(settings.functions) / (manifest.library + ".so");
    if (!fs::exists(path, error)) missing.push_back(path.filename().string());
    else if (auto library = Library::open(path.string(), manifest); library) ++fine;
    else findings.push_back(bad("libraries", library.error().message(), "build it anew against this version, or set GOFUTURE_FUNCTIONS"));
  }
  if (!missing.empty())
    findings.push_back(bad("libraries", "not in " + settings.functions + ": " + abridged(missing) + " (of " + counted(manifests.functions.size(), "function") + ")",
                           "build them, or set GOFUTURE_FUNCTIONS to the folder that holds them"));
  if (fine > 0 && findings.empty()) findings.push_back(ok_is("libraries", std::to_string(fine) + " load and fit their manifests"));
  return findings;
}

// The nearest folder above that is there: `run` makes the rest.
fs::path existing(fs::path folder) {
  std::error_code error;
  folder = fs::absolute(folder, error);
  while (!fs::exists(folder, error) && folder.has_parent_path() && folder != folder.parent_path()) folder = folder.parent_path();
  return folder;
}

Findings look_at_state(const std::string& folder) {
  Findings findings;
  const fs::path at = existing(folder);
  std::error_code error;
  const bool there = fs::exists(folder, error);
  struct stat seen {};
  if (::access(at.c_str(), W_OK | X_OK) != 0)
    findings.push_back(bad("state folder", folder + (there ? " cannot be written" : " cannot be made in " + at.string()), "give it to the user that runs gofuture, or set GOFUTURE_STATE"));
  else if (there && ::stat(folder.c_str(), &seen) == 0 && (seen.st_mode & S_IWOTH) != 0)
    findings.push_back(warning("state folder", folder + " can be written by everybody", "chmod o-w " + folder));
  else
    findings.push_back(ok_is("state folder", folder + (there ? " can be written" : " will be made by `gofuture run`")));
  const auto space = fs::space(at, error);
  if (error) return findings;
  const auto left = static_cast<std::int64_t>(space.available);
  const std::string text = bytes_text(left) + " free for " + folder;
  if (left < kSpaceBad) findings.push_back(bad("disk", text, "make room: crashes could not be noted"));
  else if (left < kSpaceWarning) findings.push_back(warning("disk", text, "make room"));
  else findings.push_back(ok_is("disk", text));
  return findings;
}

Finding look_at_runtime(const std::string& listen) {
  const auto page = ask_page(listen, "/readyz", kPageMs);
  if (page) return ok_is("runtime", "ready at " + listen);
  const std::string why = page.error().message();
  if (why.starts_with("nobody answers")) return warning("runtime", why, "start `gofuture run`, or set GOFUTURE_LISTEN to where it listens");
  return bad("runtime", "not ready: " + why, "curl http://" + listen + "/readyz says why");
}

}  // namespace

Findings look_at_machine(const Settings& settings, const Diagnosis& settings_mistakes, const Manifests& manifests, const Diagnosis& manifest_mistakes) {
  Findings findings;
  const auto append = [&findings](const Findings& more) { findings.insert(findings.end(), more.begin(), more.end()); };
  findings.push_back(ok_is("version", std::string("gofuture ") + GOFUTURE_VERSION + ", function ABI " + std::to_string(GOFUTURE_ABI_VERSION) + " revision " +
                                          std::to_string(GOFUTURE_ABI_REVISION)));
  findings.push_back(judge_files("settings", settings_mistakes, "instance " + settings.instance, "correct it"));
  findings.push_back(judge_files("manifests", manifest_mistakes, counted(manifests.functions.size(), "function") + " in " + settings.manifests, "`gofuture check` shows all"));
  if (manifest_mistakes.empty()) append(look_at_libraries(settings, manifests));
  append(look_at_state(settings.state));
  findings.push_back(look_at_runtime(settings.listen));
  return findings;
}

}  // namespace gofuture::cli
