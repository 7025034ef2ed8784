#include "saga/world.hpp"

#include <algorithm>
#include <cstdio>

#include "saga/checkers.hpp"

namespace gofuture::saga {
namespace {

constexpr std::size_t kStepsMax = 50'000;

}  // namespace

World::World(const Libraries& libraries, const Scenario& scenario, bool trace)
    : s_(scenario),
      trace_(trace),
      random_(scenario.seed),
      gateway_(s_, random_),
      people_(s_, random_, *this),
      platform_(libraries, s_, random_, gateway_, [this](const Event& event) { people_.hear(event); },
                [this](const std::string& what) { say(what); }) {}

void World::say(const std::string& what) const {
  if (trace_) std::printf("%9.3f  %s\n", static_cast<double>(now_.time_since_epoch().count() - 1'767'225'600'000) / 1000, what.c_str());
}

void World::from_rider(const std::string& type, const std::string& booking, const std::string& data) {
  say("rider: " + type + " " + booking);
  numbers_.bookings += type == "BookingCreated" ? 1 : 0;
  platform_.outbox({platform_.next_id(), type, "booking.events", booking, data});
}

void World::from_phone(const std::string& type, const std::string& booking, const std::string& data) {
  platform_.publish({platform_.next_id(), type, "booking.events", booking, data});
}

void World::run() {
  say(s_.text());
  come_to_rest();
  for (Finding& finding : check_ends(platform_, s_.bookings)) findings_.push_back(std::move(finding));
  say("everything heals");
  gateway_.heal();
  platform_.heal();
  do {
    come_to_rest();
  } while (platform_.redrive());
  for (const Finding& finding : platform_.findings()) findings_.push_back(finding);
  for (Finding& finding : check_balance(platform_, gateway_, people_, s_.bookings)) findings_.push_back(std::move(finding));
  for (const Finding& finding : findings_) say("WRONG " + finding.invariant + ": " + finding.what);
  count();
}

void World::come_to_rest() {
  while (step())
    if (++numbers_.steps > kStepsMax) return findings_.push_back({"rest", "after " + std::to_string(kStepsMax) + " steps it still moves"});
}

// One thing happens; false: nothing can.
bool World::step() {
  now_ += std::chrono::milliseconds(random_.between(0, 600));
  const auto timer = platform_.next_timer();
  if (timer && *timer > now_ && random_.chance(s_.jumps)) now_ = *timer;
  platform_.keep_time(now_);
  std::vector<void (World::*)()> possible;
  const auto add = [&possible](bool can, std::size_t weight, void (World::*one)()) {
    possible.insert(possible.end(), can ? weight : 0U, one);
  };
  add(platform_.can_deliver(), 8, &World::deliver);
  add(platform_.can_relay(), 6, &World::relay);
  add(people_.can_act(), 3, &World::act);
  add(platform_.can_fire(now_), 3, &World::fire);
  add(gateway_.under_way() > 0, 1, &World::arrive);
  if (!possible.empty()) {
    (this->*random_.pick(possible))();
    return true;
  }
  if (!timer) return false;
  now_ = std::max(now_, *timer);
  return true;
}

void World::count() {
  numbers_.canceled_by_riders = people_.canceled();
  numbers_.rejected = people_.rejected();
  numbers_.late_captures = gateway_.late();
  numbers_.platform = platform_.numbers();
  for (const Event& event : platform_.published()) {
    numbers_.completed += event.type == "BookingTripCompleted" ? 1 : 0;
    numbers_.refunds += event.type == "PaymentRefunded" ? 1 : 0;
    const bool timeout = event.data.find("\"timeout: ") != std::string::npos;
    numbers_.payment_timeouts += timeout && event.type == "PaymentFailed" ? 1 : 0;
    numbers_.denied += event.type == "FraudCheckCompleted" && event.data.find("\"denied\"") != std::string::npos ? 1 : 0;
    numbers_.driver_timeouts += timeout && event.type == "DriverNotFound" ? 1 : 0;
  }
}

bool World::found(const std::string& invariant) const {
  return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) { return finding.invariant == invariant; });
}

}  // namespace gofuture::saga
