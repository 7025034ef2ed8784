#include "saga/ride_tables.hpp"

#include <gtest/gtest.h>

namespace gofuture::saga {
namespace {

const char* sql_bool(bool value) { return value ? "t" : "f"; }

}  // namespace

FakeSql::Answer RideTables::serve(const FakeSql::Statement& statement) {
  const auto says = [&](const char* words) { return statement.text.find(words) != std::string::npos; };
  const std::string booking = statement.parameters.at(0).value();
  if (says("AS canceled")) return known(booking);
  if (says("WITH nearest AS")) return give(booking, says("NOT EXISTS (SELECT FROM ride.assignments"));
  if (says("ended_by = 'rejected'")) {
    end(booking, statement.parameters.at(1).value(), "rejected");
  } else if (says("INSERT INTO ride.canceled_bookings")) {
    now_.marks.insert(booking);
    end(booking, "", "canceled");
  } else if (says("ended_by = 'completed'")) {
    end(booking, "", "completed");
  } else {
    ADD_FAILURE() << "a statement that tests/saga/ride_tables.cpp does not know: " << statement.text;
  }
  return {};
}

FakeSql::Answer RideTables::known(const std::string& booking) const {
  bool assigned = false;
  for (const auto& [who, ended_by] : now_.assignments) assigned = assigned || (who.first == booking && ended_by != "rejected");
  return {{"canceled", "assigned", "few"}, {{sql_bool(now_.marks.contains(booking)), sql_bool(assigned), "t"}}, -1, {}};
}

// Who is nearest does not matter here: the first who is free.
FakeSql::Answer RideTables::give(const std::string& booking, bool spares_rejecters) {
  for (auto& [driver, carries] : now_.drivers) {
    if (!carries.empty() || (spares_rejecters && now_.assignments.contains({booking, driver}))) continue;
    for (const auto& [who, ended_by] : now_.assignments) {
      if (who.first != booking || (!ended_by.empty() && who.second != driver)) continue;
      broke_ = std::string("duplicate key value violates unique constraint ") +
               (ended_by.empty() ? "assignments_open_booking" : "assignments_pkey");
      return {{}, {}, 0, broke_};
    }
    carries = booking;
    now_.assignments[{booking, driver}] = "";
    return {{"driver_id", "distance_m"}, {{driver, "300"}}, -1, {}};
  }
  return {{"driver_id", "distance_m"}, {}, -1, {}};
}

void RideTables::end(const std::string& booking, const std::string& driver, const std::string& by) {
  for (auto& [who, ended_by] : now_.assignments)
    if (who.first == booking && (driver.empty() || who.second == driver) && ended_by.empty()) ended_by = by;
  for (auto& [who, carries] : now_.drivers)
    if (carries == booking && (driver.empty() || who == driver)) carries.clear();
}

}  // namespace gofuture::saga
