#include "simulation/replay.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gofuture::simulation {
namespace {

std::atomic<std::uint64_t> running{0};
char program[512] = "simulation";

void on_abort(int) {
  char line[640];
  const int length = std::snprintf(line, sizeof line, "replay with: %s --seed %llu\n", program,
                                   static_cast<unsigned long long>(running.load()));
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line, static_cast<std::size_t>(length));
  std::signal(SIGABRT, SIG_DFL);
}

}  // namespace

void now_running(std::uint64_t seed) {
  running = seed;
  std::signal(SIGABRT, on_abort);
}

std::string replay_line(std::uint64_t seed) { return std::string("replay with: ") + program + " --seed " + std::to_string(seed); }

bool one_seed(int& argc, char** argv, std::uint64_t& seed) {
  std::snprintf(program, sizeof program, "%s", argv[0]);
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--seed") != 0) continue;
    seed = std::strtoull(argv[i + 1], nullptr, 10);
    for (int k = i; k + 2 < argc; ++k) argv[k] = argv[k + 2];
    argc -= 2;
    return true;
  }
  if (const char* wanted = std::getenv("GOFUTURE_SEED"); wanted != nullptr && *wanted != 0) {
    seed = std::strtoull(wanted, nullptr, 10);
    return true;
  }
  return false;
}

}  // namespace gofuture::simulation
