// StreamStore: the store of a function in `kafka` mode. One transaction holds a round's outputs, dead letters, changelog and input
// positions (README.md says what that guarantees).
//
//   auto store = StreamStore::open({.plan = plan, .group = group, .transactions = …, .changelog = …,
//                                   .membership = [&] { return source->membership(); }}, answers, say);
//
// load() and commit() only queue; a thread of its own restores and commits, one thing at a time. Membership is asked for in
// commit(), on the function's thread: there the events in the batch are known to be of the generation that it tells. Destroyed
// after the pipeline's loop has ended; what is not committed by then is not committed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kafka/changelog.hpp"
#include "kafka/options.hpp"
#include "kafka/transactions.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

struct StreamStoreOptions {
  std::shared_ptr<const Plan> plan;
  std::string group;
  std::unique_ptr<kafka::Transactions> transactions;
  std::unique_ptr<Changelog> changelog;
  std::function<kafka::MembershipPtr()> membership;
};

class StreamStore : public Store {
 public:
  // Refuses a function whose state could not be kept with its partition.
  static Result<std::unique_ptr<StreamStore>> open(StreamStoreOptions options, Answers& answers, kafka::Say say);
  ~StreamStore() override;

  StoreTraits traits() const override;
  void load(BatchPtr batch) override;
  void commit(BatchPtr batch) override;

 private:
  class Worker;
  explicit StreamStore(std::unique_ptr<Worker> worker);
  std::unique_ptr<Worker> worker_;
};

}  // namespace gofuture
