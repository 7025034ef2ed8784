// Pipeline::Machine: the state behind pipeline.hpp. Split over five files: intake.cpp (partitions and records in, positions out),
// machine.cpp (batches out to the ports, answers back in), machine_rounds.cpp (commits of a store that owns the offsets),
// parking.cpp (what waits with the store and comes back when due) and catch_up.cpp (how far this replica has come, which is what
// timers wait for).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "pipeline/admission.hpp"
#include "pipeline/company.hpp"
#include "pipeline/lanes.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/positions.hpp"
#include "pipeline/rounds.hpp"
#include "pipeline/state_cache.hpp"

namespace gofuture {

class Pipeline::Machine {
 public:
  Machine(const Plan& plan, Ports ports);

  // intake.cpp
  void assigned(const std::vector<Position>& positions);
  void records(std::vector<Record> records);
  void revoked(const std::vector<TopicPartition>& partitions);
  void lost(const std::vector<TopicPartition>& partitions);
  void end_reached(TopicPartition at, std::int64_t offset);
  bool wants_records() const;
  void regulate();           // pause or resume partitions by what waits
  void commit_positions();
  void finish_revocations();
  std::optional<std::int64_t> next_intake_wakeup() const;

  // catch_up.cpp
  void catch_up(const Claimed& claimed);               // asks where the logs end
  std::optional<CaughtUp> caught_up();                 // what can be told the store now

  // machine.cpp
  void answer(Answer answer);
  void dispatch();
  std::optional<std::int64_t> next_dispatch_wakeup() const;

  // parking.cpp
  void claim();              // asks the store for what is due
  std::optional<std::int64_t> next_claim() const;

  Probe::Gauges gauges() const;
  bool idle() const { return in_flight_ == 0; }

  bool stopped = false;
  std::optional<std::string> halted;

 private:
  struct Partition {
    Partition(std::int64_t start, std::uint32_t number) : positions(start), assignment(number) {}
    PartitionPositions positions;
    std::uint32_t assignment;
    std::size_t in_flight = 0;  // events in batches
    std::int64_t end = -1;      // it has been read up to here, and that was the end then
    bool draining = false;
  };
  struct Revocation {
    std::vector<TopicPartition> partitions;
    std::int64_t deadline_ms;
  };
  struct Postponed {  // a batch whose store could not be reached
    BatchPtr batch;
    std::int64_t due_ms;
    bool load;        // else commit
  };

  // machine_rounds.cpp: only where traits_.owns_offsets
  bool round_over() const;
  void start_round(std::int64_t now_ms);
  void gather_round();
  void commit_round();
  void commit_with_positions(BatchPtr batch, std::map<TopicPartition, std::int64_t> positions);
  void commit_idle_positions();
  std::optional<std::int64_t> next_idle_commit() const;
  void note_committed(const std::vector<Position>& positions);

  void answered(Loaded loaded);
  void answered(Handled handled);
  void answered(Committed committed);
  void answered(Claimed claimed);
  void answered(Ends ends);
  void send_to_load(BatchPtr batch);
  void send_to_handlers(BatchPtr batch);
  void send_to_commit(BatchPtr batch);
  void postpone(BatchPtr batch, bool load, const std::string& why);
  void commit_ready();
  bool waits_for_company(std::optional<std::int64_t> until_ms);  // notes when to look again
  void after_commit(Batch& batch);
  void after_rerun(BatchPtr batch);
  void after_refusal(BatchPtr batch, const std::string& why);
  void end(EventPtr event);                       // its outcome is durable
  void leave_flight(const Event& event);
  void hold(Event& event);                        // for `retry` and `later` without a store that parks: not before its backoff
  void judge_failures(Batch& batch);              // attempts used up: dead; else when the next one is
  void judge_later(Event& event);                 // feeds the breaker; where it counts, the outcome becomes retry
  void tell_breaker(const Event& event, Breakers::Change change);
  bool may_dispatch(std::int64_t now_ms);         // false: a breaker is open, and no probe is due
  bool hold_behind_parked(Batch& batch) const;    // true when nothing of it is left to be handled
  void hold_behind_failed(Batch& batch) const;
  void expect_due(std::int64_t wait_ms);          // something will be due then
  void drop_due(const Event& event);              // the store has it, or it has ended
  bool gone(const Event& event);                  // its partition has been given away
  void give_back(Batch& batch);                   // what has not ended goes to the front of its lanes; keys are released
  std::vector<EventPtr> returning(std::vector<EventPtr> events);
  void put_back(std::vector<EventPtr> events);     // to the front of their lanes
  Partition* current(const Event& event);         // null when its partition has been reassigned since

  const Plan& plan_;
  Ports ports_;
  const StoreTraits traits_;
  const bool loads_;                              // batches need their keys' rows before they are handled
  Admission admission_;
  Rounds rounds_;                                 // owns_offsets: what waits for its round; lanes hold the round that is on its way
  Lanes lanes_;
  StateCache cache_;

  std::map<TopicPartition, Partition> partitions_;
  std::vector<Revocation> revocations_;
  std::uint32_t assignments_ = 0;

  Company to_dispatch_, to_commit_;
  std::optional<std::int64_t> company_due_ms_;    // something ready waits until then for company
  std::deque<BatchPtr> handled_;                  // wait for a committer
  std::vector<Postponed> postponed_;
  std::size_t handling_ = 0;                      // batches that are being loaded or handled
  std::size_t committing_ = 0;
  std::size_t in_flight_ = 0;                     // events in batches
  std::size_t bytes_ = 0;                         // of events waiting and in flight
  bool sparse_ = false;                           // of what was polled last, most was not for this function
  std::size_t round_events_ = 0;                  // how many the round began with
  std::uint64_t batches_ = 0;
  std::uint32_t store_failures_ = 0;              // in a row

  std::unordered_set<std::int64_t> in_hand_parked_, in_hand_timers_;  // due events that are in lanes or batches
  bool claiming_ = false;
  std::size_t claim_bytes_ = 0;                   // that the claim under way may bring
  std::int64_t claimed_ms_ = 0, next_claim_ms_ = 0;    // the last claim, and the next
  std::int64_t parked_events_ = 0, parked_bytes_ = 0;  // as the store last said
  bool told_parked_full_ = false;

  struct CatchUp {                                // for functions with timers, one at a time
    std::int64_t time_us = 0;
    std::map<TopicPartition, std::uint32_t> assignments;  // which were asked about, by their assignment then
    std::vector<Position> ends;                   // empty: the answer is not here yet
  };
  std::optional<CatchUp> catching_up_;
  std::int64_t caught_up_us_ = 0;                 // the newest time that was asked about

  Breakers breakers_;
  std::uint64_t breakers_told_ = ~0ULL, breakers_telling_ = 0;  // changes that the store knows of, and hears of now
  bool told_half_retention_ = false;

  bool paused_ = false;
  std::int64_t full_since_ms_ = 0;                // 0: not full
  std::int64_t last_commit_ms_ = 0;
  std::int64_t progress_ms_ = 0;

#if defined(GOFUTURE_PLANT_LOSE) || defined(GOFUTURE_PLANT_REORDER)
  std::uint64_t planted_ = 0, planted_until_ = 0;
  EventPtr planted_late_;
#endif
};

}  // namespace gofuture
