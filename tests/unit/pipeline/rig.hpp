// Rig: a pipeline among fakes, for one test. Messages of the ports wait until the test delivers them (all, or by name); time
// stands until the test moves it.
//
//   Rig rig({.batch_max = 1});
//   rig.produce({kTrips, 0}, trip(1, "k"));
//   rig.assign({{kTrips, 0}});
//   rig.settle();                       // polls, steps and delivers until nothing happens any more
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/pipeline.hpp"
#include "support/answer_box.hpp"
#include "support/courier.hpp"
#include "support/fake_database.hpp"
#include "support/fake_handlers.hpp"
#include "support/fake_probe.hpp"
#include "support/fake_source.hpp"
#include "support/fake_store.hpp"
#include "support/record_builder.hpp"
#include "support/test_plan.hpp"

namespace gofuture::test {

class HeldCourier : public Courier {
 public:
  void send(Message message) override { waiting.push_back(std::move(message)); }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Message& message : waiting) all.push_back(message.what);
    return all;
  }
  // The first waiting message whose name begins so; false when there is none.
  bool deliver(const std::string& begins) {
    for (auto it = waiting.begin(); it != waiting.end(); ++it) {
      if (!it->what.starts_with(begins)) continue;
      const Message message = std::move(*it);
      waiting.erase(it);
      message.run();
      return true;
    }
    return false;
  }
  std::size_t count(const std::string& begins) const {
    std::size_t found = 0;
    for (const Message& message : waiting) found += message.what.starts_with(begins) ? 1U : 0U;
    return found;
  }
  std::deque<Message> waiting;
};

class Rig {
 public:
  explicit Rig(const PlanOptions& options = {}, FakeStore::Options store_options = {}, bool runs_inside = false)
      : plan(test_plan(options)),
        source(log, &answers),
        function(*plan, 11),
        handlers(function, clock, answers, courier),
        inside(function, clock),
        store(database, *plan, with_inside(store_options, runs_inside ? &inside : nullptr), answers, courier),
        pipeline(std::make_unique<Pipeline>(*plan, Ports{source, handlers, store, clock, probe})) {}

  std::int64_t produce(TopicPartition at, const RecordBuilder& record, std::int64_t hole = 0) {
    return log.append(at, record.content(), hole, clock.unix_ms());
  }
  void assign(const std::vector<TopicPartition>& partitions) { pipeline->on_assigned(source.assign(partitions)); }
  void revoke(const std::vector<TopicPartition>& partitions) {
    source.revoking(partitions);
    pipeline->on_revoked(partitions);
    pipeline->step();
  }
  void lose(const std::vector<TopicPartition>& partitions) {
    source.lost(partitions);
    pipeline->on_lost(partitions);
    pipeline->step();
  }
  std::size_t poll(std::size_t most = 1'000) {
    auto records = source.poll(most);
    const std::size_t got = records.size();
    if (got > 0) pipeline->on_records(std::move(records));
    pipeline->step();
    return got;
  }
  // Answers that have been posted are taken in, then a step.
  void step() {
    while (auto answer = answers.take()) pipeline->on_answer(std::move(*answer));
    pipeline->step();
  }
  // Delivers the first message of that name and lets the pipeline go on.
  ::testing::AssertionResult deliver(const std::string& begins) {
    if (!courier.deliver(begins)) return ::testing::AssertionFailure() << "nothing named \"" << begins << "\" is under way";
    step();
    return ::testing::AssertionSuccess();
  }
  void deliver_all() {
    while (!courier.waiting.empty()) {
      const Message message = std::move(courier.waiting.front());
      courier.waiting.pop_front();
      message.run();
      step();
    }
  }
  void advance(std::int64_t ms) {
    clock.advance(ms);
    database.now_us = clock.unix_ms() * 1000;
    step();
  }
  // Everything that can happen without time passing, then the commit of positions.
  void settle() {
    do {
      deliver_all();
    } while ((pipeline->wants_records() && poll() > 0) || !courier.waiting.empty());
    advance(200);
    deliver_all();
  }

  std::vector<std::string> causes() const {
    std::vector<std::string> all;
    for (const OutboxRow& row : database.outbox) all.push_back(read_counted(row.payload).cause);
    return all;
  }
  std::int64_t counted(const std::string& key) const {
    const auto row = database.keys.find({plan->manifest().name, key});
    return row == database.keys.end() ? 0 : Count::read(row->second.state).events;
  }
  std::optional<std::int64_t> committed(TopicPartition at) const { return log.partitions().at(at).committed; }
  std::vector<DeadLetter> dead_letters() const {
    std::vector<DeadLetter> all;
    for (const auto& [place, letter] : database.dead_letters) all.push_back(letter);
    return all;
  }

  std::shared_ptr<const Plan> plan;
  ManualClock clock;
  FakeLog log;
  FakeDatabase database;
  HeldCourier courier;
  AnswerBox answers;
  FakeProbe probe;
  FakeSource source;
  CountingFunction function;
  FakeHandlers handlers;
  FakeInside inside;
  FakeStore store;
  std::unique_ptr<Pipeline> pipeline;

 private:
  static FakeStore::Options with_inside(FakeStore::Options options, Inside* inside) {
    options.inside = inside;
    return options;
  }
};

inline std::string id(std::uint64_t number) { return test_id(number).text(); }
inline constexpr TopicPartition kP0{kTrips, 0}, kP1{kTrips, 1};

}  // namespace gofuture::test
