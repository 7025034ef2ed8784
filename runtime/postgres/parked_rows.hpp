// ParkedRows: the `parked` rows of one batch: what waits for its next attempt with its key's followers behind it (DESIGN §6).
//
// A key's rows are added and taken away under the lock of its `keys` row, so what the first round trip finds holds until the commit:
// a due event is this batch's only while its row says what it said when it was claimed, and no older one of its key is left.
//
// Owned by one committer, used batch after batch: collect() -> queue_check() -> rule_taken() -> hold_behind() -> queue_write() -> settle().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postgres/connection.hpp"
#include "postgres/key_rows.hpp"
#include "postgres/parameters.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

class ParkedRows {
 public:
  void collect(const Batch& batch);
  bool any_due() const { return !due_.empty(); }
  void queue_check(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);
  // True: others have brought some of them on, or a timer has been set anew; their verdict says so.
  bool rule_taken(const PgResult& found, Batch& batch) const;

  // Events of parked keys go behind what is parked, and whatever a handler did about them goes. True: an event was held behind parked
  // ones that have ended meanwhile, so it has to be handled.
  static bool hold_behind(const StoreIdentity& identity, const KeyRows& keys, Batch& batch);

  // Returns how many statements.
  int queue_write(const StoreIdentity& identity, const KeyRows& keys, const Batch& batch, PgConnection& connection);
  void settle(const StoreIdentity& identity, const KeyRows& keys, Batch& batch) const;

 private:
  void sort_out(const StoreIdentity& identity, const Batch& batch);
  void add(const StoreIdentity& identity, const Event& event);
  int queue_counts(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);
  int queue_insert(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);
  int queue_keep(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);
  int queue_end(const StoreIdentity& identity, const KeyRows& keys, const Batch& batch, PgConnection& connection);

  std::vector<std::uint32_t> due_;                     // events of the batch
  std::vector<std::uint32_t> added_, kept_, ended_;    // live ones that are parked now; due ones that stay, and that end
  std::vector<std::int32_t> change_;                   // of keys.parked, by slot

  ArrayOf state_keys_{PgType::kText}, numbers_{PgType::kInt8}, attempts_{PgType::kInt4}, waits_{PgType::kInt8}, held_{PgType::kInt2},
      classes_{PgType::kText}, messages_{PgType::kText}, ids_{PgType::kUuid}, digests_{PgType::kUuid}, types_{PgType::kText},
      newest_{PgType::kInt8}, topics_{PgType::kText}, partitions_{PgType::kInt4}, offsets_{PgType::kInt8}, redrives_{PgType::kInt4},
      keys_{PgType::kBytea}, values_{PgType::kBytea}, first_{PgType::kInt4}, last_{PgType::kInt4}, header_names_{PgType::kText},
      header_values_{PgType::kBytea}, timestamps_{PgType::kInt8}, sizes_{PgType::kInt4}, correlations_{PgType::kText},
      buckets_{PgType::kInt4}, outcomes_{PgType::kInt2}, changes_{PgType::kInt4};
};

// For Store::claim: what is due, as it was claimed. `more` tells of rows that this function has no place for.
void queue_claim(const StoreIdentity& identity, const ClaimRequest& limits, PgConnection& connection);
void take_claimed(const StoreIdentity& identity, const PgResult& rows, Claimed& claimed, std::vector<std::string>& strange);

}  // namespace gofuture
