// Scenario: what one seed means: the kind of function, the size of the world, and how often what goes wrong.
#pragma once

#include <cstdint>
#include <string>

#include "support/fake_database.hpp"
#include "support/test_plan.hpp"

namespace gofuture::simulation {

struct Scenario {
  enum class Kind { kKeyed, kStateless, kNewest, kInside };

  static Scenario of(std::uint64_t seed);
  std::string text() const;

  std::uint64_t seed = 0;
  Kind kind = Kind::kKeyed;
  test::PlanOptions plan;
  int members = 1, partitions = 1, keys = 1, events = 1;  // partitions: of each of the two topics
  int commits_in_flight = 1;
  std::int64_t gather_ms = 0, behind_ms = 0;
  std::size_t poll_max = 1;
  std::size_t steps = 0;         // of chaos, at least
  bool knows_newest = true;      // kNewest: the handler looks at the row, or leaves all to the store

  bool store_decides = false;    // as FakeDatabase::Request says

  // per step
  double crash = 0, rebalance = 0, evict = 0, deploy = 0, dependency = 0, jump = 0, relay_stops = 0, release = 0;
  // per command
  double unavailable = 0, answer_lost = 0, load_unavailable = 0;
  // per record
  double duplicate = 0, other_content = 0, garbage = 0, foreign = 0, hole = 0, poison = 0;
  double retry = 0, exhaust = 0, reject = 0, skip = 0, later = 0, twice = 0, timer = 0;

  test::FakeDatabase::Plant plant = test::FakeDatabase::Plant::kNone;
};

}  // namespace gofuture::simulation
