// KeyRows: the `keys` rows of one batch: lock, compare with what the handlers saw, write what they changed.
//
// Owned by one committer, used batch after batch. All arrays stand in byte order of the key, which is the order of locking.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postgres/connection.hpp"
#include "postgres/parameters.hpp"
#include "postgres/ruling.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

class KeyRows {
 public:
  // The keys of events that are not decided, or that are parked or were; nobody else has looked at state.
  void collect(const StoreIdentity& identity, const Batch& batch);
  bool empty() const { return entries_.empty(); }

  void queue_lock(const StoreIdentity& identity, PgConnection& connection, bool with_state);
  // Slots take what the locked rows say; functions with sql are handled on that.
  void take_locked(const PgResult& locked, Batch& batch);
  // Remembers which rows exist, and compares them with the slots.
  void compare(const StoreIdentity& identity, const PgResult& locked, const Batch& batch);
  std::optional<std::string> fenced_by(std::int64_t epoch, const Batch& batch) const;
  bool any_moved() const { return moved_; }
  // How many events of the slot's key are parked now.
  std::int32_t parked(std::uint32_t slot) const { return parked_[slot]; }

  // The rows that have moved, with their state, for the slots.
  void queue_load_moved(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);
  void take_moved(const PgResult& loaded, Batch& batch);

  // Strictly newer applies; far ahead of the database's clock is not believed.
  void judge_newest(const StoreIdentity& identity, std::int64_t now_us, Batch& batch, Rulings& rulings);

  // Returns how many statements.
  int queue_write(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);
  // The write is durable.
  void settle(const StoreIdentity& identity, Batch& batch) const;

 private:
  struct Entry {
    std::uint32_t slot;
    bool exists = false, moved = false;
    std::int64_t epoch = 0;
  };
  void queue_write(const char* prepared, bool existing, const StoreIdentity& identity, const Batch& batch, PgConnection& connection,
                   int& statements);

  std::vector<Entry> entries_;
  std::vector<std::int32_t> parked_;  // by slot
  bool moved_ = false;
  ArrayOf keys_{PgType::kText}, newest_{PgType::kInt8}, states_{PgType::kBytea};
};

// For Store::load: the rows of every slot of these batches that is not loaded; false when there are none.
bool queue_load(const StoreIdentity& identity, const std::vector<BatchPtr>& batches, ArrayOf& keys, PgConnection& connection);
void take_loaded(const PgResult& loaded, const std::vector<BatchPtr>& batches);

}  // namespace gofuture
