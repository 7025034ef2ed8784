#include "postgres/timer_rows.hpp"

#include <algorithm>
#include <map>

#include "base/fault_point.hpp"
#include "pipeline/timer_event.hpp"
#include "postgres/commit_statements.hpp"
#include "postgres/text.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kTimerBytes = 1'024;  // about what a timer is as an event

}  // namespace

void TimerRows::collect(const Batch& batch) {
  due_.clear();
  for (std::uint32_t i = 0; i < batch.events.size(); ++i)
    if (batch.events[i]->timer > 0) due_.push_back(i);
}

void TimerRows::queue_check(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  state_keys_.clear();
  numbers_.clear();
  for (const std::uint32_t index : due_) {
    state_keys_.add(batch.events[index]->state_key);
    numbers_.add_int8(batch.events[index]->timer);
  }
  Parameters parameters;
  parameters.add_int4(identity.function_id).add(state_keys_).add(numbers_);
  connection.queue(statement::kTimersCheck, parameters);
}

bool TimerRows::rule_taken(const StoreIdentity& identity, const PgResult& found, const KeyRows& keys, Batch& batch) const {
  std::vector<bool> there(due_.size(), false);
  for (int row = 0; row < found.rows(); ++row) there[static_cast<std::size_t>(found.int4(row, 0)) - 1] = true;
  bool taken = false;
  for (std::size_t i = 0; i < due_.size(); ++i) {
    Event& event = *batch.events[due_[i]];
    if (there[i] && (keys.parked(event.slot) == 0 || identity.by_newest())) continue;
    event.verdict = Verdict::kTaken;
    taken = true;
  }
  return taken;
}

int TimerRows::queue_write(const StoreIdentity& identity, const Batch& batch, PgConnection& connection) {
  int statements = 0;
  if (!due_.empty()) GOFUTURE_FAULT_POINT("timers.before_fired");
  if (!due_.empty()) {  // fired, dead or parked: either way the row has done its work
    state_keys_.clear();
    numbers_.clear();
    for (const std::uint32_t index : due_) {
      state_keys_.add(batch.events[index]->state_key);
      numbers_.add_int8(batch.events[index]->timer);
    }
    Parameters fired;
    fired.add_int4(identity.function_id).add(state_keys_).add(numbers_);
    connection.queue(statement::kTimersDelete, fired);
    ++statements;
  }
  // The last word about each name; in key order, so that batches that meet wait and never in a circle.
  std::map<std::pair<std::string_view, std::string_view>, const TimerChange*> changes;
  for (const TimerChange& change : batch.timers) {
    const Event& event = *batch.events[change.event];
    if (event.outcome == Outcome::kOk) changes[{event.state_key, change.name}] = &change;
  }
  if (changes.empty()) return statements;
  for (ArrayOf* array : {&state_keys_, &names_}) array->clear();
  for (const auto& [place, change] : changes)
    if (change->canceled()) {
      state_keys_.add(place.first);
      names_.add(place.second);
    }
  if (!state_keys_.empty()) {
    Parameters canceled;
    canceled.add_int4(identity.function_id).add(state_keys_).add(names_);
    connection.queue(statement::kTimersCancel, canceled);
    ++statements;
  }
  ArrayOf* const all[] = {&state_keys_, &names_, &dues_, &afters_, &topics_, &partitions_, &correlations_, &causations_, &parents_, &states_, &hops_};
  for (ArrayOf* array : all) array->clear();
  for (const auto& [place, change] : changes) {
    if (change->canceled()) continue;
    const Event& event = *batch.events[change->event];
    state_keys_.add(place.first);
    names_.add(place.second);
    change->due_ms ? dues_.add_int8(*change->due_ms) : dues_.add_null();
    change->after_ms ? afters_.add_int8(*change->after_ms) : afters_.add_null();
    topics_.add(identity.plan->topics()[event.record.topic].topic->name);
    partitions_.add_int4(event.record.partition);
    correlations_.add_unless_empty(as_text(event.envelope.correlationid));
    std::array<char, 36> cause;
    causations_.add(cause_of(event, cause));
    parents_.add_unless_empty(as_text(event.envelope.traceparent));
    states_.add_unless_empty(as_text(event.envelope.tracestate));
    hops_.add_int4(static_cast<std::int32_t>(event.envelope.hops));
  }
  if (state_keys_.empty()) return statements;
  Parameters set;
  GOFUTURE_FAULT_POINT("timers.before_set");
  set.add_int4(identity.function_id);
  for (ArrayOf* array : all) set.add(*array);
  connection.queue(statement::kTimersSet, set);
  return statements + 1;
}

// --- claiming ---------------------------------------------------------------------------------------------------------------

void queue_timer_claim(const StoreIdentity& identity, const ClaimRequest& request, PgConnection& connection) {
  ArrayOf topics(PgType::kText);
  std::int64_t partitions = 0;
  for (const PlannedTopic& topic : identity.plan->topics()) {
    topics.add(topic.topic->name);
    partitions += topic.topic->partitions;
  }
  Parameters parameters;
  parameters.add_int4(identity.function_id).add_int8(static_cast<std::int64_t>(std::clamp<std::size_t>(request.bytes / kTimerBytes, 1, request.keys)));
  parameters.add_int8(request.lease_ms).add(topics).add_int8(partitions).add_text(identity.instance);
  connection.queue(statement::kTimersClaim, parameters);
}

void take_claimed_timers(const StoreIdentity& identity, const PgResult& rows, Claimed& claimed) {
  enum Column { kKey, kName, kNumber, kDue, kTopic, kPartition, kCorrelation, kCausation, kParent, kState, kHops };
  const std::string& function = identity.plan->manifest().name;
  const auto& topics = identity.plan->topics();
  for (int row = 0; row < rows.rows(); ++row) {
    TimerDue timer;
    timer.function = function;
    timer.state_key = std::string(rows.text(row, kKey));
    timer.name = std::string(rows.text(row, kName));
    timer.number = rows.int8(row, kNumber);
    timer.due_ms = rows.int8(row, kDue);
    // The topic of an event that is not subscribed to any more only tells where the timer came from: any of ours will do.
    const auto topic = std::find_if(topics.begin(), topics.end(), [&](const PlannedTopic& one) { return one.topic->name == rows.text(row, kTopic); });
    timer.topic = topic == topics.end() ? std::uint16_t{0} : static_cast<std::uint16_t>(topic - topics.begin());
    timer.partition = rows.int4(row, kPartition);
    timer.correlationid = std::string(rows.text(row, kCorrelation));
    timer.causationid = std::string(rows.text(row, kCausation));
    timer.traceparent = std::string(rows.text(row, kParent));
    timer.tracestate = std::string(rows.text(row, kState));
    timer.hops = static_cast<std::uint32_t>(rows.int4(row, kHops));
    claimed.events.push_back(due_event(timer));
  }
}

void queue_caught_up(const StoreIdentity& identity, const CaughtUp& caught_up, PgConnection& connection) {
  ArrayOf topics(PgType::kText), partitions(PgType::kInt4);
  for (const TopicPartition& at : caught_up.partitions) {
    topics.add(identity.plan->topics()[at.topic].topic->name);
    partitions.add_int4(at.partition);
  }
  Parameters parameters;
  parameters.add_int4(identity.function_id).add_int8(caught_up.time_us).add(topics).add(partitions);
  connection.queue(statement::kCaughtUp, parameters);
}

}  // namespace gofuture
