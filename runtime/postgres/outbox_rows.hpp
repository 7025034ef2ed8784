// OutboxRows: the emissions of one batch as rows of events_outbox, in the order in which they were emitted; those with a delay as rows
// of delayed_events, until they are due.
#pragma once

#include "pipeline/batch.hpp"
#include "postgres/connection.hpp"
#include "postgres/parameters.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

class OutboxRows {
 public:
  int queue(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);  // returns how many statements

 private:
  int queue(const StoreIdentity& identity, const Batch& batch, bool delayed, PgConnection& connection);

  ArrayOf ids_{PgType::kUuid}, keys_{PgType::kText}, types_{PgType::kText}, topics_{PgType::kText}, payloads_{PgType::kBytea},
      subjects_{PgType::kText}, times_{PgType::kText}, correlations_{PgType::kText}, causations_{PgType::kText},
      parents_{PgType::kText}, states_{PgType::kText}, hops_{PgType::kText}, delays_{PgType::kInt8};
};

}  // namespace gofuture
