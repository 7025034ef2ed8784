// World: one seed's simulation. Members over one log and one database; every message between them is delivered in an order that
// the seed decides, among crashes, rebalances, members that the group has given up (zombies), lost connections and jumping
// clocks. Then everything heals, comes to rest, and the checkers read what is left.
//
//   World world(Scenario::of(42), /*trace=*/true);
//   world.run();
//   world.findings()   // empty, or what is wrong
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulation/checkers.hpp"
#include "simulation/history.hpp"
#include "simulation/member.hpp"
#include "simulation/random.hpp"

namespace gofuture::simulation {

class World {
 public:
  World(const Scenario& scenario, bool trace);
  ~World();

  void run();
  const std::vector<Finding>& findings() const { return checkers_.findings(); }
  bool found(const std::string& invariant) const { return checkers_.found(invariant); }

  struct Numbers {  // what the seed really exercised
    std::size_t steps = 0, crashes = 0, rebalances = 0, evictions = 0, deployments = 0, late_commits = 0;
    std::size_t events = 0, effects = 0, dead = 0, repeats = 0, retries = 0, reruns = 0, refused = 0, unavailable = 0, pauses = 0;
    std::size_t fenced = 0, parked = 0, timers = 0, sent_late = 0, released = 0;
  };
  const Numbers& numbers() const { return numbers_; }

 private:
  class MemberCourier;
  struct Seat {  // a place in the group: one incarnation after the other
    std::unique_ptr<test::ManualClock> clock;
    std::unique_ptr<MemberCourier> courier;
    std::unique_ptr<Member> member;
    bool evicted = false;      // the group has given it up; it may not know
    bool revoking = false;     // the group waits for it to give its partitions back
    int down_for = 0;          // steps until it starts again after a crash
  };
  struct Pending {
    std::size_t courier;  // who sent it
    test::Message message;
  };

  // --- chance
  void chaos_step();
  void deliver_one();
  void trouble();
  // --- what happens
  void start(std::size_t seat);
  void crash(std::size_t seat);
  void turn(std::size_t seat);
  void evict(std::size_t seat);
  void learns_its_loss(Seat& seat);
  void rebalance();
  void finish_rebalance();
  void advance(std::int64_t ms);
  void produce();
  void append(std::int64_t sent_ms);
  void relay_goes_on();
  void release_held_keys();
  void deliver(std::size_t index);
  // --- the end
  void heal_and_settle();
  bool at_rest() const;

  void say(const std::string& what);
  std::vector<TopicPartition> partitions() const;
  std::vector<std::size_t> living() const;

  const Scenario scenario_;
  const bool trace_;
  Random random_;
  std::shared_ptr<const Plan> plan_;
  test::ManualClock clock_;  // the database's and the world's
  test::FakeLog log_;
  test::FakeDatabase database_;
  History history_;
  Checkers checkers_;
  std::vector<Seat> seats_;
  std::vector<Pending> pending_;
  std::vector<Seat> graveyard_;  // ports of the crashed: their commits may still be under way
  std::set<std::size_t> dead_couriers_;
  std::size_t couriers_ = 0;
  std::vector<std::int64_t> unsent_ms_;  // what others committed, and when, while the relay stood still
  int produced_ = 0;
  std::int64_t epoch_ = 1;
  bool rebalancing_ = false;
  bool healed_ = false;
  bool dependency_down_ = false;
  Numbers numbers_;
};

}  // namespace gofuture::simulation
