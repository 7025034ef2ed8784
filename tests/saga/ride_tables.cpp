#include "saga/ride_tables.hpp"

#include <gtest/gtest.h>

namespace gofuture::saga {
namespace {

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
  if (says("ride.give_nearest(")) return give_nearest(bookings);
  if (says("ride.end_rides(")) {
    for (std::size_t i = 0; i < bookings.size(); ++i) end(bookings[i], column(1).at(i), column(2).at(i));
  } else {
    ADD_FAILURE() << "a statement that tests/saga/ride_tables.cpp does not know: " << statement.text;
  }
  return {};
}

FakeSql::Answer RideTables::give_nearest(const std::vector<std::string>& bookings) {
  FakeSql::Answer answer{{"driver_id", "distance_m", "refusal"}, {}, -1, {}};
  for (const std::string& booking : bookings) answer.rows.push_back(give_nearest(booking));
  return answer;
}

// Who is nearest does not matter here: the first who is free.
std::vector<std::optional<std::string>> RideTables::give_nearest(const std::string& booking) {
  if (now_.marks.contains(booking)) return {{}, {}, "the booking is canceled"};
  for (const auto& [who, ended_by] : now_.assignments)
    if (who.first == booking && ended_by != "rejected") return {{}, {}, "the booking has had its driver"};
  for (auto& [driver, carries] : now_.drivers) {
    if (!carries.empty() || now_.assignments.contains({booking, driver})) continue;
    carries = booking;
    now_.assignments[{booking, driver}] = "";
    return {driver, "300", {}};
  }
  return {{}, {}, {}};
}

void RideTables::end(const std::string& booking, const std::string& driver, const std::string& by) {
  if (by == "canceled") now_.marks.insert(booking);
  for (auto& [who, ended_by] : now_.assignments)
    if (who.first == booking && (driver.empty() || who.second == driver) && ended_by.empty()) ended_by = by;
  for (auto& [who, carries] : now_.drivers)
    if (carries == booking && (driver.empty() || who == driver)) carries.clear();
}

}  // namespace gofuture::saga
