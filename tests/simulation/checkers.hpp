// Checkers: what must always hold (DESIGN §10), told from the log, the database and the commands to the broker alone; the
// pipeline is never asked. A finding names its invariant and the place.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "simulation/history.hpp"
#include "support/fake_database.hpp"

namespace gofuture::simulation {

struct Finding {
  std::string invariant;  // "I1"
  std::string what;
};

class Checkers {
 public:
  Checkers(const Scenario& scenario, const History& history, const test::FakeDatabase& database, const test::FakeLog& log)
      : scenario_(scenario), history_(history), database_(database), log_(log) {}

  // While it runs.
  void position_wanted(const std::string& who, const Position& position, std::int64_t last_of_assignment);  // I6
  void transaction_ended();                                                                                  // I9
  void held_bytes(const std::string& who, std::size_t bytes, std::size_t bound);
  void did_not_settle(const std::string& what);                                                              // I8
  // After everything has come to rest.
  void at_the_end();

  const std::vector<Finding>& findings() const { return findings_; }
  bool found(const std::string& invariant) const;

 private:
  using Fate = Produced::Fate;

  void add(std::string invariant, std::string what);
  std::string tell(const Produced& produced) const;
  const test::DeadLetter* dead_letter(const Produced& produced) const;
  const test::InboxRow* inbox(const Uuid& event_id) const;
  bool outdated(const Produced& produced) const;
  bool ended(const Produced& produced) const;
  bool comes_again(const Produced& produced, const Position& passing) const;

  void parked_rows_and_counts();  // I3, I4
  void one_outcome_each();      // I1
  void one_outcome_of(const Uuid& event_id, const std::vector<std::size_t>& records);
  void one_outcome_by_newest();
  void effects_once();          // I2
  void order_per_key();         // I3
  void all_or_none();           // I4
  void state_is_the_replay();   // I4
  void nothing_aborted();       // I5
  void dead_letters_whole();    // I7
  void timers_fire_once();      // I1, I2

  const Scenario& scenario_;
  const History& history_;
  const test::FakeDatabase& database_;
  const test::FakeLog& log_;
  std::map<std::string, std::int64_t> epochs_;         // by key
  std::map<std::string, std::int64_t> parked_newest_;  // by key: the youngest that was ever parked
  std::vector<Finding> findings_;
};

}  // namespace gofuture::simulation
