// StoreView: what waits with the runtime's store, counted in Postgres: parked events and their keys, timers, and this run's dead
// letters. Each count is of a queue, or of what an index finds since the run began, and is made once a second at most. While
// Postgres is away it keeps what it saw. One thread, which lends its connection.
#pragma once

#include <cstdint>

#include "database.hpp"

namespace city {

struct Waiting {
  std::int64_t parked_events = 0, parked_keys = 0, dead_letters = 0, timers = 0;
};

class StoreView {
 public:
  explicit StoreView(Database& db);  // what is dead already is none of ours
  bool look();                       // false: Postgres does not answer
  void look_again() { looked_ms_ = -1'000'000; }  // the next look() counts, however soon it comes
  const Waiting& waiting() const { return waiting_; }
  std::int64_t parked_highest() const { return highest_; }

 private:
  Database& db_;
  std::string first_seq_;
  Waiting waiting_;
  std::int64_t highest_ = 0, looked_ms_ = -1'000'000;
  bool answers_ = true;
};

}  // namespace city
