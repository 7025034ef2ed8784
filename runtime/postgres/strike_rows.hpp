// StrikeRows: deletes the strikes of one batch's events in its commit, for the outcome that becomes durable carries the attempts;
// so does the row of an event that is parked.
#pragma once

#include "pipeline/batch.hpp"
#include "postgres/connection.hpp"
#include "postgres/parameters.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

class StrikeRows {
 public:
  int queue(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);  // returns how many statements

 private:
  ArrayOf ids_{PgType::kUuid};
};

}  // namespace gofuture
