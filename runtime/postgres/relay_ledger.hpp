// RelayLedger: what the relay has sent and not yet seen acknowledged, and up to where Postgres may forget. Pure, one thread.
//
// Acknowledgements come in any order (per partition in order); a transaction counts as relayed when all its rows and all rows
// before it are acknowledged. Tokens never repeat: those of an earlier connection are passed over.
//
//   const auto token = ledger.sent(row.id, row.topic, bytes);
//   ledger.ends({.lsn = commit.end_lsn, ...});     // what was sent so far belongs to it
//   if (ledger.acked(token)) confirm(ledger.confirmed().lsn);
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "postgres/pgoutput.hpp"

namespace gofuture {

class RelayLedger {
 public:
  struct Mark {
    pgoutput::Lsn lsn = 0;          // 0: confirms nothing in the WAL (rows that were read from the table)
    std::int64_t committed_us = 0;  // since 1970; 0: no transaction with rows
    std::int64_t seq = 0;           // the highest of its rows
  };
  struct Note {
    Uuid id;
    const std::string* topic = nullptr;
    std::uint32_t bytes = 0;
    bool acked = false;
    std::int64_t dead_seq = 0;      // of a dead letter: its number; 0: an outbox row
  };

  std::uint64_t sent(const Uuid& id, std::string_view topic, std::size_t bytes, std::int64_t dead_seq = 0);
  void ends(const Mark& mark);
  // True when more is confirmed than before.
  bool acked(std::uint64_t token);
  // A new connection: what was sent before will be sent again.
  void restart();

  const Mark& confirmed() const { return confirmed_; }  // the highest of each field
  std::size_t outstanding_rows() const { return notes_.size(); }
  std::size_t outstanding_bytes() const { return bytes_; }
  bool clear() const { return notes_.empty() && marks_.empty(); }
  const Note* find(std::uint64_t token) const;  // nullptr: of an earlier connection
  pgoutput::Lsn end_of(std::uint64_t token) const;  // where the row's transaction ends; 0: not yet known

 private:
  struct Ending {
    std::uint64_t upto = 0;  // the first token behind it
    Mark mark;
  };
  bool settle();

  std::deque<Note> notes_;  // the first is token first_
  std::uint64_t first_ = 1, next_ = 1;
  std::size_t bytes_ = 0;
  std::deque<Ending> marks_;
  Mark confirmed_;
  std::set<std::string, std::less<>> topics_;  // few, and their addresses are stable
};

}  // namespace gofuture
