// ProduceStore: the store of an at_least_once function: no database, no state. A commit produces every emission and,
// for what was rejected, a dead letter, and is committed when the brokers have acknowledged all of them; only then does
// the offset move. After a crash a batch is handled again and emits the same ids, so readers can drop the repeat.
//
//   auto store = ProduceStore::open({.sink = …, .plan = plan, .group = group}, answers, say);
//
// commit() only queues: a thread of its own sends, because the sink blocks while its queue is full and the pipeline's
// thread must never wait. Answers come from the sink's thread. Destroyed after the pipeline's loop has ended.
#pragma once

#include <memory>
#include <string>

#include "kafka/sink.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

struct ProduceStoreOptions {
  SinkOptions sink;
  std::shared_ptr<const Plan> plan;
  std::string group;  // named in dead letters
};

class ProduceStore : public Store {
 public:
  static Result<std::unique_ptr<ProduceStore>> open(ProduceStoreOptions options, Answers& answers, kafka::Say say);
  ~ProduceStore() override;

  StoreTraits traits() const override;
  void load(BatchPtr batch) override;
  void commit(BatchPtr batch) override;

  KafkaSink& sink();

 private:
  class Sender;
  explicit ProduceStore(std::unique_ptr<Sender> sender);
  std::unique_ptr<Sender> sender_;
};

}  // namespace gofuture
