// StreamCommitter: how a batch of a function in `kafka` mode becomes one transaction, and what is true after each way in which that
// can end. The store's thread drives it; tests drive it by hand.
//
//   committer.load(batch);                                    // restores what has to be, then fills in the slots
//   Committed told = committer.commit(std::move(batch), source->membership());
//
// After a commit whose answer was lost nobody knows whether it happened. The batch goes back as kUnavailable, and when it comes
// again (by its id) a new producer has ended the old one's transaction, and the group's committed positions tell: at ours, it
// happened and only the tables are brought up to date; else it did not, and the batch is committed now. Never both.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kafka/changelog.hpp"
#include "kafka/options.hpp"
#include "kafka/transactions.hpp"
#include "pipeline/plan.hpp"
#include "stream/state_tables.hpp"

namespace gofuture {

class StreamCommitter {
 public:
  // Both outlive it.
  StreamCommitter(std::shared_ptr<const Plan> plan, std::string group, kafka::Transactions& transactions, Changelog& changelog,
                  kafka::Say say);

  // Has a producer that works, and so ends what a predecessor left open, positions included: a new owner of the partitions waits
  // for those. Nothing happens when it has one.
  Result<Done> open();
  Result<Done> load(Batch& batch);
  // Null membership: this process is no member of its group now, and nothing is written.
  Committed commit(BatchPtr batch, const kafka::MembershipPtr& member);

 private:
  struct Unknown {  // a commit without an answer
    std::uint64_t batch;
    std::vector<Position> positions;
  };

  Result<Done> restore(const std::set<std::int32_t>& partitions);
  kafka::Step write(const Batch& batch, const kafka::Membership& member);
  kafka::Step write_state(const Batch& batch);
  Result<bool> has_happened();  // the unknown commit
  void take_over(const Batch& batch);  // its state is committed
  kafka::Offsets by_name(const std::vector<Position>& positions) const;

  const std::shared_ptr<const Plan> plan_;
  const std::string group_;
  kafka::Transactions& transactions_;
  Changelog& changelog_;
  const kafka::Say say_;
  const std::string changelog_topic_;
  StateTables tables_;
  bool open_ = false;
  std::optional<Unknown> unknown_;
};

}  // namespace gofuture
