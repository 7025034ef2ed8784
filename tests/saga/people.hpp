// People: riders who order and cancel, and drivers' phones that reject, arrive, start and complete. They act one step at a time, when
// the world's chance says so, and hear only what has reached them.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "saga/scenario.hpp"
#include "simulation/random.hpp"

namespace gofuture::saga {

struct Event {  // one record of a topic
  std::string id, type, topic, booking, data;
};

class People {
 public:
  // Whoever gets told of what people do.
  class World {
   public:
    virtual ~World() = default;
    virtual void from_rider(const std::string& type, const std::string& booking, const std::string& data) = 0;  // by an outbox
    virtual void from_phone(const std::string& type, const std::string& booking, const std::string& data) = 0;  // to Kafka itself
  };
  People(const Scenario& scenario, simulation::Random& random, World& world);

  bool can_act() const { return !riders_.empty() || !cancels_.empty() || !echoes_.empty() || !trips_.empty(); }
  void act();                       // one of them does one thing
  void hear(const Event& event);    // a phone: DriverAssigned, BookingCanceled

  std::int64_t told(const std::string& booking) const;  // what he was told it costs
  std::int64_t fare(const std::string& booking) const;  // what it costs by the meter, or what he was told if that is less
  static std::string region() { return "3776:-12243"; }
  std::size_t canceled() const { return canceled_; }
  std::size_t rejected() const { return rejected_; }

 private:
  struct Trip {
    std::string booking, driver;
    int step = 0;
    bool over = false;
  };
  struct Echo {
    std::string type, booking, data;
  };
  void drive(Trip& trip);

  const Scenario& s_;
  simulation::Random& random_;
  World& world_;
  std::deque<std::string> riders_;      // who will order
  std::vector<std::string> cancels_;    // bookings whose rider will cancel
  std::vector<Echo> echoes_;            // what will be told a second time
  std::deque<Trip> trips_;
  std::set<std::string> called_off_;    // as the phones have heard
  std::size_t canceled_ = 0, rejected_ = 0;
};

}  // namespace gofuture::saga
