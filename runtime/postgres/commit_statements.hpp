// The SQL of the commit transaction: one statement per table and batch, which a connection prepares when it first uses it. Arrays go
// in, so a batch of 500 costs the round trips of one.
//
// Every statement that locks rows does so in one order (inbox by bucket and id, then keys by text), so that batches that meet
// wait for each other and never in a circle.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gofuture {

// Under these settings each statement is planned once and goes by index. Postgres makes the plan when the tables may still be empty, where
// reading them whole looks as cheap.
inline constexpr std::pair<const char*, const char*> kPlansByIndex[] = {
    {"plan_cache_mode", "force_generic_plan"}, {"enable_seqscan", "off"}, {"enable_hashjoin", "off"}, {"enable_mergejoin", "off"}};
// For a session of ours alone: the SET commands, each behind a semicolon.
std::string and_plans_by_index();

namespace statement {

inline constexpr const char* kBegin = "begin";
inline constexpr const char* kCommit = "commit";
inline constexpr const char* kRollback = "rollback";

// The fence. Fewer rows than were offered: somebody has been here; kInboxSeen tells which.
//   function, epoch, buckets[], ids[], digests[], outcomes[], attempts[], redrives[]
inline constexpr const char* kInboxInsert = "inbox_insert";
// Those of these events that stood before this transaction: ordinal, digest.
//   function, buckets[], ids[]
inline constexpr const char* kInboxSeen = "inbox_seen";
// The row was written before it was known what becomes of the event.
//   function, buckets[], ids[], outcomes[]
inline constexpr const char* kInboxCorrect = "inbox_correct";
// The end of events that were parked.                        function, epoch, buckets[], ids[], outcomes[], attempts[]
inline constexpr const char* kInboxEnd = "inbox_end";

// ordinal, version, epoch, newest_us, parked of the rows that exist, locked.   function, keys[]
inline constexpr const char* kKeysLock = "keys_lock";
// The same and the state.                                                      function, keys[]
inline constexpr const char* kKeysLockLoad = "keys_lock_load";
// The same, not locked.                                                        function, keys[]
inline constexpr const char* kKeysLoad = "keys_load";
// Of rows that this transaction has locked.                                    function, epoch, keys[], newest[], states[]
inline constexpr const char* kKeysUpdate = "keys_update";
// Of keys without a row: fails on the primary key when another was quicker.    function, epoch, keys[], newest[], states[]
inline constexpr const char* kKeysInsert = "keys_insert";

// By how much the number of a key's parked rows changes; the row is made where there is none.  function, epoch, keys[], changes[]
inline constexpr const char* kKeysPark = "keys_park";
inline constexpr const char* kKeysParkNewest = "keys_park_newest";  // at most one
// Stateless keys of which nothing is parked any more.                          function, keys[]
inline constexpr const char* kKeysDrop = "keys_drop";

// Due events: ordinal and the key's oldest number, of those whose row is as it was.   function, keys[], numbers[], attempts[]
inline constexpr const char* kParkedCheck = "parked_check";
//   function, keys[], waits[], held[], attempts[], classes[], messages[], ids[], digests[], types[], newest[], topics[], partitions[],
//   offsets[], redrives[], record keys[], values[], first[], last[], header_names[], header_values[], timestamps[], sizes[], correlations[]
inline constexpr const char* kParkedInsert = "parked_insert";
inline constexpr const char* kParkedInsertNewest = "parked_insert_newest";  // unless there is one, which is younger then
inline constexpr const char* kParkedSupersede = "parked_supersede";         // function, keys[], newest[]: older ones go
// They stay: when again (null: they hold their key).    function, keys[], numbers[], waits[], held[], attempts[], classes[], messages[]
inline constexpr const char* kParkedKeep = "parked_keep";
inline constexpr const char* kParkedDelete = "parked_delete";               // function, keys[], numbers[]
inline constexpr const char* kParkedNext = "parked_next";                   // function, keys[]: what is oldest now is due
// A statement of its own: what is due, for the lease, with what follows it.   function, keys, bytes, lease, followers, instance
inline constexpr const char* kParkedClaim = "parked_claim";
// How many, how many bytes, and how long until the next is due (ms; null: none waits).   function
inline constexpr const char* kParkedTotals = "parked_totals";

// Due timers whose row is as it was claimed, locked: ordinal.                  function, keys[], numbers[]
inline constexpr const char* kTimersCheck = "timers_check";
inline constexpr const char* kTimersDelete = "timers_delete";               // function, keys[], numbers[]
inline constexpr const char* kTimersCancel = "timers_cancel";               // function, keys[], names[]
// Set, or set anew under another number.
//   function, keys[], names[], dues[] (ms since 1970, or null), afters[] (ms from now, or null), topics[], partitions[], correlations[], causations[], parents[], states[], hops[]
inline constexpr const char* kTimersSet = "timers_set";
// Statements of their own. Timers that are due, none of whose key is parked, up to the time that all partitions have passed; what
// this replica has passed (us); delayed events whose time has come go into the outbox.
inline constexpr const char* kTimersClaim = "timers_claim";                 // function, most, lease, topics[], partitions in all, instance
inline constexpr const char* kCaughtUp = "caught_up";                       // function, time, topics[], partitions[]
inline constexpr const char* kDelayedInsert = "delayed_insert";             // as outbox_insert, and delays[] (ms)
inline constexpr const char* kDelayedMove = "delayed_move";
// The open breakers of this process, in place of those before.   function, instance, dependencies[], open_for[] (ms), reasons[]
inline constexpr const char* kBreakers = "breakers";
// The clock (us), the WAL's end, and whether this slot has confirmed a position.   slot, position
inline constexpr const char* kSentMark = "sent_mark";

// The function's newest epoch and the database's clock in microseconds.        function
inline constexpr const char* kFloor = "floor";

//   source, ids[], keys[], types[], topics[], payloads[], subjects[], times[], correlations[], causations[], parents[], states[], hops[]
inline constexpr const char* kOutboxInsert = "outbox_insert";
// Headers of all rows stand one behind the other; first[] and last[] are each row's part of them (from 1).
//   function, epoch, topics[], partitions[], offsets[], redrives[], ids[], types[], state_keys[], classes[], messages[],
//   attempts[], keys[], values[], first[], last[], header_names[], header_values[], timestamps[], correlations[], name, group
inline constexpr const char* kDeadInsert = "dead_insert";
// Strikes of events whose outcome, attempts included, stands now.             function, ids[]
inline constexpr const char* kStrikesDelete = "strikes_delete";

// What came of HTTP calls; never over an answer that stands for good.
//   function, calls[], scopes[], effects[], results[], statuses[], bodies[], errors[], again[]
inline constexpr const char* kCallsAnswer = "calls_answer";

}  // namespace statement

// What they say, for PgConnection::declare().
std::vector<std::pair<const char*, std::string>> commit_statements();

}  // namespace gofuture
