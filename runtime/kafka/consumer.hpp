// Consumer: what stands behind KafkaSource (see there for the story and the threads). One rd_kafka_t, the assignment
// that it reads, and the phases of that assignment:
//
//   kNone --assigned--> kStarting --starts known--> kReading --revoked or close()--> kDraining --released--> kNone
//                                                      any phase --session lost--> kNone
//
// librdkafka's rebalance callback only notes what it was told; poll() acts on it afterwards, outside of the callback.
#pragma once

#include <deque>
#include <set>

#include "kafka/assignment.hpp"
#include "kafka/ends_reader.hpp"
#include "kafka/hold_pool.hpp"
#include "kafka/offset_commits.hpp"
#include "kafka/source.hpp"
#include "kafka/start_offsets.hpp"
#include "kafka/wakeup.hpp"

namespace gofuture {

class KafkaSource::Consumer {
 public:
  static Result<std::unique_ptr<Consumer>> open(SourceOptions options, Probe& probe);
  ~Consumer();

  Result<Done> attach(std::unique_ptr<Intake> owned, Intake& intake);
  int wait_fd() const { return wakeup_.wait_fd(); }
  void poll(std::size_t records_max);
  void rejoin();
  void close();
  bool closed() const { return closing_ && phase_ == Phase::kNone; }
  const std::optional<std::string>& halted() const { return halted_; }
  std::uint64_t stale_records() const { return stale_; }
  std::uint64_t fed_records() const { return fed_records_; }
  // It was fenced by its own next session and can do nothing any more: whoever polls it puts made_anew() in its place.
  bool outdated() const { return outdated_; }
  Result<std::unique_ptr<Consumer>> made_anew();
  bool spent() const { return holds_.outstanding() == 0; }  // no record of it is read any more
  void fence_for_test();

  kafka::MembershipPtr membership() const;
  void commit(const std::vector<Position>& positions);
  void committed(const std::vector<Position>& positions);
  void set_paused(const std::vector<TopicPartition>& partitions, bool paused);
  void release(const std::vector<TopicPartition>& partitions, const std::vector<Position>& positions);
  void ask_ends(const std::vector<TopicPartition>& partitions);

 private:
  static constexpr std::size_t kChunk = 256;  // records per on_records()
  enum class Phase { kNone, kStarting, kReading, kDraining };
  struct Rebalance {
    bool assigned = false, lost = false;
    std::vector<kafka::Where> partitions;
  };

  Consumer(SourceOptions options, Probe& probe);
  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list, void* opaque);

  rd_kafka_resp_err_t subscribe();

  // poll()
  bool take_one();  // false: the queue is empty
  void take_record(kafka::Message message);
  bool is_new(kafka::Share& share, const TopicPartition& at, std::int64_t offset);  // and notes it
  void take_error(const rd_kafka_message_t& message);
  void deliver();  // what was taken, to the intake
  void note_fatal();
  void tick();  // once a second
  void report_lag();

  // rebalance
  void act_on(Rebalance rebalance);
  void try_start();
  void start(kafka::Starts starts);
  void drain();
  void note_session_end();
  void lose();
  void let_go();  // tells librdkafka that we hold nothing
  void assign(const kafka::Offsets& positions);
  void mark_started(const kafka::Offsets& committed);

  // following the shared reader
  void follow_if_near(const TopicPartition& at, kafka::Share& share, std::int64_t end);
  void join(const TopicPartition& at, kafka::Share& share);
  void take_fed(std::size_t records_max);  // of this poll(), what it has delivered included
  void take_one_fed(SharedReader::Fed fed);
  std::uint64_t unfollow(const TopicPartition& at, kafka::Share& share);  // returns the token that counts no longer; 0: there was none
  void leave(const TopicPartition& at, kafka::Share& share);              // unfollows, and has the shared reader know
  void leave_all();
  void change_reading();  // what the functions above have noted, for librdkafka and the shared reader

  // retention
  void repair_positions();
  void halt(std::string sentence);

  const SourceOptions options_;
  Probe& probe_;
  kafka::Voice voice_;
  kafka::Wakeup wakeup_;
  kafka::HoldPool holds_;
  kafka::Assignment assignment_;
  kafka::Consumer consumer_;
  kafka::Queue queue_;
  std::unique_ptr<kafka::OffsetCommits> commits_;
  std::unique_ptr<kafka::EndsReader> ends_;  // where the function has timers
  std::unique_ptr<SharedReader::Follower> follower_;  // null: it reads for itself alone
  std::unique_ptr<Intake> owned_intake_;
  Intake* intake_ = nullptr;

  Phase phase_ = Phase::kNone;
  bool closing_ = false;
  bool destroying_ = false;
  bool fatal_ = false;
  bool outdated_ = false;
  std::optional<std::int64_t> session_ended_ms_;
  bool evicted_ = false;  // our session ended; poll() acts on it
  std::optional<std::string> halted_;
  std::deque<Rebalance> rebalances_;       // told by librdkafka, not yet acted on
  std::vector<kafka::Where> to_start_;     // kStarting
  std::set<TopicPartition> draining_;      // kDraining
  std::set<TopicPartition> out_of_range_;  // their position is outside of the log
  kafka::Offsets unmarked_;                // started, but the ledger does not say so yet
  std::int64_t retry_at_ms_ = 0;           // kStarting, out_of_range_: when to ask again
  std::int64_t ticked_ms_ = 0;
  std::vector<Record> taken_;
  std::size_t delivered_ = 0;  // in this poll()
  std::uint64_t stale_ = 0;
  std::vector<SharedReader::Fed> fed_;  // taken from the shared reader, looked at up to fed_at_
  std::size_t fed_at_ = 0;
  std::map<TopicPartition, std::vector<SharedReader::Fed>> held_;  // fed already, but our own client has not come so far
  std::vector<SharedReader::Ask> asks_;
  kafka::Offsets to_seek_;                        // our own client reads these again, from here
  std::vector<kafka::Where> to_pause_, to_resume_;  // in our own client
  std::uint64_t last_token_ = 0, fed_records_ = 0;
  const rd_kafka_topic_t* last_topic_ = nullptr;  // of the record before: most records come in runs of one topic
  std::uint16_t last_topic_index_ = 0;
};

}  // namespace gofuture
