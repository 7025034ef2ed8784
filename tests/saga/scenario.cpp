#include "saga/scenario.hpp"

#include "simulation/random.hpp"

namespace gofuture::saga {

Scenario Scenario::of(std::uint64_t seed) {
  simulation::Random random(seed ^ 0x5a6a);
  const auto rate = [&random](double most) {
    return random.chance(0.4) ? 0.0 : most * static_cast<double>(random.between(10, 100)) / 100.0;
  };
  Scenario s;
  s.seed = seed;
  s.bookings = static_cast<int>(random.between(1, 4));
  s.drivers = static_cast<int>(random.between(0, 5));
  s.rich = random.chance(0.2) ? static_cast<int>(random.between(1, s.bookings)) : 0;
  s.cancels = rate(0.6);
  s.rejects = rate(0.8);
  s.echoes = rate(0.5);
  s.deaf = rate(1.0);
  s.declined = rate(0.3);
  s.errors = rate(0.7);
  s.unreachable = rate(0.2);
  s.silent = rate(0.6);
  s.sql_errors = rate(0.6);
  s.jumps = rate(0.05);
  s.lost_commits = rate(0.2);
  const auto dark = random.below(10);
  s.dark = dark == 0 ? "capture_payment" : dark == 1 ? "assign_driver" : dark == 2 ? "check_fraud" : "";
  return s;
}

std::string Scenario::text() const {
  std::string text = "seed " + std::to_string(seed) + ": " + std::to_string(bookings) + " bookings, " +
                     std::to_string(drivers) + " drivers";
  if (rich != 0) text += ", b-" + std::to_string(rich) + " costs too much";
  const auto add = [&text](const char* name, double share) {
    if (share > 0) text += ", " + std::string(name) + " " + std::to_string(share).substr(0, 4);
  };
  add("cancels", cancels);
  add("rejects", rejects);
  add("echoes", echoes);
  add("deaf", deaf);
  add("declined", declined);
  add("errors", errors);
  add("unreachable", unreachable);
  add("silent", silent);
  add("sql_errors", sql_errors);
  add("jumps", jumps);
  add("lost_commits", lost_commits);
  return text + (dark.empty() ? "" : ", dark " + dark);
}

}  // namespace gofuture::saga
