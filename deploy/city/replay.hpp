// Replay: a recorded day of a real fleet (epoch_s,cab,lat,lon,occupied; sorted by time; plain or gzip), played at a multiple of
// its speed. Every row is a position; occupied 0->1 is a booking at that place, 1->0 the end of that booking's trip.
// One thread; reads the file as it goes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "fleet.hpp"

namespace city {

struct Ping {
  std::int64_t epoch_s = 0;
  std::string cab;
  Place at;
  bool occupied = false;
};

class Replay {
 public:
  struct Listener {
    std::function<void(const Ping&)> position;
    std::function<void(const Ping&)> picked_up, set_down;
  };
  // `day` counts the UTC days in the file from 1.
  Replay(const std::string& path, int day, double speed);
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // All pings up to this moment of the run. False: the day is over.
  bool play(std::int64_t since_start_ms, const Listener& listener);
  std::int64_t day_length_ms() const;  // of wall time

 private:
  bool next();
  void* file_;
  std::string path_;
  double speed_;
  std::int64_t day_ = 0, line_ = 0;
  Ping ping_;
  bool have_ = false;
  std::unordered_map<std::string, bool> occupied_;
};

}  // namespace city
