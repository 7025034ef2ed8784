#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <future>
#include <iostream>
#include <thread>

#include "cli/commands.hpp"
#include "cli/counted.hpp"
#include "cli/finding.hpp"
#include "cli/paint.hpp"

namespace gofuture::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(15);

const char* name_of(Verdict verdict) { return verdict == Verdict::kOk ? "ok" : verdict == Verdict::kWarning ? "warning" : "bad"; }

// What all the looking shares. It outlives whoever still looks when the answers are printed.
struct Patient {
  Settings settings;
  Manifests manifests;
  Diagnosis settings_mistakes, manifest_mistakes;
};
using PatientPtr = std::shared_ptr<const Patient>;

PatientPtr read_patient(const Common& common) {
  auto patient = std::make_shared<Patient>();
  patient->settings = settings_of(common.settings_file, patient->settings_mistakes);
  patient->manifests = load_manifests(patient->settings.manifests, patient->manifest_mistakes);
  return patient;
}

// A thread that hangs on a server that is silent cannot be ended: it is left behind, and the process ends without it.
struct Look {
  const char* area;
  std::future<Findings> findings;
};
Look begin(const char* area, const PatientPtr& patient, Findings (*look)(const Patient&)) {
  std::promise<Findings> promise;
  Look begun{area, promise.get_future()};
  std::thread([patient, look, promise = std::move(promise)]() mutable { promise.set_value(look(*patient)); }).detach();
  return begun;
}

void print(const Common& common, const Findings& findings) {
  std::size_t warnings = 0, bads = 0;
  for (const Finding& finding : findings) {
    warnings += finding.verdict == Verdict::kWarning ? 1 : 0;
    bads += finding.verdict == Verdict::kBad ? 1 : 0;
  }
  if (common.json) {
    boost::json::array checks;
    for (const Finding& finding : findings)
      checks.push_back({{"verdict", name_of(finding.verdict)}, {"area", finding.area}, {"check", finding.check}, {"found", finding.what},
                        {"remedy", finding.remedy.empty() ? boost::json::value(nullptr) : boost::json::value(finding.remedy)}});
    std::cout << boost::json::serialize(boost::json::object{{"bad", bads}, {"warnings", warnings}, {"checks", std::move(checks)}}) << '\n';
    return;
  }
  const Paint paint(common.colour);
  std::string area;
  for (const Finding& finding : findings) {
    if (finding.area != area) std::cout << (area.empty() ? "" : "\n") << paint.bold(area = finding.area) << '\n';
    const std::string verdict = finding.verdict == Verdict::kOk ? paint.green("ok     ") : finding.verdict == Verdict::kWarning ? paint.yellow("warning") : paint.red("bad    ");
    std::cout << "  " << verdict << "  " << finding.check << ": " << finding.what << '\n';
    if (!finding.remedy.empty()) std::cout << "           → " << finding.remedy << '\n';
  }
  std::cout << '\n' << counted(findings.size(), "check") << ": " << bads << " bad, " << counted(warnings, "warning") << '\n';
}

int doctor(const Common& common) {
  const PatientPtr patient = read_patient(common);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  Look looks[] = {
      begin("machine", patient, [](const Patient& one) { return look_at_machine(one.settings, one.settings_mistakes, one.manifests, one.manifest_mistakes); }),
      begin("kafka", patient, [](const Patient& one) { return look_at_kafka(one.settings, one.manifests); }),
      begin("postgres", patient, [](const Patient& one) { return look_at_postgres(one.settings, one.manifests); })};
  Findings all;
  bool hangs = false;
  for (Look& look : looks) {
    if (look.findings.wait_until(end) == std::future_status::ready) {
      for (Finding& finding : look.findings.get()) all.push_back(std::move(finding));
      continue;
    }
    hangs = true;
    all.push_back({Verdict::kBad, look.area, "answer", "nothing was heard within " + std::to_string(kPatience.count()) + " s: it takes connections, but is silent",
                   "see whether it is stopped, overloaded or behind a firewall that drops packets"});
  }
  print(common, all);
  const bool bad = std::any_of(all.begin(), all.end(), [](const Finding& finding) { return finding.verdict == Verdict::kBad; });
  if (!hangs) return bad ? kFailed : kDone;
  std::cout.flush();
  std::_Exit(kFailed);
}

}  // namespace

void add_doctor(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "doctor",
                                  "Look at everything that a running system needs, and say what to do: this machine, Kafka, Postgres\n\n"
                                  "Examples\n"
                                  "  gofuture doctor\n"
                                  "  gofuture doctor --json | jq '.checks[] | select(.verdict != \"ok\")'\n\n"
                                  "Changes nothing, and works whatever is down. Exit status: 0 nothing is bad (there may be warnings), 1 something is.");
  prints_json(command, common);
  on(command, common, [&common] { return doctor(common); });
}

}  // namespace gofuture::cli
