// FakeDatabase: the tables of the postgres mode in memory, with the commit transaction of DESIGN §4 as one atomic step. Shared
// by all FakeStores of a test, as replicas share a Postgres. One thread.
//
// attempt() is the transaction: inbox insert, keys compare, (the handlers, for sql functions,) write. It answers what a
// PostgresStore must answer; when it does not answer kCommitted it has written nothing.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"
#include "support/database_rows.hpp"
#include "support/manual_clock.hpp"

namespace gofuture::test {

class FakeDatabase {
 public:
  // Bugs that a store could have, for proving that the checkers see them.
  enum class Plant {
    kNone,
    kTear,            // effects are written, the inbox row is not
    kTearState,       // inbox and outbox are written, the state is not
    kAbortedVisible,  // outbox rows of a transaction that was rolled back stay
    kNoFence,         // the inbox does not refuse what it has seen
    kOvertakes,       // events of a parked key take effect before what is parked
    kTimerOvertakes,  // so do its timers
    kDoesNotHold,     // on_dead = "hold": what stands behind a dead event goes on
    kLosesFollowers,  // with a parked event that dies goes what stands behind it
    kTakenAnyway,     // a due event is ended although another replica has ended it
    kTimerTwice,      // so is a timer
    kCountsTwice,     // the first attempt of a parked event counts for two
    kForgetsAttempt,  // the further ones do not count
    kMiscounts,       // keys.parked is not lowered when a parked event ends
    kTearParked,      // a parked row is written, its inbox row is not
    kEpochBack,       // an old epoch may park, and writes itself into the key's row
    kLosesHeader,     // a parked record comes back without one of its headers
  };

  struct Request {
    const Plan& plan;
    std::int64_t epoch = 1;
    Inside* inside = nullptr;
    // Why the data of this event cannot be written (checked for events with effects); nothing: it can.
    std::function<std::optional<std::string>(const Event&)> refuses;
    Plant plant = Plant::kNone;
    // A store may decide by itself what a verdict means, take the effects of such events out and go on in the same transaction
    // (PostgresStore does where it can); or leave both to the pipeline and answer kRerun.
    bool decides = false;
  };
  struct Reply {
    CommitStatus status = CommitStatus::kCommitted;
    std::string message;
  };

  Reply attempt(Batch& batch, const Request& request);
  Claimed claim(const Plan& plan, const ClaimRequest& limits, Plant plant = Plant::kNone);
  // gofuture.release_key(): what a dead letter holds of this key goes on. Returns how many held rows there were.
  int release_key(const std::string& function, const std::string& key);
  void load(Batch& batch, const std::string& function) const;
  Journal::Found open_call(const std::string& function, const JournaledCall& call);
  void write_calls(const std::string& function, const Event& event);  // what a commit of this event writes of them

  // --- what tests read and arrange
  using InboxKey = std::pair<std::string, Uuid>;                                                       // function, event
  using KeyKey = std::pair<std::string, std::string>;                                                  // function, state key
  using DeadKey = std::tuple<std::string, std::string, std::int32_t, std::int64_t, std::int32_t>;      // …, topic, partition, offset, redrive
  std::map<InboxKey, InboxRow> inbox;
  std::map<KeyKey, StoredKey> keys;
  std::vector<OutboxRow> outbox;  // in commit order
  std::map<DeadKey, DeadLetter> dead_letters;
  using ParkedKey = std::pair<std::string, std::int64_t>;                                              // function, number
  std::map<ParkedKey, ParkedRow> parked;
  using TimerKey = std::tuple<std::string, std::string, std::string>;                                  // function, state key, name
  std::map<TimerKey, TimerRow> timers;
  std::map<std::pair<std::string, TopicPartition>, std::int64_t> caught_up;                            // microseconds
  std::vector<std::pair<std::int64_t, OutboxRow>> delayed;                                             // due (us), row
  std::size_t partitions_in_all = 0;           // that must be caught up before a timer fires; 0: what the catalogue says
  std::optional<std::int64_t> sent_until_us;   // how far the relay has come; nothing: it is never behind
  using CallKey = std::tuple<std::string, std::string, std::string, std::string>;                      // function, scope, call, effect
  std::map<CallKey, StoredCall> calls;
  std::map<std::string, std::int64_t> floors;  // newest epoch by function
  std::set<std::int64_t> dropped_days;         // inbox days, in days since 1970
  std::set<std::uint64_t> committed;           // transactions
  std::int64_t now_us = kTestEpochMs * 1000;
  std::uint64_t transactions = 0;              // begun
  std::int64_t parked_numbers = 0, timer_numbers = 0;  // given out

 private:
  struct Work;  // one transaction

  static void rule(Work& work, Event& event, Verdict verdict);
  bool insert_inbox(Work& work) const;
  std::optional<Reply> compare_keys(Work& work) const;
  bool judge_newest(Work& work) const;
  bool find_taken(Work& work) const;
  bool fenced_out(const Work& work, std::int64_t epoch) const;
  bool find_taken_timers(Work& work) const;
  void write_timers(const Work& work);
  void claim_timers(const Plan& plan, const ClaimRequest& request, Plant plant, Claimed& claimed);
  void move_delayed();
  static void hold_slot(Work& work, std::uint32_t slot, const KeyRow& fresh);
  bool settle_behind_parked(Work& work) const;
  std::optional<Reply> find_refusal(const Work& work) const;
  void write(Work& work);
  void write_outbox(const Work& work);
  void write_dead(const Work& work, const Event& event);
  void write_parked(const Work& work);
  void append_parked(const Work& work, const Event& event);
  std::int64_t oldest(const std::string& function, const std::string& key) const;
  ParkedRow* head_of(const std::string& function, const std::string& key);
  static KeyRow row_of(const StoredKey& stored);
  KeyRow row(const std::string& function, const std::string& key) const;
};

}  // namespace gofuture::test
