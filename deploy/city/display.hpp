// What a person sees while the city runs: a small table that refreshes in place on a terminal, a plain line now and then
// otherwise. Sentences (kills, phases) scroll above it. Any thread may say something; show() is the run loop's.
#pragma once

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "board.hpp"

namespace city {

struct Sight {
  std::string phase;
  std::int64_t elapsed_ms = 0, events_per_s = 0, positions_per_s = 0, kills = 0;
  bool runtime_seen = false, runtime_up = false;
  std::int64_t lag = 0, in_flight = 0;
};

class Display {
 public:
  explicit Display(std::FILE* to);
  void say(const std::string& sentence);
  void show(const Board& board, const Sight& sight);  // at most once a second matters
  void finish();                                      // the table stays; what follows comes below it

 private:
  void erase();
  std::FILE* to_;
  bool terminal_;
  std::mutex mutex_;
  std::vector<std::string> shown_;
  std::int64_t last_line_ms_ = -1'000'000;
};

}  // namespace city
