// Membership: what a consumer can show of itself to a transaction. Immutable, any thread; it does not need the consumer any more.
#pragma once

#include "kafka/holders.hpp"
#include "kafka/transactions.hpp"

namespace gofuture::kafka {

class Membership {
 public:
  // Null: it is no member of its group now.
  static MembershipPtr of(rd_kafka_t* consumer);
  const rd_kafka_consumer_group_metadata_t* metadata() const { return metadata_.get(); }

 private:
  using Metadata = Holder<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy>;
  explicit Membership(Metadata metadata) : metadata_(std::move(metadata)) {}
  Metadata metadata_;
};

}  // namespace gofuture::kafka
