// KafkaSource: the consumer of one function: a group of its own, its topics, one thread (the function's), which polls
// it and runs the pipeline that it feeds. It owns no event: records are views into librdkafka's buffers and go straight
// on.
//
//   auto source = KafkaSource::open({.brokers = …, .group = "refund_payment", .plan = plan, …}, probe);
//   Pipeline pipeline(*plan, {**source, …});
//   (*source)->attach(pipeline);                       // joins the group
//   Loop loop(**source, pipeline, …);                  // or by hand: wait for wait_fd(), poll(1000), pipeline.step()
//
// Lifecycle: open, attach once, poll, close, destroyed after the pipeline and after every record it made. It is a
// static member of its group and never says that it leaves: a process that comes back under the same instance name,
// also after SIGKILL, has its partitions again at once; one that does not come back (or is frozen) loses them after
// session_ms.
//
// Rebalance: the partitions that are taken stay ours until the pipeline has drained them and called release(); their
// late records are dropped. Lost ones (our session ended) are dropped at once and never committed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka/options.hpp"
#include "kafka/shared_reader.hpp"
#include "kafka/transactions.hpp"
#include "pipeline/io.hpp"
#include "pipeline/loop.hpp"
#include "pipeline/pipeline.hpp"

namespace gofuture {

struct SourceOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // of the process, then of the function: both through the allow-list
  std::string group;                              // prefix + function
  std::string instance;  // "<instance>-<function>": no two living processes may share it; empty: a dynamic member
  std::shared_ptr<const Plan> plan;
  Answers* answers = nullptr;     // where Ends go; needed where the function has timers
  SharedReader* reader = nullptr;  // reads what is new for this function and others; nullptr: it reads for itself alone. Outlives the source
  StartLedger* ledger = nullptr;  // nullptr (at_least_once): the committed offset is the only record
  int session_ms = 10'000;        // a frozen replica keeps its partitions this long
  int heartbeat_ms = 500;         // how soon a member hears of a rebalance
  int max_poll_ms = 300'000;      // also how long the others wait for our drain
  int release_ms = 5'000;         // how long giving back partitions may wait for the last commit
};

// Who takes what a source brings: the pipeline. Tests listen here.
class Intake {
 public:
  virtual ~Intake() = default;
  virtual void on_assigned(const std::vector<Position>& positions) = 0;
  virtual void on_records(std::vector<Record> records) = 0;
  virtual void on_revoked(const std::vector<TopicPartition>& partitions) = 0;
  virtual void on_lost(const std::vector<TopicPartition>& partitions) = 0;
  virtual void on_end(TopicPartition, std::int64_t) {}  // where the plan's function has timers
};

class KafkaSource : public Source, public Poller {
 public:
  // Fails for settings that librdkafka refuses, never because a broker is away. `probe` outlives the source.
  static Result<std::unique_ptr<KafkaSource>> open(SourceOptions options, Probe& probe);
  ~KafkaSource() override;

  Result<Done> attach(Pipeline& pipeline);
  Result<Done> attach(Intake& intake);

  // Readable when poll() has something to do, at least once a second: the thread must come back that often.
  int wait_fd() const override;
  // Delivers at most `records_max` records and acts on everything else that waits;
  // blocks only while partitions begin or end, bounded.
  void poll(std::size_t records_max) override;

  // Gives everything back as in a rebalance, then joins again and reads on from what is committed: what librdkafka knew of
  // the partitions is made anew. Nothing happens while partitions are given back or waited for anyway.
  void rejoin() override;

  // Gives everything back in order, as in a rebalance: on_revoked, then release(), then closed().
  void close() override;
  bool closed() const override;
  // Why this function must not go on here, for the log and /readyz.
  const std::optional<std::string>& halted() const override;
  // Records that came a second time within one assignment and were dropped (librdkafka before 2.4 can do that).
  std::uint64_t stale_records() const;
  // Records that came through the shared reader.
  std::uint64_t fed_records() const;
  void fence_for_test();  // the consumer believes that its instance name is used by another

  // What a transaction shows of us, asked for anew before each; null: we are no member of our group now. On the function's thread:
  // the partitions that the pipeline then holds are those of this generation.
  kafka::MembershipPtr membership() const;

  void commit(const std::vector<Position>& positions) override;
  void committed(const std::vector<Position>& positions) override;
  void pause(const std::vector<TopicPartition>& partitions) override;
  void resume(const std::vector<TopicPartition>& partitions) override;
  void release(const std::vector<TopicPartition>& partitions, const std::vector<Position>& positions) override;
  void ask_ends(const std::vector<TopicPartition>& partitions) override;

 private:
  class Consumer;
  explicit KafkaSource(std::unique_ptr<Consumer> consumer);
  std::unique_ptr<Consumer> consumer_;
  std::vector<std::unique_ptr<Consumer>> retired_;  // until the last of their records is let go
};

}  // namespace gofuture
