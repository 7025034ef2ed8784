// `gofuture invoke`: one event, handled by a function as the runtime would: the same loader, schemas, admission and call; but nothing
// outside is asked, and nothing is kept.
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <mutex>
#include <thread>

#include "cli/command.hpp"
#include "cli/invoke_text.hpp"
#include "manifest/nearest.hpp"
#include "pipeline/admission.hpp"
#include "pipeline/timer_event.hpp"
#include "plugin/handlers.hpp"
#include "system_clock.hpp"

namespace gofuture::cli {
namespace {

namespace json = boost::json;

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

Result<std::string> read_text(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file)) return Error("cannot read " + file);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<std::optional<std::string>> read_state(const std::string& argument) {
  if (argument.empty()) return std::optional<std::string>();
  std::error_code none;
  Result<std::string> text = argument;
  if (std::filesystem::exists(argument, none)) text = read_text(argument);
  if (!text) return text.error();
  json::error_code broken;
  json::parse(*text, broken);
  if (broken) return Error("--state is neither a file nor JSON: " + argument);
  return std::optional(std::move(*text));
}

std::vector<std::string_view> handled_types(const FunctionManifest& manifest) {
  std::vector<std::string_view> types;
  for (const Subscription& subscription : manifest.subscriptions) types.insert(types.end(), subscription.types.begin(), subscription.types.end());
  return types;
}

// A CloudEvent goes in as it is, in structured mode; data alone gets the attributes that a producer would have given it.
Result<OwnedRecord> record_of(const std::string& text, const Plan& plan, const Invocation& asked, std::int64_t now_ms) {
  json::error_code broken;
  const json::value document = json::parse(text, broken);
  if (broken) return Error(asked.event_file + " is not JSON: " + broken.message());
  OwnedRecord content;
  content.value = text;
  if (document.is_object() && document.get_object().contains("specversion")) {
    if (!asked.type.empty()) return Error(asked.event_file + " is a whole CloudEvent with a type of its own; leave --type out");
    content.headers = {{"content-type", "application/cloudevents+json"}};
    return content;
  }
  OutgoingEnvelope envelope;
  envelope.type = asked.type;
  if (const auto types = handled_types(plan.manifest()); envelope.type.empty()) {
    if (types.size() != 1)
      return Error(asked.event_file + " is no CloudEvent (it has no \"specversion\"), and " + asked.function +
                   " handles several types; name one with --type, such as --type " + std::string(types.front()));
    envelope.type = types.front();
  }
  envelope.id = position_id("gofuture.invoke", 0, 0);
  envelope.source = "gofuture/invoke";
  envelope.time = format_time_ms(now_ms);
  if (const EventType* type = plan.catalogue().event(envelope.type); type != nullptr && !type->subject.empty())
    if (auto subject = JsonReader().scalar(text, type->subject)) envelope.subject = *subject;
  std::vector<std::pair<std::string, std::string>> headers;
  append_headers(envelope, headers);
  for (auto& [name, value] : headers) content.headers.emplace_back(std::move(name), std::move(value));
  return content;
}

Result<EventPtr> make_event(const Plan& plan, const Invocation& asked, std::int64_t now_ms) {
  const auto text = read_text(asked.event_file);
  if (!text) return text.error();
  auto content = record_of(*text, plan, asked, now_ms);
  if (!content) return content.error();
  const Record record = make_record(0, 0, 0, now_ms, *content);
  const auto envelope = read_envelope(record);
  if (!envelope) return envelope.error().within(asked.event_file);

  const EventType* type = plan.catalogue().event(envelope->type);
  std::size_t topic = 0;
  while (topic < plan.topics().size() && !plan.topics()[topic].handled.contains(envelope->type)) ++topic;
  if (type == nullptr || topic == plan.topics().size()) {
    const auto types = handled_types(plan.manifest());
    std::string hint = did_you_mean(envelope->type, types);
    if (hint.empty())
      for (const std::string_view one : types) hint += (hint.empty() ? "; it handles " : ", ") + std::string(one);
    return Error(asked.function + " does not handle " + std::string(envelope->type) + hint);
  }
  if (!type->key.empty())
    if (auto key = JsonReader().scalar(envelope->data, type->key)) content->key = *key;
  if (!content->key && !asked.key.empty()) content->key = asked.key;
  Admission admission(plan);
  EventPtr event = admission.admit(make_record(static_cast<std::uint16_t>(topic), 0, 0, now_ms, *content)).event;
  if (!asked.key.empty()) event->state_key = asked.key;
  return event;
}

Result<EventPtr> make_timer(const Plan& plan, const Invocation& asked, std::int64_t now_ms) {
  if (!plan.uses_timers) return Error(asked.function + " sets no timers");
  if (asked.key.empty()) return Error("a timer belongs to a key; name it with --key");
  TimerDue timer;
  timer.function = asked.function;
  timer.state_key = asked.key;
  timer.name = asked.timer;
  timer.number = 1;
  timer.due_ms = now_ms;
  Admission admission(plan);
  return admission.admit_due(due_event(timer));
}

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
  auto event = asked.timer.empty() ? make_event(**plan, asked, clock.unix_ms()) : make_timer(**plan, asked, clock.unix_ms());
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
