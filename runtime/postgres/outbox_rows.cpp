#include "postgres/outbox_rows.hpp"

#include <algorithm>

#include "base/fault_point.hpp"
#include "postgres/commit_statements.hpp"

namespace gofuture {

int OutboxRows::queue(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  if (batch.emissions.empty()) return 0;
#ifdef GOFUTURE_PLANT_TEAR  // a planted bug: now and then a transaction is torn: it commits without its outbox rows
  thread_local int planted = 0;
  if (++planted % 50 == 7) return 0;
#endif
  const bool any_delayed = std::any_of(batch.emissions.begin(), batch.emissions.end(), [](const Emission& one) { return one.delay_ms > 0; });
  return queue(identity, batch, false, connection) + (any_delayed ? queue(identity, batch, true, connection) : 0);
}

int OutboxRows::queue(const StoreIdentity& identity, const Batch& batch, bool delayed, PgConnection& connection) {
  ArrayOf* const all[] = {&ids_,   &keys_,         &types_,      &topics_,  &payloads_, &subjects_, &times_,
                          &correlations_, &causations_, &parents_, &states_, &hops_};
  for (ArrayOf* array : all) array->clear();
  delays_.clear();
  for (const Emission& emission : batch.emissions) {
    if ((emission.delay_ms > 0) != delayed) continue;
    const EmissionEnvelope out(batch, emission, identity.plan->source());
    ids_.add(emission.id.bytes);
    keys_.add(emission.key);
    types_.add(out.type);
    topics_.add(emission.topic);
    payloads_.add(emission.data);
    subjects_.add_unless_empty(out.subject);
    times_.add(out.time);
    correlations_.add_unless_empty(out.correlationid);
    causations_.add(out.causationid);
    parents_.add_unless_empty(out.traceparent);
    states_.add_unless_empty(out.tracestate);
    hops_.add(out.hops);
    delays_.add_int8(emission.delay_ms);
  }
  if (ids_.empty()) return 0;
  Parameters parameters;
  parameters.add_text(identity.plan->source());
  for (ArrayOf* array : all) parameters.add(*array);
  if (delayed) parameters.add(delays_);
  if (delayed) GOFUTURE_FAULT_POINT("delayed.before_written");
  connection.queue(delayed ? statement::kDelayedInsert : statement::kOutboxInsert, parameters);
  return 1;
}

}  // namespace gofuture
