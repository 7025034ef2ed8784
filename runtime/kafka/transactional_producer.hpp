// TransactionalProducer: Transactions on librdkafka. Any error that leaves it unknown what the broker did makes it kBroken: librdkafka
// speaks the protocol of before KIP-890, where a late commit or abort could hit the next transaction of the same producer; a
// new producer has a new epoch, and what the old one still sends is refused.
//
//   auto producer = TransactionalProducer::make({.brokers = …, .transactional_id = "count_rides-city-1", .group = "count_rides"}, say);
//
// make() only checks; open() connects. The destructor of one that is in the middle of a transaction leaves it to be aborted: by the
// next open() under its name at once, else by the coordinator after timeout_ms.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "kafka/options.hpp"
#include "kafka/transactions.hpp"

namespace gofuture {

struct TransactionalProducerOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // through the allow-list
  std::string transactional_id;  // the same for each incarnation of one replica of one function, and nobody else's
  std::string group;             // whose positions it commits
  int timeout_ms = 15'000;       // an open transaction hides everything behind it from readers: at most so long
};

class TransactionalProducer : public kafka::Transactions {
 public:
  static Result<std::unique_ptr<TransactionalProducer>> make(TransactionalProducerOptions options, kafka::Say say);
  ~TransactionalProducer() override;

  Result<Done> open() override;
  kafka::Step begin() override;
  kafka::Step produce(const OutgoingRecord& record) override;
  kafka::Step add_positions(const kafka::Offsets& positions, const kafka::Membership& member) override;
  kafka::Step commit() override;
  kafka::Step abort() override;
  Result<kafka::Offsets> committed(const std::vector<kafka::Where>& partitions) override;

 private:
  struct Clients;
  explicit TransactionalProducer(std::unique_ptr<Clients> clients);
  std::unique_ptr<Clients> clients_;
};

}  // namespace gofuture
