#include "saga/platform.hpp"

#include <dlfcn.h>
#include <ride/events.hpp>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <stdexcept>

namespace gofuture::saga {

// The others follow the saga, or come before it, and decide nothing in it.
const std::vector<std::string>& Libraries::names() {
  static const std::vector<std::string> all{"start_payment", "request_fraud_check", "check_fraud",    "capture_payment", "request_driver",
                                            "assign_driver", "settle_trip",         "refund_payment", "cancel_booking"};
  return all;
}

Libraries::Libraries(const std::string& planted_function, const std::string& planted_file) {
  Diagnosis diagnosis;
  Manifests manifests = load_manifests(std::string(GOFUTURE_SOURCE_DIR) + "/manifests", diagnosis);
  if (!diagnosis.empty()) throw std::runtime_error(diagnosis.text());
  for (const FunctionManifest& manifest : manifests.functions) manifests_[manifest.name] = manifest;
  for (const std::string& name : names()) {
    const std::string file = name == planted_function ? planted_file : std::string(FUNCTION_DIR) + "/" + name + ".so";
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(dlerror());
    entries_[name] = static_cast<const gofuture_entry*>(dlsym(library, GOFUTURE_ENTRY_SYMBOL));
  }
}

Platform::Platform(const Libraries& libraries, const Scenario& scenario, simulation::Random& random, Gateway& gateway, Phones phones,
                   Tell tell)
    : s_(scenario), random_(random), gateway_(gateway), phones_(std::move(phones)), tell_(std::move(tell)) {
  for (int n = 1; n <= s_.drivers; ++n) tables_.add_driver("d-" + std::to_string(n));
  for (const std::string& name : Libraries::names()) {
    functions_.push_back({name, &libraries.manifest(name), std::make_unique<FakeHost>(libraries.entry(name))});
    serve(functions_.back());
  }
}

void Platform::serve(Function& function) {
  FakeHost& host = *function.host;
  host.config = function.manifest->config_json;
  host.sql.served_by([this](const FakeSql::Statement& statement) {
    if (!healthy_ && random_.chance(s_.sql_errors)) return FakeSql::Answer{{}, {}, 0, "deadlock detected"};
    return tables_.serve(statement);
  });
  host.http.served_by([this, &name = function.manifest->name](const FakeHttp::Request& request) {
    const std::string own = name + "/" + request.name + "/";
    return gateway_.serve(request, own + (request.effect.empty() ? in_hand_.event : in_hand_.booking + "/" + request.effect));
  });
}

std::string Platform::next_id() { return "e-" + std::to_string(++last_id_); }

void Platform::publish(Event event) {
  tell_(event.topic + ": " + event.type + " " + event.booking + " " + event.id);
  for (std::size_t f = 0; f < functions_.size(); ++f)
    for (const Subscription& subscription : functions_[f].manifest->subscriptions)
      if (subscription.topic == event.topic && std::count(subscription.types.begin(), subscription.types.end(), event.type) != 0)
        lanes_[{f, event.topic, event.booking}].push_back({event});
  if (event.type == "DriverAssigned" || event.type == "BookingCanceled") lanes_[{kPhones, event.topic, event.booking}].push_back({event});
  published_.push_back(std::move(event));
}

void Platform::relay() {
  Event event = std::move(outbox_.front());
  outbox_.pop_front();
  publish(std::move(event));
}

bool Platform::is_dark(std::size_t function) const { return !healthy_ && function != kPhones && functions_[function].name == s_.dark; }

std::vector<Platform::Lane> Platform::ready() const {
  std::vector<Lane> lanes;
  for (const auto& [lane, events] : lanes_)
    if (!events.empty() && !is_dark(std::get<0>(lane))) lanes.push_back(lane);
  return lanes;
}

bool Platform::can_deliver() const { return !ready().empty(); }

void Platform::deliver() {
  const Lane lane = random_.pick(ready());
  auto& events = lanes_[lane];
  const auto function = std::get<0>(lane);
  if (function != kPhones) return hand_over(function, events, std::get<1>(lane));
  phones_(events.front().event);
  events.pop_front();
}

void Platform::hand_over(std::size_t index, std::deque<Pending>& lane, const std::string& topic) {
  Function& function = functions_[index];
  Pending& pending = lane.front();
  in_hand_ = {pending.event.booking, pending.event.id + "/" + std::to_string(pending.redrive)};
  const RideRows before = tables_.rows();
  function.host->lose_commit = !healthy_ && random_.chance(s_.lost_commits);
  Delivery delivery;
  delivery.type = pending.event.type;
  delivery.data = pending.event.data;
  delivery.key = delivery.subject = delivery.correlation_id = pending.event.booking;
  delivery.id = pending.event.id;
  delivery.topic = topic;
  delivery.attempt = pending.attempt;
  delivery.late = pending.redrive > 0;
  const Outcome outcome = function.host->handle({delivery}).front();
  tell_ended(function, pending.event.type + " " + pending.event.booking + " " + pending.event.id, outcome);
  const bool done = settle(function, outcome, before);
  if (done && function.name == "assign_driver" && pending.event.type == "DriverRejected") {
    const auto rejection = from_json<ride::DriverRejected>(pending.event.data);
    let_go_.emplace(rejection.booking_id, rejection.driver_id);
  }
  look_at_drivers();
  if (done) return lane.pop_front();
  if (function.host->lose_commit || outcome.kind() == Outcome::Kind::kLater) return;  // comes again, and no attempt is counted
  const auto& max = function.manifest->retry.max_retries;
  if (outcome.kind() == Outcome::Kind::kRetry && (!max || static_cast<std::int32_t>(pending.attempt) <= *max)) {
    ++pending.attempt;
    ++numbers_.retried;
    return;
  }
  if (outcome.kind() == Outcome::Kind::kReject)
    findings_.push_back({"rejected", function.name + " rejected " + pending.event.type + ": " + outcome.message()});
  ++numbers_.dead;
  tell_(function.name + ": a dead letter, " + pending.event.id);
  dead_.emplace_back(Lane{index, topic, pending.event.booking}, std::move(pending));
  lane.pop_front();
}

void Platform::tell_ended(const Function& function, const std::string& what, const Outcome& outcome) {
  static constexpr const char* kOutcomes[] = {"ok", "skip", "retry", "reject", "later"};
  tell_(function.name + ": " + what + " -> " + kOutcomes[static_cast<int>(outcome.kind())] + " " + outcome.message() +
        (function.host->lose_commit ? " (its commit is lost)" : ""));
}

// True: the event, or the timer, is done.
bool Platform::settle(Function& function, const Outcome& outcome, const RideRows& before) {
  ++numbers_.handled;
  const bool lost = function.host->lose_commit;
  numbers_.lost_commits += lost ? 1 : 0;
  const bool ended = outcome.is_ok() || outcome.kind() == Outcome::Kind::kSkip;
  if (lost || !ended) {
    tables_.roll_back_to(before);
    return false;
  }
  take_emitted(function);
  return true;
}

// At any moment: what the end no longer shows.
void Platform::look_at_drivers() {
  const auto found = [this](const std::string& what) {
    const bool known = std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) { return finding.what == what; });
    if (!known) findings_.push_back({"drivers", what});
  };
  for (const auto& [who, ended_by] : tables_.rows().assignments) {
    if (!ended_by.empty()) continue;
    if (tables_.rows().marks.contains(who.first)) found(who.first + " is canceled and has " + who.second);
    if (let_go_.contains(who)) found(who.second + " has rejected " + who.first + " and still has it");
  }
  if (!tables_.broke().empty()) found("a statement ran into a guard of last resort: " + tables_.broke());
}

void Platform::take_emitted(Function& function) {
  for (Emitted& emitted : std::exchange(function.host->emitted, {})) {
    const auto allowed = function.manifest->emits.find(emitted.type);
    if (allowed == function.manifest->emits.end()) {
      findings_.push_back({"rejected", function.name + " emits " + emitted.type + ", which its manifest does not allow"});
      continue;
    }
    const auto data = boost::json::parse(emitted.data).as_object();
    outbox({next_id(), emitted.type, allowed->second, std::string(data.at("booking_id").as_string()), emitted.data});
    tell_("    emits " + emitted.type + " " + outbox_.back().booking + " " + outbox_.back().id + " " + emitted.data);
  }
}

bool Platform::can_fire(Time now) const {
  const auto next = next_timer();
  return next && *next <= now;
}

std::optional<Time> Platform::next_timer() const {
  std::optional<Time> next;
  for (std::size_t f = 0; f < functions_.size(); ++f) {
    if (is_dark(f)) continue;
    for (const SetTimer& timer : functions_[f].host->timers())
      if (!next || timer.due_at < *next) next = timer.due_at;
  }
  return next;
}

// Any of those that are due: a timer may be late, and an answer that came before it may lie unread.
void Platform::fire(Time now) {
  std::vector<std::pair<Function*, SetTimer>> due;
  for (std::size_t f = 0; f < functions_.size(); ++f) {
    if (is_dark(f)) continue;
    for (const SetTimer& timer : functions_[f].host->timers())
      if (timer.due_at <= now) due.emplace_back(&functions_[f], timer);
  }
  const auto& [function, timer] = random_.pick(due);
  const RideRows before = tables_.rows();
  function->host->lose_commit = !healthy_ && random_.chance(s_.lost_commits);
  in_hand_ = {timer.key, next_id() + "/0"};
  const Outcome outcome = function->host->fire(timer);
  tell_ended(*function, timer.name + " " + timer.key, outcome);
  if (settle(*function, outcome, before)) ++numbers_.timers;
}

void Platform::keep_time(Time now) {
  for (Function& function : functions_) function.host->now = now;
}

bool Platform::redrive() {
  if (dead_.empty()) return false;
  for (auto& [lane, pending] : std::exchange(dead_, {})) {
    tell_("redrive " + pending.event.id);
    pending.attempt = 1;
    ++pending.redrive;
    lanes_[lane].push_back(std::move(pending));
  }
  return true;
}

}  // namespace gofuture::saga
