#include "stream/committer.hpp"

#include <algorithm>

#include "pipeline/dead_letter.hpp"
#include "kafka/emission_record.hpp"

namespace gofuture {

using kafka::Step;

namespace {

// What this mode cannot do yet; manifests that ask for it are refused, but these a handler asks for.
std::optional<std::string> beyond_this_mode(const Batch& batch) {
  const std::string until = " needs mode = \"postgres\" until mode \"kafka\" has timers";
  if (!batch.timers.empty()) return "the timer \"" + batch.timers.front().name + "\"" + until;
  for (const Emission& emission : batch.emissions)
    if (emission.delay_ms > 0) return "the delayed " + std::string(emission.type) + until;
  return std::nullopt;
}

// The partition of each slot: a round holds a key over one partition only. No slot of a batch is without an event.
std::vector<std::int32_t> partitions_of_slots(const Batch& batch) {
  std::vector<std::int32_t> list(batch.slots.size(), 0);
  for (const EventPtr& event : batch.events) list[event->slot] = event->record.partition;
  return list;
}

}  // namespace

StreamCommitter::StreamCommitter(std::shared_ptr<const Plan> plan, std::string group, kafka::Transactions& transactions,
                                 Changelog& changelog, kafka::Say say)
    : plan_(std::move(plan)),
      group_(std::move(group)),
      transactions_(transactions),
      changelog_(changelog),
      say_(std::move(say)),
      changelog_topic_(changelog_topic(plan_->manifest().name)) {}

Result<Done> StreamCommitter::open() {
  if (open_) return ok();
  if (auto opened = transactions_.open(); !opened) return opened;
  open_ = true;
  return ok();
}

// --- state in -----------------------------------------------------------------------------------------------------------------

Result<Done> StreamCommitter::load(Batch& batch) {
  std::uint32_t assignment = 0;
  std::set<std::int32_t> partitions;
  for (const EventPtr& event : batch.events) {
    assignment = std::max(assignment, event->assignment);
    partitions.insert(event->record.partition);
  }
  // Of an assignment that is over nothing will be committed: whatever its handler sees has no effect.
  if (tables_.enter(assignment))
    if (const auto missing = tables_.missing(partitions); !missing.empty())
      if (auto restored = restore(missing); !restored) return restored;
  const auto of_slot = partitions_of_slots(batch);
  for (std::size_t i = 0; i < batch.slots.size(); ++i) {
    batch.slots[i].row.state = tables_.find(of_slot[i], batch.slots[i].key);
    batch.slots[i].loaded = true;
  }
  return ok();
}

Result<Done> StreamCommitter::restore(const std::set<std::int32_t>& partitions) {
  // First whatever our predecessor (or our own last producer) left open is ended, so that it does not stand in the way.
  if (auto opened = open(); !opened) return opened;
  std::map<std::int32_t, StateTables::Table> tables;
  for (const std::int32_t partition : partitions) tables[partition];
  auto read = changelog_.read(partitions, [&](std::int32_t partition, std::string_view key, std::optional<std::string_view> state) {
    auto& table = tables[partition];
    if (state) table.insert_or_assign(std::string(key), std::string(*state));
    else table.erase(std::string(key));
  });
  if (!read) return read;
  tables_.add(std::move(tables));
  say_(kafka::Level::kInfo, "the state of " + std::to_string(partitions.size()) + " partitions was read from " + changelog_topic_ + "; " +
                                std::to_string(tables_.keys()) + " keys are in memory now");
  return ok();
}

// --- effects out --------------------------------------------------------------------------------------------------------------

Committed StreamCommitter::commit(BatchPtr batch, const kafka::MembershipPtr& member) {
  const auto answer = [&](CommitStatus status, std::string why = {}) { return Committed{std::move(batch), status, std::move(why)}; };
  if (auto opened = open(); !opened) return answer(CommitStatus::kUnavailable, opened.error().message());
  if (unknown_ && unknown_->batch == batch->id) {
    const auto happened = has_happened();
    if (!happened) return answer(CommitStatus::kUnavailable, happened.error().message());
    const Unknown then = std::move(*std::exchange(unknown_, std::nullopt));
    say_(kafka::Level::kWarn, std::string("the commit whose answer was lost had ") + (*happened ? "happened" : "not happened"));
    if (*happened) {
      batch->positions = then.positions;
      take_over(*batch);
      return answer(CommitStatus::kCommitted);
    }
  }
  unknown_.reset();  // of a batch that did not come again: its partitions were lost
  if (!member) return answer(CommitStatus::kUnavailable, "this process is no member of group " + group_ + " at the moment");
  if (auto beyond = beyond_this_mode(*batch)) return answer(CommitStatus::kRefused, std::move(*beyond));

  Step step = write(*batch, *member);
  if (step.done()) {
    step = transactions_.commit();
    if (step.done()) {
      take_over(*batch);
      return answer(CommitStatus::kCommitted);
    }
    if (step.kind == Step::Kind::kBroken) {
      open_ = false;
      unknown_ = Unknown{batch->id, batch->positions};
      return answer(CommitStatus::kUnavailable, "whether it was committed is not known (" + step.why + "), a new producer will find out");
    }
  }
  // Not committed, and a producer that is replaced cannot commit it later either: nobody has asked for that.
  if (step.kind == Step::Kind::kBroken || !transactions_.abort().done()) open_ = false;
  const bool dead_letter_alone = batch->events.size() == 1 && batch->events.front()->outcome == Outcome::kReject;
  if (step.kind == Step::Kind::kRefused && !dead_letter_alone) return answer(CommitStatus::kRefused, step.why);
  return answer(CommitStatus::kUnavailable, step.why);
}

Step StreamCommitter::write(const Batch& batch, const kafka::Membership& member) {
  if (Step step = transactions_.begin(); !step.done()) return step;
  const std::string& name = plan_->manifest().name;
  for (const Emission& emission : batch.emissions)
    if (Step step = transactions_.produce(EmissionRecord(batch, emission, plan_->source()).record()); !step.done()) return step;
  for (const EventPtr& event : batch.events) {
    if (event->outcome != Outcome::kReject) continue;
    const DeadLetterRecord letter(dead_letter_of(*event, {.topic = plan_->topics()[event->record.topic].topic->name, .function = name, .group = group_}));
    if (Step step = transactions_.produce(letter.record()); !step.done()) return step;
  }
  if (plan_->stateful)
    if (Step step = write_state(batch); !step.done()) return step;
  return transactions_.add_positions(by_name(batch.positions), member);
}

Step StreamCommitter::write_state(const Batch& batch) {
  const auto of_slot = partitions_of_slots(batch);
  for (std::size_t i = 0; i < batch.slots.size(); ++i) {
    const Slot& slot = batch.slots[i];
    if (!slot.dirty) continue;
    OutgoingRecord record;
    record.topic = changelog_topic_;
    record.key = slot.key;
    if (slot.state) record.value = *slot.state;
    record.partition = of_slot[i];
    if (Step step = transactions_.produce(record); !step.done()) return step;
  }
  return {};
}

// All of a transaction's positions were committed, or none. One of a partition that has been lost since may have been moved by its
// next owner: it takes all of them to say that it happened.
Result<bool> StreamCommitter::has_happened() {
  const kafka::Offsets wanted = by_name(unknown_->positions);
  std::vector<kafka::Where> asked;
  for (const auto& [at, offset] : wanted) asked.push_back(at);
  auto committed = transactions_.committed(asked);
  if (!committed) return committed.error();
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& one) {
    const auto found = committed->find(one.first);
    return found != committed->end() && found->second >= one.second;
  });
}

void StreamCommitter::take_over(const Batch& batch) {
  if (!plan_->stateful || batch.events.empty() || batch.events.front()->assignment != tables_.assignment()) return;
  const auto of_slot = partitions_of_slots(batch);
  for (std::size_t i = 0; i < batch.slots.size(); ++i)
    if (batch.slots[i].dirty) tables_.put(of_slot[i], batch.slots[i].key, batch.slots[i].state);
}

kafka::Offsets StreamCommitter::by_name(const std::vector<Position>& positions) const {
  kafka::Offsets named;
  for (const Position& position : positions)
    named[{plan_->topics()[position.at.topic].topic->name, position.at.partition}] = position.offset;
  return named;
}

}  // namespace gofuture
