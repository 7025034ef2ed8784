#include "simulation/scenario.hpp"

#include "simulation/random.hpp"

namespace gofuture::simulation {

Scenario Scenario::of(std::uint64_t seed) {
  Random random(seed ^ 0x5ce7a810);
  Scenario s;
  s.seed = seed;
  const auto die = random.below(20);
  s.kind = die < 9 ? Kind::kKeyed : die < 12 ? Kind::kStateless : die < 15 ? Kind::kNewest : Kind::kInside;
  s.members = static_cast<int>(random.between(1, 3));
  s.partitions = static_cast<int>(random.between(1, 3));
  s.keys = static_cast<int>(random.between(1, 6));
  s.events = static_cast<int>(random.between(15, 90));
  s.commits_in_flight = static_cast<int>(random.between(1, 3));
  if (seed % 2 == 1) {  // not drawn: a seed's other draws stay what they are
    s.gather_ms = 4;
    s.behind_ms = 25;
  }
  s.poll_max = static_cast<std::size_t>(random.between(1, 30));
  s.steps = static_cast<std::size_t>(random.between(300, 1500));
  s.knows_newest = random.chance(0.5);
  s.store_decides = random.chance(0.5) && s.knows_newest;

  using From = Subscription::KeyFrom;
  s.plan.key_from = random.pick(std::vector{From::kRecordKey, From::kRecordKey, From::kSubject, From::kData});
  s.plan.batch_max = random.pick(std::vector{1, 2, 3, 8, 50});
  s.plan.concurrency = static_cast<std::int32_t>(random.between(1, 3));
  s.plan.bytes_max = random.pick(std::vector<std::int64_t>{1'000, 3'000, 10'000, 1 << 20});
  s.plan.stateful = s.kind != Kind::kStateless;
  s.plan.sql = s.kind == Kind::kInside;
  if (s.kind == Kind::kNewest) s.plan.fence = Fence{"/observed_at", false};
  s.plan.retry.initial_ms = random.between(1, 200);
  s.plan.retry.max_ms = 1'000;
  s.plan.timeout_ms = 1'000;  // a claim lasts so long, and then some

  // Each kind of trouble is absent in some seeds, so that nothing can hide behind another one.
  const auto rate = [&random](double most) { return random.chance(0.4) ? 0.0 : most * static_cast<double>(random.between(5, 100)) / 100.0; };
  s.crash = rate(0.012);
  s.rebalance = rate(0.012);
  s.evict = rate(0.01);
  s.deploy = random.chance(0.2) ? 0.003 : 0.0;
  s.dependency = rate(0.01);
  s.jump = rate(0.01);
  s.unavailable = rate(0.25);
  s.answer_lost = rate(0.25);
  s.load_unavailable = rate(0.25);
  s.duplicate = rate(0.3);
  s.other_content = s.kind == Kind::kNewest ? 0.0 : rate(0.1);
  s.garbage = rate(0.15);
  s.foreign = rate(0.2);
  s.hole = rate(0.3);
  s.poison = rate(0.1);
  s.retry = rate(0.2);
  s.exhaust = rate(0.05);
  s.reject = rate(0.15);
  s.skip = s.kind == Kind::kNewest ? 0.0 : rate(0.15);  // without an inbox a skip leaves no trace to check
  s.later = rate(0.1);
  s.twice = rate(0.2);
  s.plan.timers = s.kind == Kind::kKeyed || s.kind == Kind::kInside;
  s.timer = s.plan.timers ? rate(0.2) : 0.0;
  s.relay_stops = s.timer > 0 ? rate(0.01) : 0.0;
  if (s.kind != Kind::kNewest && random.chance(0.25)) {  // there a younger event waits for no older one
    s.plan.retry.on_dead = OnDead::kHold;
    s.release = rate(0.02);
  }
  return s;
}

std::string Scenario::text() const {
  static constexpr const char* kKinds[] = {"keyed", "stateless", "newest", "inside"};
  const auto part = [](const char* name, auto value) { return std::string(" ") + name + "=" + std::to_string(value); };
  std::string text = std::string("seed ") + std::to_string(seed) + ": " + kKinds[static_cast<int>(kind)];
  text += part("members", members) + part("partitions", partitions) + part("keys", keys) + part("events", events);
  text += part("batch_max", plan.batch_max) + part("concurrency", plan.concurrency) + part("bytes_max", plan.bytes_max);
  text += part("crash", crash) + part("rebalance", rebalance) + part("evict", evict) + part("deploy", deploy);
  text += part("unavailable", unavailable) + part("answer_lost", answer_lost) + part("load_unavailable", load_unavailable);
  text += part("duplicate", duplicate) + part("other_content", other_content) + part("garbage", garbage) + part("poison", poison);
  text += part("retry", retry) + part("exhaust", exhaust) + part("reject", reject) + part("skip", skip) + part("later", later) + part("timer", timer);
  text += part("relay_stops", relay_stops) + (plan.retry.on_dead == OnDead::kHold ? " on_dead=hold" + part("release", release) : "");
  return text;
}

}  // namespace gofuture::simulation
