// The SQL of the commit transaction: one statement per table and batch, prepared once per connection. Arrays go in, so a batch
// of 500 costs the round trips of one.
//
// Every statement that locks rows does so in one order (inbox by bucket and id, then keys by text), so that batches that meet
// wait for each other and never in a circle.
#pragma once

#include "base/result.hpp"

namespace gofuture {

class PgConnection;

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
// A function with sql fences before it handles, so what turned out to be a skip is told afterwards.
//   function, buckets[], ids[]
inline constexpr const char* kInboxSkip = "inbox_skip";

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

// The function's newest epoch and the database's clock in microseconds.        function
inline constexpr const char* kFloor = "floor";

//   source, ids[], keys[], types[], topics[], payloads[], subjects[], times[], correlations[], causations[], parents[], states[], hops[]
inline constexpr const char* kOutboxInsert = "outbox_insert";
// Headers of all rows stand one behind the other; first[] and last[] are each row's part of them (from 1).
//   function, epoch, topics[], partitions[], offsets[], redrives[], ids[], types[], state_keys[], classes[], messages[],
//   attempts[], keys[], values[], first[], last[], header_names[], header_values[], timestamps[], correlations[], name, group
inline constexpr const char* kDeadInsert = "dead_insert";

// What came of HTTP calls; never over an answer that stands for good.
//   function, calls[], scopes[], effects[], results[], statuses[], bodies[], errors[], again[]
inline constexpr const char* kCallsAnswer = "calls_answer";

}  // namespace statement

// Once per connection.
Result<Done> prepare_commit_statements(PgConnection& connection);

}  // namespace gofuture
