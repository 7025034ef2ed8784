#include "runtime_view.hpp"

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <sstream>

#include "http_client.hpp"
#include "ids.hpp"

namespace city {
namespace {
constexpr int kAnswerMs = 1000;
constexpr std::int64_t kBusyPatienceMs = 20'000;  // longer than a broker is away; then even an idle moment will do, and the count says so
}  // namespace

std::int64_t sum_of(const std::string& metrics, const std::string& name, const std::string& label) {
  double sum = 0;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name) || (line.size() > name.size() && line[name.size()] != '{' && line[name.size()] != ' ')) continue;
    const auto close = line.rfind('}');
    if (!label.empty() && line.substr(0, close).find(label) == std::string::npos) continue;
    const auto space = line.find(' ', close == std::string::npos ? 0 : close);
    double value = 0;
    if (space != std::string::npos) std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
    if (value > 0) sum += value;
  }
  return static_cast<std::int64_t>(sum + 0.5);
}

RuntimeLoad load_of(const std::string& metrics) {
  constexpr const char* kParked = "gofuture_events_parked_total";
  return {sum_of(metrics, "gofuture_events_in_flight"), sum_of(metrics, "gofuture_lag_events"),
          {sum_of(metrics, "gofuture_events_total"), sum_of(metrics, kParked, "outcome=\"retry\"") + sum_of(metrics, kParked, "outcome=\"later\""),
           sum_of(metrics, "gofuture_timers_fired_total")}};
}

void CountsOverRestarts::see(const RuntimeCounts& now) {
  if (now.events < last_.events || now.retries < last_.retries || now.timers_fired < last_.timers_fired) before_ = total();
  last_ = now;
}

RuntimeCounts CountsOverRestarts::total() const {
  return {before_.events + last_.events, before_.retries + last_.retries, before_.timers_fired + last_.timers_fired};
}

RuntimeView::RuntimeView(const std::vector<std::string>& urls) {
  for (const auto& url : urls) processes_.push_back({url, {}});
}

std::optional<RuntimeLoad> RuntimeView::look_at(Process& process) {
  const std::lock_guard lock(mutex_);  // one at a time: an older page that is seen later would look like a new process
  const auto answer = http_call(process.url + "/metrics", kAnswerMs);
  if (!answer || answer->status != 200) return {};
  const auto load = load_of(answer->body);
  process.counts.see(load.counted);
  return load;
}

std::optional<RuntimeLoad> RuntimeView::look_at_first() { return look_at(processes_.front()); }

std::optional<RuntimeLoad> RuntimeView::look() {
  auto all = look_at_first();
  for (std::size_t i = 1; i < processes_.size(); ++i) {
    const auto one = look_at(processes_[i]);
    if (all && one) all->in_flight += one->in_flight, all->lag += one->lag;
  }
  return all;
}

bool RuntimeView::first_is_ready() const {
  const auto answer = http_call(processes_.front().url + "/readyz", kAnswerMs);
  return answer && answer->status == 200;
}

RuntimeCounts RuntimeView::counted() {
  const std::lock_guard lock(mutex_);
  RuntimeCounts sum;
  for (const auto& process : processes_) {
    const auto one = process.counts.total();
    sum.events += one.events;
    sum.retries += one.retries;
    sum.timers_fired += one.timers_fired;
  }
  return sum;
}

Killer::Killer(RuntimeView& view, std::string pid_file, int kills, std::int64_t during_ms, std::uint64_t seed, std::function<void(const std::string&)> told)
    : view_(view), pid_file_(std::move(pid_file)), told_(std::move(told)) {
  Dice dice(mix(seed) ^ 0x4b11);
  const auto start = now_monotonic_ms();
  const auto slice = during_ms * 9 / 10 / std::max(kills, 1);  // one kill in each slice, somewhere; the first not before there is work
  for (int i = 0; i < kills; ++i) moments_.push_back(start + during_ms / 20 + slice * i + dice.between(0, std::max<std::int64_t>(slice - 1, 1)));
  thread_ = std::thread([this] { work(); });
}

Killer::~Killer() {
  stop_ = true;
  thread_.join();
}

std::vector<std::int64_t> Killer::in_flight_at_kills() {
  const std::lock_guard lock(mutex_);
  return in_flight_;
}

bool Killer::sleep_until(std::int64_t at_ms) const {
  while (!stop_ && now_monotonic_ms() < at_ms) std::this_thread::sleep_for(std::chrono::milliseconds(std::min<std::int64_t>(20, at_ms - now_monotonic_ms() + 1)));
  return !stop_;
}

void Killer::work() {
  for (const auto moment : moments_) {
    if (!sleep_until(moment)) break;
    while (!stop_ && !kill_when_busy()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  done_ = true;
}

bool Killer::kill_when_busy() {
  if (!view_.first_is_ready()) return false;
  const auto patience = now_monotonic_ms() + kBusyPatienceMs;
  std::optional<RuntimeLoad> load;
  while (!stop_) {
    load = view_.look_at_first();
    if (!load) return false;
    if (load->in_flight > 0 || now_monotonic_ms() > patience) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  if (stop_) return true;
  pid_t pid = 0;
  std::string name;
  std::ifstream(pid_file_) >> pid;
  std::ifstream("/proc/" + std::to_string(pid) + "/comm") >> name;
  // The pid may be of yesterday: only a process of the right name is shot.
  if (pid <= 1 || !name.starts_with("gofuture") || ::kill(pid, SIGKILL) != 0) return false;
  std::size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    in_flight_.push_back(load->in_flight);
    count = in_flight_.size();
  }
  told_("kill " + std::to_string(count) + " of " + std::to_string(moments_.size()) + ": SIGKILL to the runtime (pid " + std::to_string(pid) + ") with " +
        std::to_string(load->in_flight) + " events in flight");
  return true;
}

}  // namespace city
