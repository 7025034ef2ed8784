// RideTables: what assign_driver's statements do, in memory: a model of its tables with the same rules, behind the fake SQL service.
// It knows a statement by the table and the words in it; one that it does not know fails the test. What the real statements do
// on a real Postgres is tests/integration/functions_sql_test.cpp.
#pragma once

#include <gofuture/testing/fake_services.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gofuture::saga {

struct RideRows {
  std::map<std::string, std::string> drivers;                                // driver -> booking; empty: free
  std::map<std::pair<std::string, std::string>, std::string> assignments;    // (booking, driver) -> ended_by; empty: open
  std::set<std::string> marks;                                               // canceled bookings
};

class RideTables {
 public:
  FakeSql::Answer serve(const FakeSql::Statement& statement);
  void add_driver(const std::string& driver) { now_.drivers[driver]; }

  const RideRows& rows() const { return now_; }
  void roll_back_to(RideRows before) { now_ = std::move(before); }
  const std::string& broke() const { return broke_; }  // the constraint that a statement ran into; empty: none did

 private:
  FakeSql::Answer known(const std::vector<std::string>& bookings) const;
  FakeSql::Answer candidates(const std::vector<std::string>& bookings, const std::vector<std::string>& refused, bool spares_rejecters) const;
  FakeSql::Answer give(const std::vector<std::string>& bookings, const std::vector<std::string>& drivers);
  void end(const std::string& booking, const std::string& driver, const std::string& by);

  RideRows now_;
  std::string broke_;
};

}  // namespace gofuture::saga
