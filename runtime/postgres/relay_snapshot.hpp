// RelaySnapshot: which transactions every session sees. Pure.
//
// Logical decoding sends a transaction as soon as its commit is on disk. Other sessions see it a moment later, when the
// committing backend has said so; with synchronous replication, when the standby has answered. An event that arrived within that
// moment would meet a database without the rows it was committed with. So the relay sends a transaction's events only once a
// snapshot sees the transaction; whoever looks after that sees it too.
//
//   auto snapshot = RelaySnapshot::parse("748:752:749,751");   // what pg_current_snapshot() says
//   snapshot->sees(750);                                       // true: what has ended stays so, however old the snapshot is
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

class RelaySnapshot {
 public:
  RelaySnapshot() = default;  // sees nothing
  static Result<RelaySnapshot> parse(std::string_view text);

  // A transaction that has committed, by the 32 bits of its number that pgoutput sends.
  bool sees(std::uint32_t xid) const;

 private:
  std::uint64_t end_ = 0;               // the first number that had not been given, or had not ended, behind all that had
  std::vector<std::uint64_t> running_;  // below it, ascending
};

}  // namespace gofuture
