#include "simulation/world.hpp"

#include <algorithm>
#include <cstdio>

namespace gofuture::simulation {

class World::MemberCourier : public test::Courier {
 public:
  MemberCourier(World& world, std::size_t which) : number(which), world_(world) {}
  void send(test::Message message) override {
    const bool dead = world_.dead_couriers_.contains(number);
    if (dead && message.kind == test::Message::Kind::kInside) return;  // nobody is there to hear it
    world_.pending_.push_back({number, std::move(message)});
  }
  const std::size_t number;

 private:
  World& world_;
};

World::World(const Scenario& scenario, bool trace)
    : scenario_(scenario),
      trace_(trace),
      random_(scenario.seed),
      plan_(test::test_plan(scenario.plan)),
      checkers_(scenario_, history_, database_, log_) {
  for (const TopicPartition& at : partitions()) log_.partition(at);
  database_.partitions_in_all = partitions().size();
  seats_.resize(static_cast<std::size_t>(scenario_.members));
}

World::~World() = default;

void World::say(const std::string& what) {
  if (trace_) std::printf("%8lld  %s\n", static_cast<long long>(clock_.steady_ms() - 1'000'000), what.c_str());
}

std::vector<TopicPartition> World::partitions() const {
  std::vector<TopicPartition> all;
  for (const std::uint16_t topic : {test::kTrips, test::kFares})
    for (std::int32_t partition = 0; partition < scenario_.partitions; ++partition) all.push_back({topic, partition});
  return all;
}

std::vector<std::size_t> World::living() const {
  std::vector<std::size_t> seats;
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (seats_[i].member) seats.push_back(i);
  return seats;
}

void World::run() {
  say(scenario_.text());
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) start(seat);
  while (numbers_.steps < scenario_.steps || produced_ < scenario_.events) chaos_step();
  heal_and_settle();
  std::map<std::string, std::uint32_t> deliveries;
  const auto add = [&deliveries](const Seat& seat) {
    for (const auto& [ce_id, times] : seat.member->function().deliveries) deliveries[ce_id] += times;
  };
  for (const Seat& seat : graveyard_) add(seat);
  for (const Seat& seat : seats_)
    if (seat.member) add(seat);
  checkers_.at_the_end(deliveries);
  numbers_.parked = static_cast<std::size_t>(database_.parked_numbers);
  numbers_.timers = static_cast<std::size_t>(database_.timer_numbers);
  numbers_.events = history_.all().size();
  numbers_.effects = database_.outbox.size();
  numbers_.dead = database_.dead_letters.size();
  for (const Finding& finding : findings()) say(finding.invariant + ": " + finding.what);
}

// --- chance ----------------------------------------------------------------------------------------------------------------

void World::chaos_step() {
  ++numbers_.steps;
  const auto alive = living();
  switch (random_.below(8)) {
    case 0:
      if (produced_ < scenario_.events && random_.chance(0.6)) produce();
      break;
    case 1:
    case 2:
    case 3:
      deliver_one();
      break;
    case 4:
    case 5:
      if (!alive.empty()) turn(random_.pick(alive));
      break;
    case 6:
      advance(random_.chance(0.9) ? random_.between(1, 60) : random_.between(100, 3'000));
      break;
    default:
      trouble();
      break;
  }
  for (std::size_t seat = 0; seat < seats_.size(); ++seat)
    if (!seats_[seat].member && --seats_[seat].down_for <= 0) start(seat);
  finish_rebalance();
}

void World::deliver_one() {
  if (!pending_.empty()) deliver(random_.below(pending_.size()));
}

void World::trouble() {
  if (const auto alive = living(); !alive.empty()) {
    const std::size_t seat = random_.pick(alive);
    if (random_.chance(scenario_.crash * 8)) crash(seat);
    else if (random_.chance(scenario_.evict * 8)) evict(seat);
  }
  if (random_.chance(scenario_.rebalance * 8)) rebalance();
  if (random_.chance(scenario_.deploy * 8)) {
    ++numbers_.deployments;
    database_.floors[plan_->manifest().name] = ++epoch_;
    say("deployment of epoch " + std::to_string(epoch_));
  }
  if (random_.chance(scenario_.relay_stops * 8)) {
    if (database_.sent_until_us) {
      relay_goes_on();
    } else {
      say("the relay stops");
      database_.sent_until_us = database_.now_us;
    }
  }
  if (random_.chance(scenario_.release * 8)) release_held_keys();
  if (random_.chance(scenario_.dependency * 8)) dependency_down_ = !dependency_down_;
  if (const auto alive = living(); !alive.empty() && random_.chance(scenario_.jump * 8)) {
    const std::int64_t jump = random_.between(-7'200'000, 7'200'000);
    const std::size_t seat = random_.pick(alive);
    say(seats_[seat].member->name() + ": its wall clock jumps by " + std::to_string(jump) + " ms");
    seats_[seat].clock->jump_wall(jump);
  }
}

// --- what happens ------------------------------------------------------------------------------------------------------------

void World::start(std::size_t index) {
  Seat& seat = seats_[index];
  seat = Seat{};
  seat.clock = std::make_unique<test::ManualClock>(clock_);
  seat.courier = std::make_unique<MemberCourier>(*this, couriers_++);
  const std::string name = "member " + std::to_string(index) + "." + std::to_string(seat.courier->number);
  seat.member = std::make_unique<Member>(name, epoch_, random_.next(),
                                         Member::Surroundings{scenario_, plan_, log_, database_, *seat.clock, *seat.courier});
  say(name + " starts with epoch " + std::to_string(epoch_));
  Member* member = seat.member.get();
  test::FakeStore& store = member->store();
  store.fault_of_commit = [this](const Batch&) {
    using Fault = test::FakeStore::Fault;
    const Fault fault = healed_ ? Fault::kNone
                        : random_.chance(scenario_.unavailable) ? Fault::kBefore
                        : random_.chance(scenario_.answer_lost) ? Fault::kAfter : Fault::kNone;
    if (fault != Fault::kNone) ++numbers_.unavailable;
    return fault;
  };
  store.fault_of_load = [this](const Batch&) { return !healed_ && random_.chance(scenario_.load_unavailable); };
  store.refuses = [this](const Event& event) -> std::optional<std::string> {
    if (!history_.is_poison(event.envelope.id)) return std::nullopt;
    return "the database does not take this";
  };
  member->source().on_commit = [this, member](const Position& position) {
    say(member->name() + " commits position " + test::name_of(position.at) + "@" + std::to_string(position.offset));
    std::int64_t& last = member->last_position[position.at];
    checkers_.position_wanted(member->name(), position, last);
    last = position.offset;
  };
  if (trace_)
    member->probe().on_done = [this, member](const Event& event) {
      say(member->name() + ": done " + test::name_of({event.record.topic, event.record.partition}) + "@" + std::to_string(event.record.offset) +
          " " + gofuture::name_of(event.outcome) + (event.verdict == Verdict::kRepeat ? " (repeat)" : ""));
    };
  rebalance();
}

void World::crash(std::size_t index) {
  Seat& seat = seats_[index];
  ++numbers_.crashes;
  say(seat.member->name() + " crashes with " + std::to_string(seat.member->pipeline().gauges().in_flight) + " events in flight");
  dead_couriers_.insert(seat.courier->number);
  seat.member->crash();
  std::erase_if(pending_, [&](const Pending& pending) {
    if (pending.courier != seat.courier->number) return false;
    if (pending.message.kind == test::Message::Kind::kInside || random_.chance(0.4)) return true;
    ++numbers_.late_commits;  // its commit will arrive after its death
    return false;
  });
  graveyard_.push_back(std::move(seat));
  seat = Seat{};
  seat.down_for = static_cast<int>(random_.between(1, 60));
  rebalance();
}

// The group gives a member up that does not know it yet: it goes on, its positions are refused, until it hears of it.
void World::evict(std::size_t index) {
  Seat& seat = seats_[index];
  if (seat.evicted) return;
  ++numbers_.evictions;
  say("the group gives " + seat.member->name() + " up");
  seat.evicted = true;
  seat.revoking = false;
  seat.member->source().refuse_commits(true);
  seat.member->forget_calls();
  rebalance();
}

void World::learns_its_loss(Seat& seat) {
  say(seat.member->name() + " learns that its partitions are lost");
  seat.evicted = false;
  seat.revoking = true;  // it has them until it polls
  seat.member->call({GroupCall::Kind::kLost, seat.member->source().assigned()});
}

void World::turn(std::size_t index) {
  Seat& seat = seats_[index];
  Member& member = *seat.member;
  if (seat.evicted && random_.chance(0.1)) {  // now it hears
    learns_its_loss(seat);
    rebalance();
  }
  member.function().dependency_down = dependency_down_;
  member.turn();
  checkers_.held_bytes(member.name(), member.pipeline().gauges().bytes, member.bytes_bound());
  if (member.pipeline().halted()) {  // what the process does: stop this function, start the newer one
    ++numbers_.fenced;
    say(member.name() + " halts: " + *member.pipeline().halted());
    crash(index);
  }
}

// Eager, as `range` is: everybody gives everything back, then everything is given out anew.
void World::rebalance() {
  if (!rebalancing_) ++numbers_.rebalances;
  rebalancing_ = true;
  for (Seat& seat : seats_) {
    if (!seat.member || seat.evicted || seat.revoking || seat.member->called()) continue;  // finish_rebalance() comes back
    auto owned = seat.member->source().assigned();
    if (owned.empty()) continue;
    seat.revoking = true;
    seat.member->call({GroupCall::Kind::kRevoke, std::move(owned)});
  }
}

void World::finish_rebalance() {
  if (!rebalancing_) return;
  rebalance();  // who has taken in meanwhile what it was given before
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    if (!seats_[i].member || seats_[i].evicted) continue;
    if (!seats_[i].member->owns_nothing()) return;
    members.push_back(i);
  }
  rebalancing_ = false;
  if (members.empty()) return;
  std::map<std::size_t, std::vector<TopicPartition>> given;
  for (const TopicPartition& at : partitions()) given[random_.pick(members)].push_back(at);
  for (const std::size_t i : members) {
    seats_[i].revoking = false;
    if (given[i].empty()) continue;
    say(seats_[i].member->name() + " is given " + std::to_string(given[i].size()) + " partitions");
    seats_[i].member->call({GroupCall::Kind::kAssign, given[i]});
  }
}

void World::advance(std::int64_t ms) {
  clock_.advance(ms);
  database_.now_us = clock_.unix_ms() * 1000;
  for (Seat& seat : seats_)
    if (seat.clock) seat.clock->advance(ms);
}

void World::produce() {
  ++produced_;
  if (database_.sent_until_us && random_.chance(0.5)) {
    say("somebody has committed an event to the outbox");
    unsent_ms_.push_back(clock_.unix_ms());
  } else {
    append(clock_.unix_ms());
  }
}

void World::relay_goes_on() {
  say("the relay goes on");
  for (const std::int64_t sent_ms : unsent_ms_) append(sent_ms);
  numbers_.sent_late += unsent_ms_.size();
  unsent_ms_.clear();
  database_.sent_until_us.reset();
}

void World::append(std::int64_t sent_ms) {
  const Produced& made = history_.produce(scenario_, random_, log_, sent_ms);
  say("produced " + test::name_of(made.at) + "@" + std::to_string(made.offset) + " " + (made.ce_id.empty() ? "(no id)" : made.ce_id) +
      " key " + made.key);
}

// What people do about keys that a dead letter holds.
void World::release_held_keys() {
  std::set<std::string> held;
  for (const auto& [place, row] : database_.parked)
    if (row.held) held.insert(row.state_key);
  for (const std::string& key : held) {
    say("key " + key + " is released");
    numbers_.released += static_cast<std::size_t>(database_.release_key(plan_->manifest().name, key));
  }
}

void World::deliver(std::size_t index) {
  Pending pending = std::move(pending_[index]);
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
  say("[" + std::to_string(pending.courier) + "] " + pending.message.what);
  pending.message.run();
  if (pending.message.kind == test::Message::Kind::kOutside) checkers_.transaction_ended();
}

// --- the end ---------------------------------------------------------------------------------------------------------------

bool World::at_rest() const {
  if (!pending_.empty() || rebalancing_ || !database_.parked.empty() || !database_.timers.empty()) return false;
  for (const Seat& seat : seats_)
    if (!seat.member || seat.evicted || seat.member->has_work()) return false;
  return std::all_of(log_.partitions().begin(), log_.partitions().end(),
                     [](const auto& entry) { return entry.second.committed.value_or(0) == entry.second.end; });
}

void World::heal_and_settle() {
  say("--- everything heals");
  healed_ = true;
  dependency_down_ = false;
  relay_goes_on();
  for (std::size_t index = 0; index < seats_.size(); ++index) {
    if (!seats_[index].member) start(index);
    if (seats_[index].evicted) learns_its_loss(seats_[index]);
  }
  rebalance();  // what a zombie was refused is committed by its next owner
  constexpr int kRounds = 4'000;
  for (int round = 0; round < kRounds; ++round) {
    finish_rebalance();
    release_held_keys();
    if (at_rest()) {
      for (Seat& seat : seats_) numbers_.repeats += static_cast<std::size_t>(std::count_if(
          seat.member->probe().finished.begin(), seat.member->probe().finished.end(), [](const auto& done) { return done.verdict == Verdict::kRepeat; }));
      return;
    }
    for (std::size_t left = pending_.size(); left > 0 && !pending_.empty(); --left) deliver_one();
    for (std::size_t index = 0; index < seats_.size(); ++index) {
      if (!seats_[index].member) start(index);
      else turn(index);
    }
    advance(random_.between(1, 200));
  }
  checkers_.did_not_settle("the world is not at rest after " + std::to_string(kRounds) + " quiet rounds: " +
                           std::to_string(pending_.size()) + " messages are under way, " + std::to_string(database_.parked.size()) + " events are parked, " +
                           std::to_string(database_.timers.size()) + " timers are set");
}

}  // namespace gofuture::simulation
