// Member: one incarnation of a replica: the very Pipeline with fake ports around it, run in turns as its Loop would. What it
// wants from the world becomes a message of the simulation; a crash destroys the pipeline and keeps the ports, because what was
// on its way to the database may still arrive there.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/pipeline.hpp"
#include "simulation/scenario.hpp"
#include "support/answer_box.hpp"
#include "support/counting_function.hpp"
#include "support/courier.hpp"
#include "support/fake_handlers.hpp"
#include "support/fake_probe.hpp"
#include "support/fake_source.hpp"
#include "support/fake_store.hpp"

namespace gofuture::simulation {

// What a group coordinator tells a member; taken in when the member polls.
struct GroupCall {
  enum class Kind { kAssign, kRevoke, kLost };
  Kind kind;
  std::vector<TopicPartition> partitions;
};

class Member {
 public:
  struct Surroundings {
    const Scenario& scenario;
    std::shared_ptr<const Plan> plan;
    test::FakeLog& log;
    test::FakeDatabase& database;
    test::ManualClock& clock;  // of this machine
    test::Courier& courier;
  };

  Member(std::string name, std::int64_t epoch, std::uint64_t seed, const Surroundings& around);

  // One round of its loop: answers, what the group says, records, step.
  void turn();
  void crash();
  bool alive() const { return pipeline_ != nullptr; }
  bool has_work() const;  // a turn now would find something

  const std::string& name() const { return name_; }
  std::int64_t epoch() const { return epoch_; }
  Pipeline& pipeline() { return *pipeline_; }
  test::FakeSource& source() { return source_; }
  test::FakeStore& store() { return store_; }
  test::CountingFunction& function() { return function_; }
  test::FakeProbe& probe() { return probe_; }
  std::size_t bytes_bound() const;

  void call(GroupCall call) { calls_.push_back(std::move(call)); }
  void forget_calls() { calls_.clear(); }  // the group went on without this member
  bool called() const { return !calls_.empty(); }
  bool owns_nothing() const { return source_.assigned().empty() && calls_.empty(); }
  // Highest position committed by assignment, for the checkers.
  std::map<TopicPartition, std::int64_t> last_position;

 private:
  void poll();

  const Scenario& scenario_;
  const std::string name_;
  const std::int64_t epoch_;
  std::shared_ptr<const Plan> plan_;
  test::ManualClock& clock_;
  test::AnswerBox answers_;
  test::FakeProbe probe_;
  test::FakeSource source_;
  test::CountingFunction function_;
  test::FakeHandlers handlers_;
  test::FakeInside inside_;
  test::FakeStore store_;
  std::deque<GroupCall> calls_;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace gofuture::simulation
