#include "simulation/member.hpp"

namespace gofuture::simulation {
namespace {

test::FakeStore::Options store_options(const Scenario& scenario, std::int64_t epoch, Inside& inside) {
  test::FakeStore::Options options;
  options.epoch = epoch;
  options.inside = scenario.kind == Scenario::Kind::kInside ? &inside : nullptr;
  options.commits_in_flight = scenario.commits_in_flight;
  options.gather_ms = scenario.gather_ms;
  options.behind_ms = scenario.behind_ms;
  options.plant = scenario.plant;
  options.decides = scenario.store_decides;
  return options;
}

constexpr std::size_t kBiggestRecord = 512;

}  // namespace

Member::Member(std::string name, std::int64_t epoch, std::uint64_t seed, const Surroundings& around)
    : scenario_(around.scenario),
      name_(std::move(name)),
      epoch_(epoch),
      plan_(around.plan),
      clock_(around.clock),
      source_(around.log, &answers_),
      function_(*plan_, seed),
      handlers_(function_, around.clock, answers_, around.courier),
      inside_(function_, around.clock),
      store_(around.database, *plan_, store_options(around.scenario, epoch, inside_), answers_, around.courier),
      pipeline_(std::make_unique<Pipeline>(*plan_, Ports{source_, handlers_, store_, around.clock, probe_})) {
  function_.knows_newest = around.scenario.knows_newest;
}

void Member::crash() {
  pipeline_.reset();
  while (answers_.take()) {
  }
  calls_.clear();
}

bool Member::has_work() const {
  if (!calls_.empty() || answers_.size() > 0) return true;
  const auto next = pipeline_->next_wakeup_ms();
  return next && *next <= clock_.steady_ms();
}

std::size_t Member::bytes_bound() const {
  return static_cast<std::size_t>(scenario_.plan.bytes_max) + (scenario_.poll_max + 2) * kBiggestRecord;  // one poll, and the record and the timer that fill a claim
}

void Member::turn() {
  while (auto answer = answers_.take()) pipeline_->on_answer(std::move(*answer));
  if (pipeline_->wants_records()) poll();
  pipeline_->step();
}

void Member::poll() {
  while (!calls_.empty()) {
    const GroupCall call = std::move(calls_.front());
    calls_.pop_front();
    switch (call.kind) {
      case GroupCall::Kind::kAssign: {
        source_.refuse_commits(false);
        const auto positions = source_.assign(call.partitions);
        for (const Position& position : positions) last_position[position.at] = position.offset;
        pipeline_->on_assigned(positions);
        break;
      }
      case GroupCall::Kind::kRevoke:
        source_.revoking(call.partitions);
        pipeline_->on_revoked(call.partitions);
        break;
      case GroupCall::Kind::kLost:
        source_.lost(call.partitions);
        pipeline_->on_lost(call.partitions);
        break;
    }
  }
  auto records = source_.poll(scenario_.poll_max);
  if (!records.empty()) pipeline_->on_records(std::move(records));
}

}  // namespace gofuture::simulation
