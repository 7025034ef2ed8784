// CallRows: what came of the HTTP calls of one batch's events, written into the journal with their outcomes.
#pragma once

#include "pipeline/batch.hpp"
#include "postgres/connection.hpp"
#include "postgres/parameters.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

class CallRows {
 public:
  int queue(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);  // returns how many statements

 private:
  ArrayOf calls_{PgType::kText}, scopes_{PgType::kText}, effects_{PgType::kText}, results_{PgType::kInt2}, statuses_{PgType::kInt4},
      bodies_{PgType::kBytea}, errors_{PgType::kText}, again_{PgType::kInt2};
};

}  // namespace gofuture
