// DeadRows: the rejected events of one batch as dead letters: the record as it was, byte for byte, and why.
//
// Only what Postgres cannot hold as text is changed on the way (U+FFFD): names of headers and columns made from the envelope. Keys,
// values and header values are bytes.
#pragma once

#include "pipeline/batch.hpp"
#include "postgres/connection.hpp"
#include "postgres/parameters.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

class DeadRows {
 public:
  int queue(const StoreIdentity& identity, const Batch& batch, PgConnection& connection);  // returns how many statements

 private:
  void add(const Event& event, const std::string& topic);

  ArrayOf topics_{PgType::kText}, partitions_{PgType::kInt4}, offsets_{PgType::kInt8}, redrives_{PgType::kInt4}, ids_{PgType::kUuid},
      types_{PgType::kText}, state_keys_{PgType::kText}, classes_{PgType::kText}, messages_{PgType::kText}, attempts_{PgType::kInt4},
      keys_{PgType::kBytea}, values_{PgType::kBytea}, first_{PgType::kInt4}, last_{PgType::kInt4}, header_names_{PgType::kText},
      header_values_{PgType::kBytea}, timestamps_{PgType::kInt8}, correlations_{PgType::kText};
};

}  // namespace gofuture
