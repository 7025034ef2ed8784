// Troubles: what somebody else does to the servers and to the runtime's replicas during a run. Whoever does it appends a line to
// a file when it is over; the city reads it, tells it to people and counts it for the report.
//
//   postgres-kill 1.2      Postgres was killed, and answered again after so many seconds
//   kafka-kill 6.4
//   replica-joined
//   replica-left
//   over                   nothing more comes: the city does not end before
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace city {

struct TroubleCounts {
  int postgres_kills = 0, kafka_kills = 0, replicas_joined = 0, replicas_left = 0;
  double postgres_away_s = 0, kafka_away_s = 0;  // in all
  bool over = false;
};

class Troubles {
 public:
  explicit Troubles(std::string file) : file_(std::move(file)) { counts_.over = file_.empty(); }  // no file: no troubles
  // What has come since the last time, as sentences for people.
  std::vector<std::string> news();
  const TroubleCounts& counts() const { return counts_; }

 private:
  std::string take(const std::string& line);
  std::string file_;
  std::size_t read_ = 0;  // bytes of whole lines
  TroubleCounts counts_;
};

}  // namespace city
