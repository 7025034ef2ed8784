// Pipeline: the way of one function's events, as one single-threaded state machine.
//
//   records -> admission (envelope, type, schema, state key) -> lane of the key -> batch -> load -> handle -> commit
//           -> done -> contiguous position -> offset commit
//
// It owns every event between poll and done, decides everything and waits for nothing: ports answer by message, step() does
// what has become possible, next_wakeup_ms() says when time alone will make something possible. The simulator runs this very
// object with fake ports.
//
// What it keeps true: an event is done only when its outcome is durable; a key is in one batch at a time, in arrival order; a
// committed position never passes an unfinished event and never goes back; memory is bounded in bytes.
//
// Threads: all methods on one thread (the function's). Ports may outlive it, never the other way round.
//
//   Pipeline pipeline(plan, {source, handlers, store, clock, probe});
//   pipeline.on_assigned({{{0, 3}, 1200}});
//   pipeline.on_records(std::move(records));
//   pipeline.on_answer(std::move(answer));
//   pipeline.step();
#pragma once

#include <memory>
#include <vector>

#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"
#include "pipeline/strikes.hpp"

namespace gofuture {

struct Ports {
  Source& source;
  Handlers& handlers;
  Store& store;
  Clock& clock;
  Probe& probe;
  Strikes* strikes = nullptr;  // null: the last run left none
};

class Pipeline {
 public:
  Pipeline(const Plan& plan, Ports ports);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // From the source. Positions are where reading starts. Revoked partitions are drained (no new dispatch, what is in flight
  // ends, at most drain_ms) and then handed back by Source::release; lost ones are dropped at once and never committed.
  void on_assigned(const std::vector<Position>& positions);
  void on_records(std::vector<Record> records);
  void on_revoked(const std::vector<TopicPartition>& partitions);
  void on_lost(const std::vector<TopicPartition>& partitions);
  // The partition has been read up to here, and this was its end then (functions with timers; markers of transactions are passed
  // so, too).
  void on_end(TopicPartition at, std::int64_t offset);

  void on_answer(Answer answer);

  // Whether the source should be polled now: false while enough is waiting. Never false for long: a pipeline that stays full
  // pauses its partitions, so that polling goes on and the group is not left.
  bool wants_records() const;

  // Does all that is possible now. Call after any of the above, and when next_wakeup_ms() has come.
  void step();
  // Steady-clock time at which step() has something to do without any message; nothing: never.
  std::optional<std::int64_t> next_wakeup_ms() const;

  // No new dispatch from now on; idle() tells when everything in flight has ended.
  void stop();
  bool idle() const;
  // Set when the function must not go on here (fenced by a newer deployment): why, for the log and /readyz.
  const std::optional<std::string>& halted() const;

  Probe::Gauges gauges() const;

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace gofuture
