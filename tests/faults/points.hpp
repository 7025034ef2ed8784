// Every point at which the suite kills the process, and at which passage.
#pragma once

#include <string>
#include <vector>

namespace gofuture::test {

struct Point {
  enum class At { kPipeline, kIngress };
  std::string name;
  int passage = 1;
  bool waits_for_lease = false;  // what the dead process had claimed comes when its lease has run out, and not by hand
  bool after_crash = false;      // it is passed at the start after a function's crash
  At at = At::kPipeline;         // ingress: passed when an event comes over HTTP (ingress_test.cpp)
};

inline const std::vector<Point>& points() {
  static const std::vector<Point> all = {
      {"intake.polled"},
      {"intake.admitted", 3},
      {"load.asked"},
      {"load.answered"},
      {"handler.before", 2},
      {"handler.after", 2},
      {"commit.first_round"},
      {"commit.before_sent"},
      {"commit.sent"},
      {"commit.committed"},
      {"commit.answered"},
      {"offsets.queued"},
      {"offsets.committed"},
      {"parking.before_parked"},
      {"parking.parked"},
      {"parking.claimed", 1, true},
      {"parking.before_ended"},
      {"parking.ended"},
      {"parking.kept"},
      {"timers.before_set", 2},
      {"timers.ends_known"},
      {"timers.caught_up"},
      {"timers.caught_up_written"},
      {"timers.claimed", 1, true},
      {"timers.before_fired"},
      {"timers.fired"},
      {"delayed.before_written"},
      {"delayed.moved"},
      {"journal.before_written"},
      {"journal.written"},
      {"journal.before_sent", 3},
      {"journal.answered", 3},
      {"relay.transaction_read"},
      {"relay.before_send", 2},
      {"relay.sent", 2},
      {"relay.acked", 2},
      {"relay.before_confirm"},
      {"relay.confirmed"},
      {"relay.dead_letter_sent"},
      {"strikes.before_recorded", 1, false, true},
      {"strikes.recorded", 1, false, true},
      {"strikes.file_cleared", 1, false, true},
      {"ingress.before_commit", 1, false, false, Point::At::kIngress},
      {"ingress.committed", 1, false, false, Point::At::kIngress},
  };
  return all;
}

inline std::vector<Point> points_of(Point::At at) {
  std::vector<Point> some;
  for (const Point& point : points())
    if (point.at == at) some.push_back(point);
  return some;
}

}  // namespace gofuture::test
