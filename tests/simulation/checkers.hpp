// Checkers: what must always hold (DESIGN §10), told from the log, the database and the commands to the broker alone; the
// pipeline is never asked. A finding names its invariant and the place.
#pragma once

#include <map>
#include <set>
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
  void transaction_ended();                                                                                  // I3, I4, I7, I9
  void held_bytes(const std::string& who, std::size_t bytes, std::size_t bound);
  void did_not_settle(const std::string& what);                                                              // I8
  // After everything has come to rest.
  void at_the_end(const std::map<std::string, std::uint32_t>& deliveries);  // to handlers, by ce_id

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
  void nothing_overtakes();       // I3
  void answers_before_deadlines();  // I3
  void the_dead_hold();           // I3
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
  void attempts_counted(const std::map<std::string, std::uint32_t>& deliveries);  // I7

  const Scenario& scenario_;
  const History& history_;
  const test::FakeDatabase& database_;
  const test::FakeLog& log_;
  std::map<std::string, std::int64_t> epochs_;         // by key
  std::map<std::string, std::int64_t> parked_newest_;  // by key: the youngest that was ever parked
  std::map<std::string, std::int64_t> heads_;          // by key: the oldest that is parked
  std::map<std::string, std::int64_t> timers_due_us_;  // by the event that set it
  std::size_t outbox_seen_ = 0;                        // rows of earlier transactions
  std::set<test::FakeDatabase::DeadKey> dead_seen_;
  std::vector<Finding> findings_;
};

}  // namespace gofuture::simulation
