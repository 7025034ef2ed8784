#include "postgres/dead_rows.hpp"

#include "postgres/commit_statements.hpp"
#include "postgres/text.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kMessageMax = 8192;

void add_bytes(ArrayOf& array, const std::optional<std::string_view>& bytes) {
  bytes ? array.add(*bytes) : array.add_null();
}

}  // namespace

int DeadRows::queue(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  ArrayOf* const all[] = {&topics_,   &partitions_, &offsets_, &redrives_, &ids_,  &types_,        &state_keys_,    &classes_,    &messages_,
                          &attempts_, &keys_,       &values_,  &first_,    &last_, &header_names_, &header_values_, &timestamps_, &correlations_};
  bool any = false;
  for (const EventPtr& event : batch.events) {
    if (event->outcome != Outcome::kReject) continue;
    if (!any)
      for (ArrayOf* array : all) array->clear();
    any = true;
    add(*event, identity.plan->topics()[event->record.topic].topic->name);
  }
  if (!any) return 0;
  Parameters parameters;
  parameters.add_int4(identity.function_id).add_int8(identity.epoch);
  for (ArrayOf* array : all) parameters.add(*array);
  parameters.add_text(identity.plan->manifest().name).add_text(identity.group);
  connection.queue(statement::kDeadInsert, parameters);
  return 1;
}

void DeadRows::add(const Event& event, const std::string& topic) {
  topics_.add(topic);
  partitions_.add_int4(event.record.partition);
  offsets_.add_int8(event.record.offset);
  redrives_.add_int4(event.redrive);
  ids_.add(event.event_id.bytes);
  types_.add(as_text(event.type));
  state_keys_.add(as_text(event.state_key));
  classes_.add(name_of(event.failure));
  messages_.add(as_text(std::string_view(event.message).substr(0, kMessageMax)));
  attempts_.add_int4(static_cast<std::int32_t>(event.attempt));
  add_bytes(keys_, event.record.key);
  add_bytes(values_, event.record.value);
  first_.add_int4(static_cast<std::int32_t>(header_names_.size()) + 1);
  for (const Header& header : event.record.headers()) {
    header_names_.add(as_text(header.name));
    add_bytes(header_values_, header.value);
  }
  last_.add_int4(static_cast<std::int32_t>(header_names_.size()));
  timestamps_.add_int8(event.record.timestamp_ms);
  correlations_.add_unless_empty(as_text(event.envelope.correlationid));
}

}  // namespace gofuture
