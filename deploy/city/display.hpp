// What a person sees while the city runs: a small table that refreshes in place on a terminal, a plain line now and then
// otherwise. Sentences (kills, phases) scroll above it. Any thread may say something; show() is the run loop's.
//
//    12.3 s  running
//        ordered    created     paying       paid  searching   assigned    arrived     riding money back  completed   canceled
//              1          0          3          1          0         14          9         27          0        163         11
//   229 rides   171 events/s   119 positions/s   created to assigned: p50 96 ms, p99 610 ms
//   lag 4   in flight 2   retries 9   parked 3 events of 2 keys   dead letters 0   timers waiting 5
//   kills: runtime 2, Postgres 1   two replicas
#pragma once

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "board.hpp"
#include "store_view.hpp"
#include "troubles.hpp"

namespace city {

struct Sight {
  std::string phase;
  std::int64_t elapsed_ms = 0, events_per_s = 0, positions_per_s = 0, kills = 0;
  bool runtime_seen = false, runtime_up = false, store_up = true;
  std::int64_t lag = 0, in_flight = 0, retries = 0;
  Waiting waiting;
  TroubleCounts troubles;
};
std::string work_line(const Sight& sight);      // lag, retries, what waits
std::string troubles_line(const Sight& sight);  // empty: none so far

class Display {
 public:
  explicit Display(std::FILE* to);
  bool is_terminal() const { return terminal_; }
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
