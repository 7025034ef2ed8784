// Transactions: one function's transactions on Kafka, one at a time: records and consumed positions become visible together, or
// never. What runtime/stream stands on; TransactionalProducer is the real one, tests put their own in its place.
//
//   transactions.open();                                     // and again whenever a step said kBroken
//   transactions.begin();
//   transactions.produce({.topic = …, .key = …});
//   transactions.add_positions({{{"rides", 3}, 42}}, *source->membership());
//   transactions.commit();                                   // or abort()
//
// One thread at a time; every call blocks, bounded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kafka/offsets.hpp"
#include "pipeline/io.hpp"

namespace gofuture::kafka {

// Who we were in our consumer group when it was asked for: group, generation, member. Positions that are added to a transaction
// under a generation that is over are refused: that is what fences a zombie.
class Membership;
using MembershipPtr = std::shared_ptr<const Membership>;

struct Step {
  enum class Kind {
    kDone,
    kRefused,  // a record can never be produced: abort. `why` says which and what to do
    kFailed,   // nothing of the transaction will ever be seen once it is aborted; try again
    kBroken,   // this producer is of no use any more: open() anew. After commit(): it may or may not have been committed
  };
  Kind kind = Kind::kDone;
  std::string why;

  bool done() const { return kind == Kind::kDone; }
};

class Transactions {
 public:
  virtual ~Transactions() = default;
  // A new producer in place of the one before. When this succeeds every earlier transaction under our name has ended: committed
  // if its commit had been asked for, else aborted; also those of a process that died.
  virtual Result<Done> open() = 0;
  virtual Step begin() = 0;
  virtual Step produce(const OutgoingRecord& record) = 0;  // copies the record
  virtual Step add_positions(const Offsets& positions, const Membership& member) = 0;
  virtual Step commit() = 0;
  virtual Step abort() = 0;
  // What the group has committed of these; a partition without is left out. Waits for transactions that are still ending.
  virtual Result<Offsets> committed(const std::vector<Where>& partitions) = 0;
};

}  // namespace gofuture::kafka
