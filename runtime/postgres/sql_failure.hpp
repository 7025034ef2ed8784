// SqlFailure: what Postgres said when a statement failed, and what that means for a batch.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gofuture {

struct SqlFailure {
  std::string state;       // SQLSTATE, empty when the server said nothing
  std::string message;     // the server's (or libpq's) words, on one line
  std::string schema, table, constraint;
  bool lost = false;       // the connection is gone: whether a COMMIT took place is not known
  bool skipped = false;    // not this statement: an earlier one in the pipeline failed

  Error error() const;     // "…(SQLSTATE 23505, table keys)"
  std::string sentence() const;
  bool in_class(std::string_view two) const { return std::string_view(state).substr(0, 2) == two; }
};

enum class Trouble {
  kTransient,  // try the same batch again: lost connection, serialization failure, deadlock, no resources, shutting down
  kData,       // these values can never be written: constraint, encoding, size
  kUnknown,    // neither: tell it, and try again on a fresh connection
};
Trouble trouble_of(const SqlFailure& failure);

}  // namespace gofuture
