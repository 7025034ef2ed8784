// Platform: the ride functions as they are built, each behind a fake host of its own, subscribed as their manifests say, and the bus
// between them.
//
// Promised as by the runtime: per (function, topic, state key) events come in the topic's order, each with one effect; what comes
// again holds those behind it; what an event asks for is there with its outcome or not at all; functions' events reach their
// topics in the order of their commits, through one outbox. Nothing else: which lane moves next is chance, so any event may be
// late by any time, and a topic may be any time ahead of another.
//
// A lane's event whose retries are used up is a dead letter; those behind it go on.
#pragma once

#include <deque>
#include <functional>
#include <gofuture/testing/fake_host.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "manifest/load.hpp"
#include "saga/gateway.hpp"
#include "saga/people.hpp"
#include "saga/ride_tables.hpp"

namespace gofuture::saga {

struct Finding {
  std::string invariant, what;
};

// The libraries, loaded once for all histories. A planted bug replaces one of them.
class Libraries {
 public:
  static const std::vector<std::string>& names();                                            // of the saga's functions
  explicit Libraries(const std::string& planted_function = "", const std::string& planted_file = "");
  const gofuture_entry& entry(const std::string& function) const { return *entries_.at(function); }
  const FunctionManifest& manifest(const std::string& function) const { return manifests_.at(function); }

 private:
  std::map<std::string, const gofuture_entry*> entries_;
  std::map<std::string, FunctionManifest> manifests_;
};

class Platform {
 public:
  using Tell = std::function<void(const std::string&)>;   // the trace
  using Phones = std::function<void(const Event&)>;       // the drivers' phones: DriverAssigned, BookingCanceled
  Platform(const Libraries& libraries, const Scenario& scenario, simulation::Random& random, Gateway& gateway, Phones phones, Tell tell);

  void publish(Event event);                  // onto its topic: what a phone sends itself
  void outbox(Event event) { outbox_.push_back(std::move(event)); }
  std::string next_id();

  // What could move now, and one step of each, chosen by chance.
  bool can_relay() const { return !outbox_.empty(); }
  void relay();
  bool can_deliver() const;
  void deliver();
  bool can_fire(Time now) const;
  void fire(Time now);
  std::optional<Time> next_timer() const;

  // No function is dark any more; nothing fails by chance.
  void heal() { healthy_ = true; }
  void keep_time(Time now);
  bool redrive();  // every dead letter, once more; false: there is none

  const RideRows& rows() const { return tables_.rows(); }
  const std::vector<Event>& published() const { return published_; }
  const std::vector<Finding>& findings() const { return findings_; }
  struct Numbers {
    std::size_t handled = 0, retried = 0, dead = 0, lost_commits = 0, timers = 0;
  };
  const Numbers& numbers() const { return numbers_; }

 private:
  struct Function {
    std::string name;
    const FunctionManifest* manifest = nullptr;
    std::unique_ptr<FakeHost> host;
  };
  struct Pending {
    Event event;
    std::uint32_t attempt = 1;
    int redrive = 0;
  };
  using Lane = std::tuple<std::size_t, std::string, std::string>;  // function, topic, booking
  static constexpr std::size_t kPhones = ~std::size_t{0};

  bool is_dark(std::size_t function) const;
  std::vector<Lane> ready() const;
  void hand_over(std::size_t function, std::deque<Pending>& lane, const std::string& topic);
  void tell_ended(const Function& function, const std::string& what, const Outcome& outcome);
  void look_at_drivers();
  bool settle(Function& function, const Outcome& outcome, const RideRows& before);
  void take_emitted(Function& function);
  void serve(Function& function);

  const Scenario& s_;
  simulation::Random& random_;
  Gateway& gateway_;
  Phones phones_;
  Tell tell_;
  RideTables tables_;
  std::vector<Function> functions_;
  std::map<Lane, std::deque<Pending>> lanes_;
  std::deque<Event> outbox_;
  std::vector<Event> published_;
  std::vector<std::pair<Lane, Pending>> dead_;
  std::vector<Finding> findings_;
  std::set<std::pair<std::string, std::string>> let_go_;  // (booking, driver): as assign_driver has heard, he has rejected it
  Numbers numbers_;
  struct {
    std::string booking, event;  // event: its id and how often it was redriven
  } in_hand_;                    // what Idempotency-Keys are made of
  std::uint64_t last_id_ = 0;
  bool healthy_ = false;
};

}  // namespace gofuture::saga
