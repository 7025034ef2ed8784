// `gofuture invoke`: one event, handled by a function as the runtime would: the same loader, schemas, admission and call; but nothing
// outside is asked, and nothing is kept.
#include <chrono>
#include <filesystem>
#include <future>
#include <iostream>
#include <mutex>
#include <thread>

#include "cli/command.hpp"
#include "cli/invoke_event.hpp"
#include "cli/invoke_text.hpp"
#include "manifest/nearest.hpp"
#include "plugin/handlers.hpp"
#include "system_clock.hpp"

namespace gofuture::cli {
namespace {

// The function's log, for the report; the rest of what a pipeline would tell does not happen here.
class InvokeProbe : public Probe {
 public:
  explicit InvokeProbe(std::vector<LogLine>& lines) : lines_(lines) {}
  void log(Level level, std::string_view sentence, const Event*) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back({level, std::string(sentence)});
  }
  void done(const Event&) override {}
  void parked(const Event&) override {}
  void breaker(std::string_view, bool) override {}
  void passed_over(std::size_t, bool) override {}
  void batch_handled(std::size_t, double) override {}
  void batch_committed(std::size_t, CommitStatus, double) override {}
  void gap(const TopicPartition&, std::int64_t, std::int64_t) override {}
  void lag(const TopicPartition&, std::int64_t) override {}
  void gauges(const Gauges&) override {}

 private:
  std::mutex mutex_;
  std::vector<LogLine>& lines_;
};

// What stands where the runtime has its database.
class NoDatabase : public SqlSession, public Lookup {
 public:
  Result<SqlRows> execute(std::string_view, const std::vector<std::optional<std::string_view>>&) override {
    return Error("SQL is not available in `gofuture invoke`, which opens no database; the function's test can answer statements");
  }
  Result<std::optional<std::string>> get(std::string_view, std::string_view) override {
    return Error("look-ups are not available in `gofuture invoke`, which opens no database; the function's test can answer them");
  }
};
constexpr const char* kNoHttp = "HTTP is not available in `gofuture invoke`, which sends nothing; the function's test can answer requests";

Batch batch_of(EventPtr event, std::optional<std::string> state) {
  Batch batch;
  Slot& slot = batch.slots.emplace_back();
  slot.key = event->state_key;
  slot.loaded = true;
  slot.row.state = slot.state = std::move(state);
  batch.events.push_back(std::move(event));
  return batch;
}

// False: the function did not come back in its time. Its thread goes on in its code, so the process can only end.
bool run(PluginHandlers& handlers, Batch& batch, SqlSession& session, std::int64_t timeout_ms) {
  std::packaged_task<void()> task([&] { handlers.run(batch, session); });
  const auto ended = task.get_future();
  std::thread thread(std::move(task));
  if (ended.wait_for(std::chrono::milliseconds(timeout_ms)) == std::future_status::timeout) {
    thread.detach();
    return false;
  }
  thread.join();
  return true;
}

Result<int> run_and_tell(const Common& common, const Settings& settings, const FunctionManifest& manifest, const Catalogue& catalogue,
                         const Invocation& asked) {
  auto state = read_state(asked.state);
  if (!state) return state.error();
  auto library = Library::open((std::filesystem::path(settings.functions) / (manifest.library + ".so")).string(), manifest);
  if (!library) return library.error();
  const Description& description = (*library)->description();
  if (*state && !description.stateful) return Error(asked.function + " keeps no state; leave --state out");
  auto plan = Plan::make(manifest, std::make_shared<const Catalogue>(catalogue), description.stateful, description.uses_timers);
  if (!plan) return plan.error();

  SystemClock clock;
  InvokeReport report;
  report.function = asked.function;
  report.version = description.version;
  InvokeProbe probe(report.log);
  NoDatabase database;
  auto event = make_event(**plan, asked, clock.unix_ms());
  if (!event) return event.error();
  Batch batch = batch_of(std::move(*event), std::move(*state));
  PluginHandlers::Options options;
  options.inside = 1;
  options.offline = kNoHttp;
  auto handlers = PluginHandlers::make(*library, *plan, nullptr, clock, probe, &database, options);
  if (!handlers) return handlers.error();
  if (!run(**handlers, batch, database, manifest.timeout_ms)) {
    std::cerr << "gofuture: " << asked.function << " did not return within its timeout of " << manifest.timeout_ms << " ms (" << manifest.file << ")\n";
    std::_Exit(kFailed);
  }
  std::cout << (common.json ? invoke_json(report, batch) + "\n" : invoke_text(report, batch));
  const Outcome outcome = batch.events.front()->outcome;
  return outcome == Outcome::kOk || outcome == Outcome::kSkip ? kDone : kFailed;
}

}  // namespace

int invoke(const Common& common, const Invocation& asked) {
  if (asked.event_file.empty() == asked.timer.empty()) {
    std::cerr << "gofuture: give an event with --event FILE, or a timer that is due with --timer NAME\n";
    return kWrongUsage;
  }
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  const FunctionManifest* found = nullptr;
  std::vector<std::string_view> names;
  for (const FunctionManifest& function : manifests.functions) {
    names.push_back(function.name);
    if (function.name == asked.function) found = &function;
  }
  if (found == nullptr)
    return fail(Error("there is no function \"" + asked.function + "\" in " + settings.manifests + did_you_mean(asked.function, names)));
  const auto status = run_and_tell(common, settings, *found, manifests.catalogue, asked);
  return status ? *status : fail(status.error());
}

}  // namespace gofuture::cli
