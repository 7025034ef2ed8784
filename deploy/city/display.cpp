#include "display.hpp"

#include <unistd.h>

namespace city {
namespace {

constexpr std::int64_t kLineEveryMs = 5'000;

std::string printed(const char* format, auto... values) {
  char text[512];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string numbers_line(const Board& board, const Sight& sight) {
  const auto waits = board.assigned_after();
  return printed("%lld rides   %lld events/s   %lld positions/s   created to assigned: p50 %lld ms, p99 %lld ms", static_cast<long long>(board.rides()),
                 static_cast<long long>(sight.events_per_s), static_cast<long long>(sight.positions_per_s), static_cast<long long>(waits.p50_ms),
                 static_cast<long long>(waits.p99_ms));
}

std::vector<std::string> table(const Board& board, const Sight& sight) {
  std::string names, numbers;
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    names += printed("%11s", std::string(kStages[i]).c_str());
    numbers += printed("%11lld", static_cast<long long>(board.at(static_cast<Stage>(i))));
  }
  std::vector<std::string> lines{printed("%6.1f s  %s", static_cast<double>(sight.elapsed_ms) / 1000, sight.phase.c_str()), names, numbers,
                                 numbers_line(board, sight), work_line(sight)};
  if (auto troubles = troubles_line(sight); !troubles.empty()) lines.push_back(std::move(troubles));
  return lines;
}

std::string counted(std::int64_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

}  // namespace

// What was counted stays in sight while whoever counts it is away.
std::string work_line(const Sight& sight) {
  std::string line;
  if (sight.runtime_seen) {
    line = sight.runtime_up ? "lag " + std::to_string(sight.lag) + "   in flight " + std::to_string(sight.in_flight) : "runtime down";
    line += "   retries " + std::to_string(sight.retries) + "   ";
  }
  line += "parked " + counted(sight.waiting.parked_events, "event") + " of " + counted(sight.waiting.parked_keys, "key") + "   dead letters " +
          std::to_string(sight.waiting.dead_letters) + "   timers waiting " + std::to_string(sight.waiting.timers);
  return sight.store_up ? line : line + "   Postgres down";
}

std::string troubles_line(const Sight& sight) {
  std::string line;
  const auto add = [&](const char* whom, std::int64_t kills) {
    if (kills > 0) line += (line.empty() ? "kills: " : ", ") + std::string(whom) + " " + std::to_string(kills);
  };
  add("runtime", sight.kills);
  add("Postgres", sight.troubles.postgres_kills);
  add("Kafka", sight.troubles.kafka_kills);
  if (sight.troubles.replicas_joined > sight.troubles.replicas_left) line += (line.empty() ? "" : "   ") + std::string("two replicas");
  return line;
}

Display::Display(std::FILE* to) : to_(to), terminal_(isatty(fileno(to)) != 0) {}

void Display::erase() {
  if (terminal_ && !shown_.empty()) std::fprintf(to_, "\x1b[%zuF\x1b[J", shown_.size());
}

void Display::say(const std::string& sentence) {
  const std::lock_guard lock(mutex_);
  erase();
  std::fprintf(to_, "%s\n", sentence.c_str());
  if (terminal_) {
    for (const auto& line : shown_) std::fprintf(to_, "%s\n", line.c_str());
  }
  std::fflush(to_);
}

void Display::show(const Board& board, const Sight& sight) {
  const auto lines = table(board, sight);
  const std::lock_guard lock(mutex_);
  if (terminal_) {
    erase();
    shown_ = lines;
    for (const auto& line : lines) std::fprintf(to_, "%s\n", line.c_str());
  } else if (sight.elapsed_ms - last_line_ms_ >= kLineEveryMs) {
    last_line_ms_ = sight.elapsed_ms;
    std::fprintf(to_, "%s: %lld completed, %lld canceled of %s", lines[0].c_str(), static_cast<long long>(board.at(Stage::kCompleted)),
                 static_cast<long long>(board.at(Stage::kCanceled)), lines[3].c_str());
    for (auto line = lines.begin() + 4; line != lines.end(); ++line) std::fprintf(to_, "   %s", line->c_str());
    std::fprintf(to_, "\n");
  }
  std::fflush(to_);
}

void Display::finish() {
  const std::lock_guard lock(mutex_);
  shown_.clear();
}

}  // namespace city
