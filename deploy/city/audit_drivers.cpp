// One driver per booking, one booking per driver at a time, no booking twice to a driver who has rejected it; positions only
// forwards, and the last one is the one that counts.
#include <algorithm>
#include <tuple>

#include "ids.hpp"
#include "story.hpp"

namespace city {
namespace {

struct Ride {
  std::int64_t from_ms, to_ms;
  const Seen* assigned;
};

// Who has let go of it by rejecting it.
std::set<std::string> rejected_by(const Stories& stories, const std::string& booking) {
  std::set<std::string> drivers;
  const auto story = stories.by_booking.find(booking);
  if (story == stories.by_booking.end()) return drivers;
  for (const auto* seen : story->second.all("DriverRejected")) drivers.insert(seen->driver_id);
  return drivers;
}

void check_trail(const Evidence& evidence, const Stories& stories, const Report& report) {
  std::map<std::string, std::string> carries;                // driver -> booking, now
  std::map<std::string, std::string> carried_by;             // booking -> driver, now
  std::map<std::string, std::set<std::string>> drivers_of;   // booking -> drivers, ever
  for (const auto& change : evidence.trail) {
    const auto where = "city.trail seq " + std::to_string(change.seq);
    if (change.what == "driver") {
      auto& booking = carries[change.key];
      if (change.was != booking) report("drivers", change.key, "let go of \"" + change.was + "\" while carrying \"" + booking + "\"", where);
      if (!change.was.empty() && !change.is.empty()) report("drivers", change.key, "was given to " + change.is + " while still with " + change.was, where);
      if (!change.was.empty() && carried_by[change.was] == change.key) carried_by[change.was].clear();
      booking = change.is;
      if (change.is.empty()) continue;
      auto& carrier = carried_by[change.is];
      if (!carrier.empty() && carrier != change.key) report("drivers", change.is, "was given to " + change.key + " while " + carrier + " still had it", where);
      carrier = change.key;
      drivers_of[change.is].insert(change.key);
    } else if (change.what == "assignment") {
      if (!change.was.empty()) report("drivers", change.key, "was taken from " + change.was + " and given to " + change.is, where);
      drivers_of[change.key].insert(change.is);
    } else if (change.what == "position") {
      report(change.was == change.is ? "doubled" : "order", change.key,
             change.was == change.is ? "the position of " + change.is + " was applied twice" : "its position went back from " + change.was + " to " + change.is, where);
    }
  }
  for (const auto& [booking, drivers] : drivers_of) {
    const auto rejected = rejected_by(stories, booking);
    const auto kept = std::count_if(drivers.begin(), drivers.end(), [&](const std::string& driver) { return !rejected.contains(driver); });
    if (kept > 1) report("drivers", booking, "was given to " + std::to_string(drivers.size()) + " drivers, among them " + *drivers.begin() + " and " + *drivers.rbegin(), "ride.drivers, ride.assignments");
  }
}

// When its driver was free again: after the trip, his rejection, or the ride's cancel.
std::int64_t end_of(const Story& story, const Seen& assigned) {
  std::int64_t end_ms = INT64_MAX;
  for (const auto* type : {"BookingTripCompleted", "DriverRejected", "BookingCanceled"}) {
    for (const auto* seen : story.all(type)) {
      if (type != std::string_view("DriverRejected") || seen->driver_id == assigned.driver_id) end_ms = std::min(end_ms, seen->told_ms);
    }
  }
  return end_ms;
}

void check_rides(const Stories& stories, const Evidence& evidence, const Report& report) {
  std::map<std::string, std::vector<Ride>> rides;
  for (const auto& [booking, story] : stories.by_booking) {
    const auto row = evidence.assignments.find(booking);
    std::set<std::string> given;
    for (const auto* seen : story.all("DriverAssigned")) {
      rides[seen->driver_id].push_back({seen->told_ms, end_of(story, *seen), seen});
      if (!given.insert(seen->driver_id).second) report("drivers", booking, "was given a second time to " + seen->driver_id, place_of(*seen));
      if (row != evidence.assignments.end() && !row->second.contains(seen->driver_id)) {
        report("drivers", booking, "the event says " + seen->driver_id + ", the row says " + *row->second.begin(), "ride.assignments");
      }
    }
  }
  for (auto& [driver, list] : rides) {
    // Of two in one millisecond the one that was over first came first: assign_driver handles an assignment, its cancel and the
    // driver's next assignment in one transaction.
    std::sort(list.begin(), list.end(), [](const Ride& a, const Ride& b) { return std::tie(a.from_ms, a.to_ms) < std::tie(b.from_ms, b.to_ms); });
    for (std::size_t i = 1; i < list.size(); ++i) {
      if (list[i].assigned->booking_id != list[i - 1].assigned->booking_id && list[i].from_ms < list[i - 1].to_ms) {
        report("drivers", driver, "got " + list[i].assigned->booking_id + " before " + list[i - 1].assigned->booking_id + " was over", place_of(*list[i].assigned));
      }
    }
  }
}

}  // namespace

void check_drivers(const Evidence& evidence, const Stories& stories, const Report& report) {
  check_trail(evidence, stories, report);
  check_rides(stories, evidence, report);
  for (const auto& [driver, booking] : evidence.drivers_not_free) report("drivers", driver, "was never freed of " + booking, "ride.drivers");
  for (const auto& [driver, last] : evidence.city.positions) {
    const auto row = evidence.driver_positions.find(driver);
    if (row == evidence.driver_positions.end()) {
      report("lost", driver, "none of its " + std::to_string(last.count) + " positions was applied", "ride.driver_positions");
    } else if (row->second != last.observed_ms) {
      report(row->second < last.observed_ms ? "lost" : "order", driver, "its last position is of " + rfc3339(last.observed_ms) + ", the table has the one of " + rfc3339(row->second), "ride.driver_positions");
    }
  }
}

}  // namespace city
