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
constexpr std::int64_t kBusyPatienceMs = 8'000;  // then even an idle moment will do; the count says so
}  // namespace

std::int64_t sum_of(const std::string& metrics, const std::string& name) {
  double sum = 0;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name) || (line.size() > name.size() && line[name.size()] != '{' && line[name.size()] != ' ')) continue;
    const auto close = line.rfind('}');
    const auto space = line.find(' ', close == std::string::npos ? 0 : close);
    double value = 0;
    if (space != std::string::npos) std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
    if (value > 0) sum += value;
  }
  return static_cast<std::int64_t>(sum + 0.5);
}

std::optional<RuntimeLoad> look_at_runtime(const std::string& url) {
  const auto answer = http_call(url + "/metrics", kAnswerMs);
  if (!answer || answer->status != 200) return {};
  return RuntimeLoad{sum_of(answer->body, "gofuture_events_in_flight"), sum_of(answer->body, "gofuture_lag_events")};
}

bool runtime_is_ready(const std::string& url) {
  const auto answer = http_call(url + "/readyz", kAnswerMs);
  return answer && answer->status == 200;
}

Killer::Killer(std::string url, std::string pid_file, int kills, std::int64_t during_ms, std::uint64_t seed, std::function<void(const std::string&)> told)
    : url_(std::move(url)), pid_file_(std::move(pid_file)), told_(std::move(told)) {
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
  if (!runtime_is_ready(url_)) return false;
  const auto patience = now_monotonic_ms() + kBusyPatienceMs;
  std::optional<RuntimeLoad> load;
  while (!stop_) {
    load = look_at_runtime(url_);
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
