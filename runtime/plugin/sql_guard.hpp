// Refuses SQL that a function may not run inside the runtime's transaction: anything but one reading or writing statement. A
// guard against mistakes (a COMMIT in a function would tear the batch), not a boundary: isolation is that.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace gofuture {

// Looks past comments; understands strings, quoted names and dollar quotes, so that a ';' inside them is none.
Result<Done> check_sql(std::string_view statement);

// Whether it begins like one that only reads (of a statement that check_sql() allows).
bool only_reads(std::string_view statement);

}  // namespace gofuture
