#include "postgres/strike_rows.hpp"

#include "postgres/commit_statements.hpp"

namespace gofuture {

int StrikeRows::queue(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  ids_.clear();
  for (const EventPtr& event : batch.events)
    if (event->strikes > 0 && event->verdict != Verdict::kRepeat) ids_.add(event->event_id.bytes);
  if (ids_.empty()) return 0;
  Parameters parameters;
  parameters.add_int4(identity.function_id).add(ids_);
  connection.queue(statement::kStrikesDelete, parameters);
  return 1;
}

}  // namespace gofuture
