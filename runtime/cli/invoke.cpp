// `gofuture invoke`: one event, handled by a function as the runtime would: the same loader, schemas, admission and call; but nothing
// outside is asked, and nothing is kept.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <mutex>
#include <thread>

#include "cli/commands.hpp"
#include "cli/invoke_event.hpp"
#include "cli/invoke_text.hpp"
#include "cli/mistakes.hpp"
#include "pipeline/silent_probe.hpp"
#include "plugin/handlers.hpp"
#include "system_clock.hpp"

namespace gofuture::cli {
namespace {

// The function's log, for the report; the rest of what a pipeline would tell does not happen here.
class InvokeProbe : public SilentProbe {
 public:
  explicit InvokeProbe(std::vector<LogLine>& lines) : lines_(lines) {}
  void log(Level level, std::string_view sentence, const Event*) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back({level, std::string(sentence)});
  }

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
    std::_Exit(fail(Error(asked.function + " did not return within its timeout of " + std::to_string(manifest.timeout_ms) + " ms (" + manifest.file + ")")));
  }
  std::cout << (common.json ? invoke_json(report, batch) + "\n" : invoke_text(report, batch));
  const Outcome outcome = batch.events.front()->outcome;
  return outcome == Outcome::kOk || outcome == Outcome::kSkip ? kDone : kFailed;
}

int invoke(const Common& common, const Invocation& asked) {
  if (asked.event_file.empty() == asked.timer.empty())
    return wrong(Error("give an event with --event FILE, or a timer that is due with --timer NAME"));
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  const FunctionManifest* found = nullptr;
  std::vector<std::string> names;
  for (const FunctionManifest& function : manifests.functions) {
    names.push_back(function.name);
    if (function.name == asked.function) found = &function;
  }
  if (found == nullptr) return fail(unknown_name("function", asked.function, settings.manifests, names));
  const auto status = run_and_tell(common, settings, *found, manifests.catalogue, asked);
  return status ? *status : fail(status.error());
}

}  // namespace

void add_invoke(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "invoke",
                                  "Hand one event to a function on the spot: no Kafka, no Postgres, no HTTP, nothing is kept\n\nExamples\n"
                                  "  gofuture invoke hello --event event.json\n"
                                  "  gofuture invoke hello --event payload.json --type OrderPlaced --state '{\"events\": 4}'\n"
                                  "  gofuture invoke pay_order --timer deadline --key o-1001 --state state.json\n\n"
                                  "Exit status: 0 the function ended with ok or skip, 1 it did not, 2 wrong usage, manifests or settings.");
  auto asked = std::make_shared<Invocation>();
  command.add_option("function", asked->function, "Its name")->required();
  command.add_option("--event", asked->event_file, "File of a CloudEvent in JSON, or of its data alone; - is standard input")
      ->type_name("FILE");
  command.add_option("--type", asked->type, "Type of an event that comes as its data alone (default: the only one that it handles)")
      ->type_name("TYPE");
  command.add_option("--timer", asked->timer, "Instead of an event: this timer of the key is due")->type_name("NAME");
  command.add_option("--key", asked->key, "The state key (default: from the event, as the manifest says)")->type_name("KEY");
  command.add_option("--state", asked->state, "The key's state: a file of JSON, or JSON (default: none)")->type_name("STATE");
  prints_json(command, common);
  on(command, common, [&common, asked] { return invoke(common, *asked); });
}

}  // namespace gofuture::cli
