#include "saga/ride_tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gofuture::saga {
namespace {

const char* sql_bool(bool value) { return value ? "t" : "f"; }

// Of an array as text; NULL becomes "". No name in these tests needs an escape.
std::vector<std::string> elements(const std::optional<std::string>& array) {
  std::vector<std::string> all;
  std::string rest = array.value().substr(1, array->size() - 2);
  while (!rest.empty()) {
    std::string one = rest.substr(0, rest.find(','));
    rest.erase(0, one.size() + 1);
    if (one.front() == '"') one = one.substr(1, one.size() - 2);
    all.push_back(one == "NULL" ? "" : one);
  }
  return all;
}

}  // namespace

FakeSql::Answer RideTables::serve(const FakeSql::Statement& statement) {
  const auto says = [&](const char* words) { return statement.text.find(words) != std::string::npos; };
  const auto column = [&](std::size_t at) { return elements(statement.parameters.at(at)); };
  const std::vector<std::string> bookings = column(0);
  if (says("AS canceled")) return known(bookings);
  if (says("SELECT w.nr")) return candidates(bookings, column(5), says("a.driver_id = near.driver_id"));
  if (says("WITH picks AS")) return give(bookings, column(1));
  if (says("WITH over AS")) {
    for (const std::string& booking : column(3)) now_.marks.insert(booking);
    for (std::size_t i = 0; i < bookings.size(); ++i) end(bookings[i], column(1).at(i), column(2).at(i));
  } else {
    ADD_FAILURE() << "a statement that tests/saga/ride_tables.cpp does not know: " << statement.text;
  }
  return {};
}

FakeSql::Answer RideTables::known(const std::vector<std::string>& bookings) const {
  FakeSql::Answer answer{{"canceled", "assigned", "few"}, {}, -1, {}};
  for (const std::string& booking : bookings) {
    bool assigned = false;
    for (const auto& [who, ended_by] : now_.assignments) assigned = assigned || (who.first == booking && ended_by != "rejected");
    answer.rows.push_back({sql_bool(now_.marks.contains(booking)), sql_bool(assigned), "t"});
  }
  return answer;
}

// Who is nearest does not matter here: those who are free, in their order.
FakeSql::Answer RideTables::candidates(const std::vector<std::string>& bookings, const std::vector<std::string>& refused, bool spares_rejecters) const {
  FakeSql::Answer answer{{"nr", "driver_id", "metres"}, {}, -1, {}};
  for (std::size_t i = 0; i < bookings.size(); ++i)
    for (const auto& [driver, carries] : now_.drivers)
      if (carries.empty() && !(spares_rejecters && now_.assignments.contains({bookings[i], driver})) &&
          std::find(refused.begin(), refused.end(), driver) == refused.end())
        answer.rows.push_back({std::to_string(i + 1), driver, "300"});
  return answer;
}

FakeSql::Answer RideTables::give(const std::vector<std::string>& bookings, const std::vector<std::string>& drivers) {
  FakeSql::Answer answer{{"driver_id", "distance_m"}, {}, -1, {}};
  for (std::size_t i = 0; i < bookings.size(); ++i) {
    std::string& carries = now_.drivers.at(drivers.at(i));
    if (!carries.empty()) continue;
    for (const auto& [who, ended_by] : now_.assignments) {
      if (who.first != bookings[i] || (!ended_by.empty() && who.second != drivers[i])) continue;
      broke_ = std::string("duplicate key value violates unique constraint ") +
               (ended_by.empty() ? "assignments_open_booking" : "assignments_pkey");
      return {{}, {}, 0, broke_};
    }
    carries = bookings[i];
    now_.assignments[{bookings[i], drivers[i]}] = "";
    answer.rows.push_back({drivers[i], "300"});
  }
  return answer;
}

void RideTables::end(const std::string& booking, const std::string& driver, const std::string& by) {
  for (auto& [who, ended_by] : now_.assignments)
    if (who.first == booking && (driver.empty() || who.second == driver) && ended_by.empty()) ended_by = by;
  for (auto& [who, carries] : now_.drivers)
    if (carries == booking && (driver.empty() || who == driver)) carries.clear();
}

}  // namespace gofuture::saga
