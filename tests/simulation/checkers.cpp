#include "simulation/checkers.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "support/counting_function.hpp"

namespace gofuture::simulation {
namespace {

constexpr const char* kFunction = "counter";

std::string topic_name(std::uint16_t topic) { return topic == test::kTrips ? "trips.in" : "fares.in"; }
std::string place(const TopicPartition& at, std::int64_t offset) {
  return topic_name(at.topic) + "/" + std::to_string(at.partition) + "/" + std::to_string(offset);
}

}  // namespace

void Checkers::add(std::string invariant, std::string what) {
  if (findings_.size() < 50) findings_.push_back({std::move(invariant), std::move(what)});
}

bool Checkers::found(const std::string& invariant) const {
  return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) { return finding.invariant == invariant; });
}

std::string Checkers::tell(const Produced& produced) const {
  return place(produced.at, produced.offset) + " (" + (produced.ce_id.empty() ? "no id" : produced.ce_id) + ", key " + produced.key + ")";
}

const test::DeadLetter* Checkers::dead_letter(const Produced& produced) const {
  const auto found =
      database_.dead_letters.find({kFunction, topic_name(produced.at.topic), produced.at.partition, produced.offset, 0});
  return found == database_.dead_letters.end() ? nullptr : &found->second;
}

const test::InboxRow* Checkers::inbox(const Uuid& event_id) const {
  const auto found = database_.inbox.find({kFunction, event_id});
  return found == database_.inbox.end() ? nullptr : &found->second;
}

bool Checkers::outdated(const Produced& produced) const {
  const auto key = database_.keys.find({kFunction, produced.key});
  return key != database_.keys.end() && key->second.newest_us && *key->second.newest_us >= produced.observed_us;
}

// Whether this record's outcome is durable.
bool Checkers::ended(const Produced& produced) const {
  if (produced.fate == Fate::kForeign || dead_letter(produced) != nullptr) return true;
  if (scenario_.kind == Scenario::Kind::kNewest) {
    const auto parked = parked_newest_.find(produced.key);  // a younger one in its place ends it
    return produced.fate != Fate::kCorrupt &&
           (outdated(produced) || (parked != parked_newest_.end() && parked->second >= produced.observed_us));
  }
  const test::InboxRow* row = inbox(produced.event_id);
  return row != nullptr && row->digest == produced.digest;
}

// Whether the same event, byte for byte, stands once more where no position has passed it: of two copies in one batch the store
// may take either, and the other one is done as its repeat. What has not passed is read again after a crash, so nothing is lost.
bool Checkers::comes_again(const Produced& produced, const Position& passing) const {
  const auto& copies = history_.by_id().at(produced.event_id);
  return std::any_of(copies.begin(), copies.end(), [&](std::size_t index) {
    const Produced& copy = history_.all()[index];
    if (copy.digest != produced.digest) return false;
    std::int64_t passed = log_.start_of(copy.at);
    if (copy.at == passing.at) passed = std::max(passed, passing.offset);
    return copy.offset >= passed;
  });
}

// --- while it runs ---------------------------------------------------------------------------------------------------------

void Checkers::position_wanted(const std::string& who, const Position& position, std::int64_t last_of_assignment) {
  const std::string wanted = who + " wants to commit " + place(position.at, position.offset);
  if (position.offset < last_of_assignment)
    add("I6", wanted + ", but it had already committed " + std::to_string(last_of_assignment) + ": a position went back");
  for (const Produced& produced : history_.all())
    if (produced.at == position.at && produced.offset < position.offset && !ended(produced) && !comes_again(produced, position)) {
      add("I6", wanted + ", which passes the unfinished " + tell(produced));
      return;
    }
}

void Checkers::transaction_ended() {
  for (const auto& [place_of_row, row] : database_.parked)
    if (row.newest_us) parked_newest_[row.state_key] = std::max(parked_newest_[row.state_key], *row.newest_us);
  parked_rows_and_counts();
  nothing_overtakes();
  answers_before_deadlines();
  the_dead_hold();
  outbox_seen_ = database_.outbox.size();
  for (const auto& [key, row] : database_.keys) {
    std::int64_t& epoch = epochs_[key.second];
    if (row.epoch < epoch)
      add("I9", "key " + key.second + " went from epoch " + std::to_string(epoch) + " back to " + std::to_string(row.epoch));
    epoch = row.epoch;
  }
}

// keys.parked is the number of its rows, only the oldest of a key is ever due, and the inbox knows what is parked.
void Checkers::parked_rows_and_counts() {
  std::map<std::string, int> rows;
  for (const auto& [place_of_row, row] : database_.parked)
    if (rows[row.state_key]++ > 0 && row.due_us) add("I3", "a parked event of key " + row.state_key + " is due before an older one");
  for (const auto& [place_of_key, row] : database_.keys)
    if (row.parked != rows[place_of_key.second])
      add("I4", "key " + place_of_key.second + " says that " + std::to_string(row.parked) + " of its events are parked, there are " +
                    std::to_string(rows[place_of_key.second]));
  for (const auto& [key, count] : rows)
    if (count > 0 && !database_.keys.contains({kFunction, key})) add("I4", "key " + key + " has parked events and no row");

  if (scenario_.kind == Scenario::Kind::kNewest) return;
  std::set<Uuid> parked;
  for (const auto& [place_of_row, row] : database_.parked) {
    if (row.type == kTimerType) continue;  // its fence is its own row
    parked.insert(row.event_id);
    const test::InboxRow* known = inbox(row.event_id);
    if (known == nullptr || known->outcome != (row.held ? test::InboxOutcome::kDead : test::InboxOutcome::kParked))
      add("I4", "event " + row.event_id.text() + " of key " + row.state_key + " is parked, but its inbox row does not say so");
  }
  for (const auto& [place_of_row, row] : database_.inbox)
    if (row.outcome == test::InboxOutcome::kParked && !parked.contains(place_of_row.second))
      add("I4", "event " + place_of_row.second.text() + " is parked in the inbox, and nowhere else");
}

// Nothing of a key takes effect beside its oldest parked event: that one ends, or all wait.
void Checkers::nothing_overtakes() {
  if (scenario_.kind == Scenario::Kind::kNewest) return;
  std::map<std::string, std::int64_t> heads;
  for (const auto& [place_of_row, row] : database_.parked) heads.try_emplace(row.state_key, row.number);
  for (std::size_t i = outbox_seen_; i < database_.outbox.size(); ++i) {
    const test::OutboxRow& row = database_.outbox[i];
    const auto before = heads_.find(row.key), now = heads.find(row.key);
    if (before != heads_.end() && now != heads.end() && before->second == now->second)
      add("I3", "\"" + test::read_counted(row.payload).cause + "\" took effect while an older event of key " + row.key + " was parked");
  }
  heads_ = std::move(heads);
}

// What was sent to a key before its timer was due has its outcome before the timer fires, also where it stood in the log late.
// Not told of an event of which there are copies: see comes_again().
void Checkers::answers_before_deadlines() {
  for (std::size_t i = outbox_seen_; i < database_.outbox.size(); ++i) {
    const std::string cause = test::read_counted(database_.outbox[i].payload).cause;
    if (!cause.starts_with("timer of ")) continue;
    const auto due = timers_due_us_.find(cause.substr(9));
    if (due == timers_due_us_.end()) continue;  // nobody set it: timers_fire_once() tells
    for (const Produced& produced : history_.all()) {
      if (produced.key != database_.outbox[i].key || produced.sent_us >= due->second || produced.fate == Fate::kForeign) continue;
      if (history_.by_id().at(produced.event_id).size() > 1) continue;
      const test::InboxRow* row = inbox(produced.event_id);
      if (row == nullptr || row->outcome == test::InboxOutcome::kParked)
        add("I3", "\"" + cause + "\" fired before " + tell(produced) + ", which had been sent before it was due");
    }
  }
  for (const auto& [place_of_timer, timer] : database_.timers) timers_due_us_[timer.causationid] = timer.due_us;
}

// on_dead = "hold": with its dead letter an event keeps its place in front of its key, until people release it.
void Checkers::the_dead_hold() {
  if (scenario_.plan.retry.on_dead != OnDead::kHold) return;
  for (const auto& [place_of_letter, letter] : database_.dead_letters) {
    if (letter.failure == "corrupted" || letter.failure == "idempotency" || !dead_seen_.insert(place_of_letter).second) continue;
    const bool held = std::any_of(database_.parked.begin(), database_.parked.end(), [&](const auto& entry) {
      return entry.second.held && entry.second.event_id == letter.event_id;
    });
    if (!held) add("I3", "event " + letter.event_id.text() + " is dead and does not hold its key");
  }
}

void Checkers::held_bytes(const std::string& who, std::size_t bytes, std::size_t bound) {
  if (bytes > bound) add("bytes", who + " holds " + std::to_string(bytes) + " bytes, its bound is " + std::to_string(bound));
}

void Checkers::did_not_settle(const std::string& what) { add("I8", what); }

// --- at the end ------------------------------------------------------------------------------------------------------------

void Checkers::at_the_end(const std::map<std::string, std::uint32_t>& deliveries) {
  for (const auto& [at, partition] : log_.partitions())
    if (partition.end > 0 && partition.committed.value_or(0) != partition.end)
      add("I8", "lag remains on " + place(at, partition.committed.value_or(0)) + ", the log ends at " + std::to_string(partition.end));
  one_outcome_each();
  effects_once();
  order_per_key();
  all_or_none();
  state_is_the_replay();
  nothing_aborted();
  dead_letters_whole();
  timers_fire_once();
  attempts_counted(deliveries);
}

// How often an event is tried is what its script says, and every attempt that was counted was one: a delivery to the function.
void Checkers::attempts_counted(const std::map<std::string, std::uint32_t>& deliveries) {
  if (scenario_.kind == Scenario::Kind::kNewest) return;
  for (const Produced& produced : history_.all()) {
    const test::InboxRow* row = inbox(produced.event_id);
    if (row == nullptr || row->digest != produced.digest || produced.fate == Fate::kCorrupt || produced.fate == Fate::kForeign) continue;
    const auto counted = static_cast<std::uint32_t>(row->attempts);
    const auto delivered = deliveries.find(produced.ce_id);
    if (counted < produced.attempts || (counted > produced.attempts && !produced.later))
      add("I7", tell(produced) + " ended after " + std::to_string(counted) + " attempts instead of " + std::to_string(produced.attempts));
    if (delivered == deliveries.end() || delivered->second < counted)
      add("I7", tell(produced) + " is said to have been tried " + std::to_string(counted) + " times, but was handled less often");
    const test::DeadLetter* letter = dead_letter(produced);
    if (letter != nullptr && letter->attempts != row->attempts) add("I7", "the dead letter of " + tell(produced) + " has lost attempts");
  }
}

// Each event that took effect and sets a timer has had it handled, once (I1, I2).
void Checkers::timers_fire_once() {
  std::map<std::string, int> fired;
  for (const test::OutboxRow& row : database_.outbox)
    if (const std::string cause = test::read_counted(row.payload).cause; cause.starts_with("timer of ")) ++fired[cause.substr(9)];
  for (const Produced& produced : history_.all()) {
    const test::InboxRow* row = inbox(produced.event_id);
    if (produced.timer_ms == 0 || row == nullptr || row->digest != produced.digest || row->outcome != test::InboxOutcome::kOk) continue;
    const int times = fired[produced.event_id.text()];
    if (times == 0) add("I1", "the timer that " + tell(produced) + " set never came");
    if (times > 1) add("I2", "the timer that " + tell(produced) + " set came " + std::to_string(times) + " times");
  }
}

void Checkers::one_outcome_each() {
  for (const Produced& produced : history_.all())
    if (!ended(produced)) add("I1", tell(produced) + " has no outcome: it is lost");
  for (const auto& [where, letter] : database_.dead_letters) {
    const std::uint16_t topic = letter.topic == topic_name(test::kTrips) ? test::kTrips : test::kFares;
    const Produced* produced = history_.at({topic, letter.partition}, letter.offset);
    if (produced == nullptr || produced->fate == Fate::kForeign)
      add("I1", "a dead letter for " + place({topic, letter.partition}, letter.offset) + ", which is no event of this function");
  }
  if (scenario_.kind == Scenario::Kind::kNewest) {
    one_outcome_by_newest();
    return;
  }
  for (const auto& [event_id, records] : history_.by_id()) one_outcome_of(event_id, records);
  for (const auto& [where, row] : database_.inbox)
    if (!history_.by_id().contains(where.second)) add("I1", "an outcome for event " + where.second.text() + ", which nobody produced");
}

// The records of one id: those with the winner's content are one event, the others are dead letters.
void Checkers::one_outcome_of(const Uuid& event_id, const std::vector<std::size_t>& records) {
  const test::InboxRow* row = inbox(event_id);
  if (row == nullptr) return;  // told as lost
  std::size_t letters = 0;
  const Produced* winner = nullptr;
  for (const std::size_t index : records) {
    const Produced& produced = history_.all()[index];
    const test::DeadLetter* letter = dead_letter(produced);
    if (row->digest == produced.digest) {
      winner = winner == nullptr ? &produced : winner;
      letters += letter != nullptr ? 1 : 0;
    } else if (letter == nullptr || letter->failure != "idempotency") {
      add("I1", tell(produced) + " has an id that was used before with other content, but is no dead letter of that class");
    }
  }
  if (winner == nullptr) {
    add("I1", "the inbox row of event " + event_id.text() + " has a digest that nobody produced");
    return;
  }
  const bool gave_up = winner->later && row->outcome == test::InboxOutcome::kDead && letters == 1;
  const bool dead = winner->fate == Fate::kDead || winner->fate == Fate::kCorrupt || gave_up;
  const auto expected = dead ? test::InboxOutcome::kDead : winner->fate == Fate::kSkip ? test::InboxOutcome::kSkip : test::InboxOutcome::kOk;
  if (row->outcome != expected)
    add("I1", tell(*winner) + " ended with outcome " + std::to_string(static_cast<int>(row->outcome)) + ", expected " +
                  std::to_string(static_cast<int>(expected)));
  if (letters != (dead ? 1U : 0U)) add("I1", tell(*winner) + " has " + std::to_string(letters) + " dead letters");
}

void Checkers::one_outcome_by_newest() {
  for (const Produced& produced : history_.all()) {
    const test::DeadLetter* letter = dead_letter(produced);
    if (produced.fate == Fate::kEffect && letter != nullptr && !produced.later) add("I1", tell(produced) + " is good, but has a dead letter: " + letter->message);
  }
}

void Checkers::effects_once() {
  std::map<std::string, std::uint32_t> effects;
  for (const test::OutboxRow& row : database_.outbox) ++effects[test::read_counted(row.payload).cause];
  for (const Produced& produced : history_.all()) {
    const auto found = effects.find(produced.ce_id);
    if (found == effects.end() || produced.ce_id.empty()) continue;
    if (produced.fate != Fate::kEffect) add("I2", tell(produced) + " must have no effect, but has one");
    if (found->second > produced.emissions)
      add("I2", tell(produced) + " has " + std::to_string(found->second) + " emissions instead of " + std::to_string(produced.emissions));
    effects.erase(found);  // told once
  }
}

// Of one key, what came later in a partition has its effect later. Ids that stand in several partitions or have several
// contents may win at any of their places.
void Checkers::order_per_key() {
  std::map<std::string, const Produced*> first;  // by ce_id; null: several places
  for (const auto& [event_id, records] : history_.by_id()) {
    const Produced& produced = history_.all()[records.front()];
    const bool one_place = std::all_of(records.begin(), records.end(), [&](std::size_t index) {
      const Produced& other = history_.all()[index];
      return other.at == produced.at && other.key == produced.key;
    });
    first[produced.ce_id] = one_place ? &produced : nullptr;
  }
  const bool by_newest = scenario_.kind == Scenario::Kind::kNewest;
  std::map<std::pair<std::string, TopicPartition>, std::pair<std::int64_t, std::string>> last;
  std::set<std::string> seen;
  std::map<std::string, std::int64_t> newest;
  for (const test::OutboxRow& row : database_.outbox) {
    const std::string cause = test::read_counted(row.payload).cause;
    const auto found = first.find(cause);
    if (found == first.end() || found->second == nullptr || !seen.insert(cause).second) continue;
    const Produced& produced = *found->second;
    if (by_newest) {
      std::int64_t& before = newest.try_emplace(produced.key, std::numeric_limits<std::int64_t>::min()).first->second;
      if (produced.observed_us <= before) add("I3", tell(produced) + " was applied after a newer sighting of its key");
      before = std::max(before, produced.observed_us);
      continue;
    }
    auto& [offset, told] = last.try_emplace({produced.key, produced.at}, -1, "").first->second;
    if (produced.offset < offset) add("I3", tell(produced) + " had its effect after " + told + " of the same key and partition");
    offset = produced.offset;
    told = tell(produced);
  }
}

// Inbox row <=> emissions, and the emissions of one event are of one transaction.
void Checkers::all_or_none() {
  std::map<std::string, std::pair<std::uint32_t, std::uint64_t>> effects;  // by cause: how many, by which transaction
  for (const test::OutboxRow& row : database_.outbox) {
    auto& [count, transaction] = effects[test::read_counted(row.payload).cause];
    if (count > 0 && transaction != row.transaction && scenario_.kind != Scenario::Kind::kNewest)
      add("I4", "the emissions of " + test::read_counted(row.payload).cause + " are of two transactions");
    ++count;
    transaction = row.transaction;
  }
  if (scenario_.kind == Scenario::Kind::kNewest) return;
  for (const auto& [event_id, records] : history_.by_id()) {
    const Produced& produced = history_.all()[records.front()];
    const test::InboxRow* row = inbox(event_id);
    const auto found = effects.find(produced.ce_id);
    const std::uint32_t emissions = found == effects.end() || produced.ce_id.empty() ? 0 : found->second.first;
    const bool ok = row != nullptr && row->outcome == test::InboxOutcome::kOk;
    if (ok && emissions < produced.emissions) add("I4", tell(produced) + " is ok in the inbox, but its emissions are missing");
    if (!ok && emissions > 0) add("I4", tell(produced) + " has emissions, but no inbox row that says ok");
  }
}

// What the key's state says is what its emissions tell when they are read in commit order.
void Checkers::state_is_the_replay() {
  if (scenario_.kind == Scenario::Kind::kStateless) return;
  std::map<std::string, test::Count> replay;
  std::set<std::string> seen;
  for (const test::OutboxRow& row : database_.outbox) {
    const test::Counted told = test::read_counted(row.payload);
    test::Count& count = replay[row.key];
    if (seen.insert(told.cause).second) count.add(told.cause);
    if (told.count != count.events)
      add("I4", "the emission of " + told.cause + " says it is number " + std::to_string(told.count) + " of key " + row.key +
                    ", in the outbox it is number " + std::to_string(count.events));
  }
  for (const auto& [place_of_key, row] : database_.keys) {
    const test::Count state = test::Count::read(row.state);
    if (!(state == replay[place_of_key.second]))
      add("I4", "the state of key " + place_of_key.second + " is " + state.text() + ", its emissions say " + replay[place_of_key.second].text());
  }
  for (const auto& [key, count] : replay)
    if (!database_.keys.contains({kFunction, key}) && count.events > 0) add("I4", "key " + key + " has emissions and no state");
}

void Checkers::nothing_aborted() {
  for (const test::OutboxRow& row : database_.outbox)
    if (!database_.committed.contains(row.transaction))
      add("I5", "an emission of transaction " + std::to_string(row.transaction) + " can be seen, which was never committed");
}

void Checkers::dead_letters_whole() {
  for (const Produced& produced : history_.all()) {
    const test::DeadLetter* letter = dead_letter(produced);
    if (letter == nullptr) continue;
    if (letter->key != produced.content.key || letter->value != produced.content.value || letter->headers != produced.content.headers)
      add("I7", "the dead letter of " + tell(produced) + " is not the record as it was");
    if (letter->attempts < 1 || letter->message.empty() || letter->failure == "none")
      add("I7", "the dead letter of " + tell(produced) + " does not say why, or how often it was tried");
  }
}

}  // namespace gofuture::simulation
