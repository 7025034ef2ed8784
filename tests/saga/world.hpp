// World: one history of the saga. First everything happens in an order that the seed decides, among troubles and, in some seeds, without
// one of the functions; when nothing moves any more every booking must have ended. Then all heals, dead letters are redriven, what
// was late arrives; and the checkers compare topics, tables and the gateway's ledger.
//
//   World world(libraries, Scenario::of(42), /*trace=*/true);
//   world.run();
//   world.findings()   // empty, or what is wrong
#pragma once

#include <string>
#include <vector>

#include "saga/platform.hpp"

namespace gofuture::saga {

class World : private People::World {
 public:
  World(const Libraries& libraries, const Scenario& scenario, bool trace);
  void run();

  const std::vector<Finding>& findings() const { return findings_; }
  bool found(const std::string& invariant) const;
  struct Numbers {
    std::size_t steps = 0, bookings = 0, completed = 0, canceled_by_riders = 0, rejected = 0, payment_timeouts = 0, driver_timeouts = 0,
                refunds = 0, late_captures = 0, denied = 0;
    Platform::Numbers platform;
  };
  const Numbers& numbers() const { return numbers_; }

 private:
  void from_rider(const std::string& type, const std::string& booking, const std::string& data) override;
  void from_phone(const std::string& type, const std::string& booking, const std::string& data) override;
  void come_to_rest();
  bool step();
  void deliver() { platform_.deliver(); }
  void relay() { platform_.relay(); }
  void act() { people_.act(); }
  void fire() { platform_.fire(now_); }
  void arrive() { gateway_.one_arrives(); }
  void say(const std::string& what) const;
  void count();

  const Scenario s_;
  const bool trace_;
  simulation::Random random_;
  Gateway gateway_;
  People people_;
  Platform platform_;
  Time now_{std::chrono::milliseconds(1'767'225'600'000)};
  std::vector<Finding> findings_;
  Numbers numbers_;
};

}  // namespace gofuture::saga
