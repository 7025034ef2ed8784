#include "bench/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace gofuture::bench {
namespace {

constexpr int kPatienceMs = 30'000;

std::string whole(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// "VmRSS:     1234 kB" of such a file.
std::int64_t kib_of(const std::string& path, const char* name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name)) return std::atoll(line.c_str() + std::strlen(name));
  return 0;
}

}  // namespace

double now_s() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

Child::Child(std::string name, const std::vector<std::string>& command, const Environment& environment, const std::string& folder, std::string log)
    : name_(std::move(name)), log_(std::move(log)) {
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    std::perror("fork");
    std::exit(1);
  }
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::setpgid(0, 0);  // Ctrl-C is the bench's
  const int out = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (out < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0 || ::chdir(folder.c_str()) != 0) ::_exit(126);
  for (const auto& [key, value] : environment)
    if (value.empty()) ::unsetenv(key.c_str());
    else ::setenv(key.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  std::perror(arguments[0]);
  ::_exit(127);
}

Child::~Child() { kill(); }

bool Child::lives() {
  if (!ended_ && ::waitpid(pid_, nullptr, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

double Child::cpu_s() const {
  const std::string stat = whole("/proc/" + std::to_string(pid_) + "/stat");
  const auto after = stat.rfind(')');  // the name in parentheses may hold anything
  if (after == std::string::npos) return 0;
  std::istringstream fields(stat.substr(after + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  long user = 0, system = 0;
  fields >> user >> system;
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::int64_t Child::rss_kib() const { return kib_of("/proc/" + std::to_string(pid_) + "/status", "VmRSS:"); }
std::int64_t Child::peak_rss_kib() const { return kib_of("/proc/" + std::to_string(pid_) + "/status", "VmHWM:"); }
std::int64_t Child::pss_kib() const { return kib_of("/proc/" + std::to_string(pid_) + "/smaps_rollup", "Pss:"); }

void Child::await(int milliseconds) {
  const double until = now_s() + milliseconds / 1e3;
  while (lives() && now_s() < until) ::usleep(2'000);
}

void Child::end() {
  if (!lives()) return;
  ::kill(pid_, SIGTERM);
  await(kPatienceMs);
  if (!lives()) return;
  std::fprintf(stderr, "bench: %s does not end on SIGTERM; killed\n", name_.c_str());
  kill();
}

void Child::kill() {
  if (!lives()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ended_ = true;
}

void Child::complain(const std::string& sentence) {
  std::string said = whole(log_);
  if (said.size() > 2'000) said.erase(0, said.size() - 2'000);
  std::fprintf(stderr, "bench: %s %s. Its last lines (%s):\n%s\n", name_.c_str(), sentence.c_str(), log_.c_str(), said.c_str());
  kill();
  std::exit(1);
}

}  // namespace gofuture::bench
