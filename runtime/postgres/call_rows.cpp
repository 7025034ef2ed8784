#include "postgres/call_rows.hpp"

#include "postgres/commit_statements.hpp"
#include "postgres/text.hpp"

namespace gofuture {

int CallRows::queue(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  ArrayOf* const all[] = {&calls_, &scopes_, &effects_, &results_, &statuses_, &bodies_, &errors_, &again_};
  bool any = false;
  for (const EventPtr& event : batch.events)
    for (const JournaledCall& call : event->calls) {
      if (call.replayed) continue;
      if (!any)
        for (ArrayOf* array : all) array->clear();
      any = true;
      const bool answered = call.answer.result == CallAnswer::Result::kAnswered;
      calls_.add(call.name);
      scopes_.add(call.scope);
      effects_.add(call.effect);
      results_.add_int2(static_cast<std::int16_t>(call.answer.result));
      answered ? statuses_.add_int4(call.answer.status) : statuses_.add_null();
      answered ? bodies_.add(call.answer.body) : bodies_.add_null();
      errors_.add_unless_empty(as_text(call.answer.error));
      again_.add_int2(call.again ? 1 : 0);
    }
  if (!any) return 0;
  Parameters parameters;
  parameters.add_int4(identity.function_id);
  for (ArrayOf* array : all) parameters.add(*array);
  connection.queue(statement::kCallsAnswer, parameters);
  return 1;
}

}  // namespace gofuture
