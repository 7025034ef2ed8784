// The seams of a function's pipeline: everything outside the state machine, as ports. Tests and the simulator replace them;
// only wiring.cpp knows the real ones.
//
//   Source  -> partitions and records in, offsets out         KafkaSource       FakeSource
//   Handlers-> a batch is handled by the function              PluginHandlers    FakeHandlers
//   Store   -> state in, one transaction of effects out        PostgresStore, ProduceStore, StreamStore   FakeStore
//   Sink    -> records out, acknowledgements back              KafkaSink         FakeSink
//   Clock   -> time                                            SystemClock       ManualClock
//   Probe   -> what is seen from outside                       Telemetry         FakeProbe
//
// A port never calls back from inside a command: it answers by posting an Answer to `Answers`, from any thread, exactly once
// for each batch it was given. The pipeline runs on one thread and takes the answers from its mailbox.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "base/result.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/breakers.hpp"
#include "pipeline/position.hpp"

namespace gofuture {

// --- answers: what ports tell the pipeline ----------------------------------------------------------------------------

struct Loaded {
  BatchPtr batch;
  std::optional<std::string> unavailable;  // why the store could not be asked; the pipeline tries again
};

struct Handled {
  BatchPtr batch;  // every event that was not decided has an outcome
};

enum class CommitStatus : std::uint8_t {
  kCommitted,    // all effects are durable; slots hold the new rows; verdicts may name repeats
  kRerun,        // nothing was written: verdicts, outcomes or moved key rows say why; handle what is left again
  kRefused,      // nothing was written: the data cannot be (`message`); halve until the offender stands alone
  kUnavailable,  // not known to be written: connection lost, serialization failure; commit the same batch again
  kFenced,       // nothing was written: a newer deployment owns these keys; this function stops here
};

struct Committed {
  BatchPtr batch;
  CommitStatus status = CommitStatus::kCommitted;
  std::string message;
};

// An event that the store kept and that is due now: parked, or a timer (then its record is of type kTimerType). It is this
// replica's for the lease that claim() named; a commit settles whether it still was.
struct Due {
  Record record;
  std::string state_key;
  Uuid event_id;
  Digest digest;
  std::uint32_t attempts = 0;  // deliveries so far
  std::int32_t redrive = 0;
  std::int64_t parked = 0, timer = 0;
};

struct Claimed {
  std::vector<Due> events;                 // of a key: its oldest parked events, in order
  std::optional<std::int64_t> next_ms;     // until the next one is due; nothing: none waits
  std::int64_t parked_events = 0, parked_bytes = 0;  // all that the function has parked, on any replica
  std::optional<std::int64_t> sent_until_us;         // what was committed before this time of the store's clock is in Kafka
  std::optional<std::string> unavailable;  // why the store could not be asked
};

// Where logs ended when they were asked: one past the last offset. Without `ends` they could not be asked.
struct Ends {
  std::vector<Position> ends;
};

using Answer = std::variant<Loaded, Handled, Committed, Claimed, Ends>;

class Answers {
 public:
  virtual ~Answers() = default;
  virtual void post(Answer answer) = 0;  // any thread
};

// --- ports ------------------------------------------------------------------------------------------------------------

// Commands to the consumer; called on the pipeline's thread, which is also the thread that polls it.
class Source {
 public:
  virtual ~Source() = default;
  // Commits positions, asynchronously. A refusal (fenced member, lost partition) is logged and dropped: the inbox keeps
  // repeats out. Never called with a position lower than before for the same assignment.
  virtual void commit(const std::vector<Position>& positions) = 0;
  // A store that owns the offsets has committed these: only for what the source tells of the lag.
  virtual void committed(const std::vector<Position>&) {}
  virtual void pause(const std::vector<TopicPartition>& partitions) = 0;
  virtual void resume(const std::vector<TopicPartition>& partitions) = 0;
  // Answers Ends. Asked by functions with timers, one question at a time.
  virtual void ask_ends(const std::vector<TopicPartition>& partitions) = 0;
  // The revoked partitions are drained: commit these positions, wait for the answer (bounded), give the partitions back.
  virtual void release(const std::vector<TopicPartition>& partitions, const std::vector<Position>& positions) = 0;
};

class Handlers {
 public:
  virtual ~Handlers() = default;
  virtual void handle(BatchPtr batch) = 0;  // answers Handled
};

struct StoreTraits {
  bool keyed = true;             // batches are loaded before they are handled
  bool inside = false;           // the store runs the handlers itself, inside its transaction (sql = true): no load, no handle
  bool parks = false;            // retry and later commit: the store keeps the event, and its key's followers, till they are due
  bool owns_offsets = false;     // Batch::positions commit with the effects, a batch is a round, Source::commit is never called
  int commits_in_flight = 2;
  // How long a small transaction waits for company, and at most behind one that is on its way (company.hpp); 0: not at all.
  std::int64_t gather_ms = 0, behind_ms = 0;
};

// This replica has processed everything of these partitions that had been sent to Kafka by then.
struct CaughtUp {
  std::int64_t time_us = 0;  // of the store's clock: a Claimed::sent_until_us
  std::vector<TopicPartition> partitions;
};

struct ClaimRequest {
  std::size_t keys = 64;
  std::size_t bytes = 1 << 20;
  std::int64_t lease_ms = 15'000;  // so long nobody else is given them
  std::optional<CaughtUp> caught_up = {};
  std::optional<std::vector<BreakerState>> breakers = {};  // all that are open, when that has changed
};

class Store {
 public:
  virtual ~Store() = default;
  virtual StoreTraits traits() const = 0;
  // Answers Loaded: every slot that was not loaded is. Where the batch asks_inbox, events that have their outcome already come
  // back with a verdict.
  virtual void load(BatchPtr batch) = 0;
  virtual void commit(BatchPtr batch) = 0;  // answers Committed
  // Only where traits().parks: answers Claimed with what is due and nobody else has claimed, about so many bytes of it.
  virtual void claim(const ClaimRequest&) {}
};

// A record on its way out. Views are borrowed until send() returns.
struct OutgoingRecord {
  std::string_view topic;
  std::optional<std::string_view> key, value;
  boost::container::small_vector<std::pair<std::string_view, std::optional<std::string_view>>, 12> headers;  // an envelope has at most 12
  std::int64_t timestamp_ms = 0;  // 0: now
  std::int32_t partition = -1;    // -1: murmur2 of the key
};

// Where records go (KafkaSink: an idempotent producer). One sender thread; acknowledgements come on another.
class Sink {
 public:
  class Acks {
   public:
    virtual ~Acks() = default;
    // The record with this token is durable on all in-sync replicas, or can never be produced (`error` says why). Per
    // partition in the order of send(). Any thread.
    virtual void acked(std::uint64_t token, const std::optional<std::string>& error) = 0;
  };
  virtual ~Sink() = default;
  // Copies the record. Blocks while the producer's queue is full (back-pressure); fails only for what can never be sent.
  virtual Result<Done> send(const OutgoingRecord& record, std::uint64_t token) = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t steady_ms() = 0;
  virtual std::int64_t unix_ms() = 0;
};

// What can be seen of a pipeline. One per function; called on the pipeline's thread unless said otherwise.
class Probe {
 public:
  enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };
  struct Gauges {
    std::size_t waiting = 0, in_flight = 0, held = 0;  // events
    std::size_t bytes = 0;                             // waiting and in flight
    std::size_t partitions = 0, paused = 0;            // assigned, of them paused
    std::int64_t parked = 0, parked_bytes = 0;         // with the store, of all replicas
    std::int64_t progress_ms = 0;                      // steady clock: when an event was last done
  };
  virtual ~Probe() = default;
  virtual void log(Level level, std::string_view sentence, const Event* about) = 0;  // any thread
  virtual void done(const Event& event) = 0;                    // its outcome is durable; its record is about to go
  virtual void parked(const Event& event) = 0;                  // retry, later or held: durable with the store, done for its partition
  virtual void breaker(std::string_view dependency, bool open) = 0;
  virtual void passed_over(std::size_t events, bool unknown_type) = 0;  // not subscribed; or a type nobody declared
  virtual void batch_handled(std::size_t events, double seconds) = 0;
  virtual void batch_committed(std::size_t events, CommitStatus status, double seconds) = 0;
  virtual void gap(const TopicPartition& at, std::int64_t from, std::int64_t to) = 0;   // offsets lost by retention
  virtual void lag(const TopicPartition& at, std::int64_t events) = 0;
  virtual void gauges(const Gauges& gauges) = 0;
};

// --- SQL and look-ups, as functions see them (implemented by runtime/postgres, called by runtime/plugin) ------------------

struct SqlRows {
  std::vector<std::string> columns;
  std::vector<std::optional<std::string>> cells;  // row by row, text format
  std::int64_t affected = 0;
  std::size_t rows() const { return columns.empty() ? 0 : cells.size() / columns.size(); }
};

// The open transaction of one batch. Only valid during Inside::run, on its thread.
class SqlSession {
 public:
  virtual ~SqlSession() = default;
  // One statement, parameters as text ($1 …). An error has aborted the transaction: the batch will be rolled back.
  virtual Result<SqlRows> execute(std::string_view sql, const std::vector<std::optional<std::string_view>>& parameters) = 0;
};

// Runs a batch's handlers inside the store's transaction: implemented by the handlers of a function with `sql`.
class Inside {
 public:
  virtual ~Inside() = default;
  virtual void run(Batch& batch, SqlSession& session) = 0;
};

class Lookup {
 public:
  virtual ~Lookup() = default;
  // The row as a JSON object, nothing when there is none; at most the table's `stale_ms` old. Any thread.
  virtual Result<std::optional<std::string>> get(std::string_view table, std::string_view key) = 0;
};

// The journal of unsafe HTTP calls: what is sent stands in it before.
class Journal {
 public:
  struct Found {
    bool ours = false;                 // it stands there now and may be sent: it never was, or what came of it said so
    Digest digest;                     // of the request that stands there
    std::optional<CallAnswer> answer;  // what came of it; nothing: nobody knows
  };
  virtual ~Journal() = default;
  // Blocks until the request is durable. An Error: it may not be sent. Any thread.
  virtual Result<Found> open(const JournaledCall& call, const Event& event) = 0;
};

// Where a function's partitions were first read from. Asked on assignment, on the polling thread.
class StartLedger {
 public:
  struct Entry {
    std::int64_t offset = 0;
    bool started = false;  // an offset has been committed since: if Kafka has none now, it was lost
  };
  using Entries = std::map<std::pair<std::string, std::int32_t>, Entry>;
  virtual ~StartLedger() = default;
  virtual Result<Entries> recorded() = 0;
  virtual Result<Done> record(const Entries& entries) = 0;
  // What an operator does who wants to begin again at the first offset, as the end of a sentence.
  virtual std::string to_begin_again() const { return "delete this function's rows of gofuture.start_offsets"; }
};

}  // namespace gofuture
