// The relay's replication slot and its row in relay_position, over a normal connection.
//
// A slot that was lost (too far behind for max_slot_wal_keep_size) or dropped takes with it what it had not confirmed; the rows
// are still in the table. So whoever makes a slot first leaves a *mark*: a row of relay_position that says from where the table
// has to be gone through. The mark stays until a relay has done so, and a relay that becomes active looks for it first: a crash
// at any point between finds either the mark or a table that was gone through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "postgres/pgoutput.hpp"

namespace gofuture {

class PgConnection;

struct SlotHealth {
  bool there = false;
  bool ours = false;                          // of this database, with pgoutput
  bool active = false;                        // somebody streams from it
  std::int64_t active_pid = 0;
  std::string wal_status;                     // reserved, extended, unreserved, lost
  std::optional<std::int64_t> safe_wal_size;  // bytes that may still be written before it is in danger; nothing: no limit is set
  pgoutput::Lsn confirmed = 0;
  pgoutput::Lsn wal_now = 0;

  bool lost() const { return wal_status == "lost"; }
  std::int64_t lag_bytes() const { return wal_now > confirmed ? static_cast<std::int64_t>(wal_now - confirmed) : 0; }
};
Result<SlotHealth> look_at_slot(PgConnection& connection, const std::string& slot);
Result<Done> drop_slot(PgConnection& connection, const std::string& slot);

// One at a time looks after a missing slot. Of the session: it goes with the connection.
Result<bool> try_lock_slot(PgConnection& connection, const std::string& slot);
void unlock_slot(PgConnection& connection, const std::string& slot);

// How far the relay of this slot has come; never moves back, whoever writes.
Result<Done> write_relay_position(PgConnection& connection, const std::string& slot, pgoutput::Lsn confirmed, std::int64_t seq,
                                  std::int64_t committed_us);

// To be called by everyone who makes a slot (`gofuture migrate` too): first the mark; an older one stays, it covers more. Then,
// behind the making, the look whether there is anything to go through: what is not in the table now was not there before.
Result<Done> mark_for_reemission(PgConnection& connection, const std::string& slot);
Result<Done> remove_needless_mark(PgConnection& connection, const std::string& slot);
// A table whose rows the relay carries; both number them from one sequence.
enum class Carried { kOutbox, kDeadLetters };
// The SELECT of what the mark says of one table, in the order of seq; nothing: there is no mark.
Result<std::optional<std::string>> reemission_query(PgConnection& connection, const std::string& slot, Carried table);
Result<Done> remove_reemission_mark(PgConnection& connection, const std::string& slot);

// A dead letter that its topic would not take stays in its table, with the reason. Once the cause may be gone it is written anew,
// so that it travels again as at first: through the log, the slot and the relay. How many were.
Result<Done> note_refused(PgConnection& connection, std::int64_t dead_seq, const std::string& reason);
Result<std::int64_t> offer_refused_again(PgConnection& connection, std::int64_t after_ms);
// Which of the publications are not there; empty: they all are.
Result<std::string> missing_publications(PgConnection& connection, const std::vector<std::string>& names);

}  // namespace gofuture
