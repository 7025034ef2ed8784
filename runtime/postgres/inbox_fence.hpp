// InboxFence: the inbox rows of one batch. Their insert is what makes a second effect of an event impossible: a second writer
// waits on the index and then sees that the row is there.
//
// Owned by one committer, used batch after batch: collect() -> queue_insert() -> complete()? else queue_seen() -> rule_seen().
#pragma once

#include <cstdint>
#include <vector>

#include "postgres/connection.hpp"
#include "postgres/parameters.hpp"
#include "postgres/ruling.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

class InboxFence {
 public:
  // Takes the events that are to get a row, and rules those that stand twice in this batch.
  void collect(const StoreIdentity& identity, Batch& batch, Rulings& rulings);
  bool empty() const { return rows_.empty(); }

  void queue_insert(const StoreIdentity& identity, PgConnection& connection);
  bool complete(const PgResult& inserted) const { return inserted.affected() == static_cast<std::int64_t>(rows_.size()); }

  // Which of them stood before, and with which content.
  void queue_seen(const StoreIdentity& identity, PgConnection& connection);
  // False when nothing was found: the row has gone in between.
  bool rule_seen(const PgResult& seen, Batch& batch, Rulings& rulings) const;

  // The rows of events that became something else since: skips of functions with sql, which fence before they handle; events whose
  // key was found to be parked.
  bool queue_corrections(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);

  std::vector<std::int32_t> days() const;  // buckets that are days, each once
  void rule_expired(std::int32_t day, Batch& batch, Rulings& rulings) const;

 private:
  struct Row {
    std::int32_t bucket;
    Uuid id;
    std::uint32_t event;
    std::int16_t written = 0;  // the outcome in the row
    auto operator<=>(const Row&) const = default;
  };
  void fill(const Batch& batch);

  std::vector<Row> rows_;  // in lock order
  ArrayOf buckets_{PgType::kInt4}, ids_{PgType::kUuid}, digests_{PgType::kUuid}, outcomes_{PgType::kInt2}, attempts_{PgType::kInt2},
      redrives_{PgType::kInt4};
};

// For Store::load: which events have had their effect, or were found parked, before; of the batches that ask.
class InboxQuestion {
 public:
  bool queue(const StoreIdentity& identity, const std::vector<BatchPtr>& batches, PgConnection& connection);  // false: nobody asks
  void rule(const PgResult& seen) const;

 private:
  struct Asked {
    Batch* batch;
    Event* event;
  };
  std::vector<Asked> asked_;
  ArrayOf buckets_{PgType::kInt4}, ids_{PgType::kUuid};
};

}  // namespace gofuture
