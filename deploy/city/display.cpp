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

std::vector<std::string> table(const Board& board, const Sight& sight) {
  std::string names, numbers;
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    names += printed("%11s", std::string(kStages[i]).c_str());
    numbers += printed("%11lld", static_cast<long long>(board.at(static_cast<Stage>(i))));
  }
  const auto waits = board.assigned_after();
  std::string runtime = !sight.runtime_seen ? "" : sight.runtime_up ? printed("   lag %lld   in flight %lld", static_cast<long long>(sight.lag), static_cast<long long>(sight.in_flight)) : "   runtime down";
  if (sight.kills > 0) runtime += printed("   kills %lld", static_cast<long long>(sight.kills));
  return {printed("%6.1f s  %s", static_cast<double>(sight.elapsed_ms) / 1000, sight.phase.c_str()), names, numbers,
          printed("%lld rides   %lld events/s   %lld positions/s   created to assigned: p50 %lld ms, p99 %lld ms%s", static_cast<long long>(board.rides()),
                  static_cast<long long>(sight.events_per_s), static_cast<long long>(sight.positions_per_s), static_cast<long long>(waits.p50_ms),
                  static_cast<long long>(waits.p99_ms), runtime.c_str())};
}

}  // namespace

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
    std::fprintf(to_, "%s: %lld completed, %lld canceled of %s\n", lines[0].c_str(), static_cast<long long>(board.at(Stage::kCompleted)),
                 static_cast<long long>(board.at(Stage::kCanceled)), lines[3].c_str());
  }
  std::fflush(to_);
}

void Display::finish() {
  const std::lock_guard lock(mutex_);
  shown_.clear();
}

}  // namespace city
