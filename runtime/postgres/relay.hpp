// Relay: carries what transactions wrote to events_outbox and dead_letters to Kafka, in commit order, at least once.
//
// It streams the replication slot (pgoutput), sends each row to a Sink, and confirms to Postgres only up to the transaction
// whose rows, with all before it, the Sink has acknowledged. A transaction is sent only when every session can see it, so that
// no event comes before the rows it was committed with. The slot elects: of several relays one streams, the others stand by
// and ask twice a second. After a crash, rows behind the confirmed position are sent again, in the same order. A slot that
// was lost is made again, and the table gone through from where it was (relay_slot.hpp). A row that can never be produced
// stops the relay: nothing behind it is sent or confirmed. A dead letter that its topic refuses stays in its table instead, with
// the reason, and is offered again from time to time: no ride waits for it.
//
// Threads: one that streams (with a connection that only elects and repairs), one that keeps (relay_keeper.hpp). start(),
// stop() by the owner; status() and acked() on any thread. It may be started once.
//
//   Relay relay({.conninfo = settings.postgres, .slot = settings.relay_slot}, log);
//   KafkaSink sink(..., relay);                    // acknowledgements go to the relay
//   relay.start(sink);
//   ...
//   relay.stop();                                  // before the sink ends; the relay outlives its sink
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mailbox.hpp"
#include "base/result.hpp"
#include "pipeline/io.hpp"
#include "postgres/pgoutput.hpp"

namespace gofuture {

struct OutboxDaysReport;
struct OutboxRow;
struct DeadRow;
enum class Carried;
struct SlotHealth;
class OutboxRowReader;
class DeadRowReader;
class PgConnection;
class RelayKeeper;
class RelayLedger;
class RelayStream;

struct RelayOptions {
  std::string conninfo;
  std::string slot = "gofuture_outbox";
  std::string publication = "gofuture_outbox", dead_publication = "gofuture_dead_letters";
  std::string outbox_slot = {};             // of somebody else who carries the outbox (Debezium): we carry only dead letters
  std::int64_t retention_ms = 86'400'000;   // how long relayed rows stay, counted from the end of their UTC day
  std::size_t window_rows = 20'000;         // sent and not acknowledged; more is not read from Postgres
  std::size_t window_bytes = 16 << 20;
  std::int64_t retry_ms = 500;              // a standby asks, a broken connection is opened again
  std::int64_t drain_ms = 5'000;            // stop() waits so long for acknowledgements
  std::int64_t position_ms = 1'000, watch_ms = 2'000, days_ms = 60'000, refused_ms = 300'000;  // how often the keeper does what
};

struct RelayStatus {
  enum class State { kStarting, kActive, kStandby, kStopped };
  State state = State::kStarting;
  std::string why;                          // of standby and stopped
  pgoutput::Lsn confirmed = 0;
  std::int64_t lag_bytes = 0;               // WAL between the end and what the slot has confirmed
  std::uint64_t rows = 0;                   // acknowledged, repeats included
  std::uint64_t reemitted = 0;              // of them read from the table after a lost slot
  std::uint64_t refused = 0;                // dead letters that their topic would not take; they stay in their table
  std::size_t outstanding = 0;              // sent and not acknowledged
  std::int64_t delay_us = 0;                // commit to acknowledgement, of the transaction confirmed last
  std::uint64_t early = 0;                  // transactions that came before other sessions could see them, and so waited
  bool waits_to_be_seen = false;            // one of them does now
  bool slot_there = false;
  std::string wal_status;                   // of the slot: reserved, extended, unreserved, lost
  std::optional<std::int64_t> safe_wal_size;
  bool strays = false;                      // rows in events_outbox_default
  std::uint64_t days_dropped = 0;
  std::string last_error;
};
const char* state_name(RelayStatus::State state);

class Relay : public Sink::Acks {
 public:
  using Log = std::function<void(Probe::Level, const std::string&)>;  // any thread

  Relay(RelayOptions options, Log log);
  ~Relay() override;
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  void start(Sink& sink);
  void stop();
  RelayStatus status() const;
  void acked(std::uint64_t token, const std::optional<std::string>& error) override;

 private:
  struct Ack {
    std::uint64_t token = 0;
    std::optional<std::string> error;
  };
  enum class Step { kGoOn, kWait, kBroken };  // go on; nothing has come; give the connection up

  void run();
  void serve();                                   // one connection: from electing to its end
  bool prepare_slot(PgConnection& desk);          // makes a missing or lost one; true: there is one to stream from
  bool elect(RelayStream& stream);                // true: we stream
  bool reemit(RelayStream& stream, PgConnection& desk);
  bool reemit(RelayStream& stream, PgConnection& desk, Carried table);
  void leave_old_log(const std::string& why);     // a publication is younger than what the slot still has to read
  void relay(RelayStream& stream);
  Step look();
  Step read_stream(RelayStream& stream);
  bool take_data(std::string_view data);          // one message of the plugin
  bool carry(const pgoutput::Row& row, std::int64_t committed_ms, std::int64_t& seq, std::int64_t& written_ms);
  bool send_outbox_row(const OutboxRow& row, std::int64_t committed_ms);
  bool send_dead_row(const DeadRow& row);

  bool take_acks();                               // false: start again from the confirmed position
  bool confirm(RelayStream& stream, bool at_once);  // a status update where one is due
  void wait(int fd, std::int64_t ms);               // for an acknowledgement, for fd (unless -1), for stop()
  bool ended() const { return stopping_ || stopped_for_good_; }
  bool window_open() const;
  void drain(RelayStream& stream);

  void set_state(RelayStatus::State state, const std::string& why);
  void trouble(const std::string& sentence);      // told once, until another comes or it is over
  void stop_for_good(const std::string& sentence);
  void refuse(std::uint64_t token, const std::string& reason);
  bool refuse_dead(std::uint64_t token, const std::string& reason);  // false: that could not be noted
  std::vector<std::string> publications() const;

  const RelayOptions options_;
  const Log log_;
  Sink* sink_ = nullptr;
  std::thread thread_;
  std::unique_ptr<RelayKeeper> keeper_;
  std::atomic<bool> stopping_{false};

  Mailbox<Ack> acks_;

  // Of the streaming thread.
  struct Stream;                                  // what is known of the current connection's stream
  std::unique_ptr<Stream> now_;
  std::unique_ptr<RelayLedger> ledger_;
  std::unique_ptr<OutboxRowReader> reader_;
  std::unique_ptr<DeadRowReader> dead_reader_;
  std::map<std::string, std::string> refused_;    // by topic: the last reason, which was told
  std::unique_ptr<PgConnection> desk_;
  std::vector<Ack> taken_;
  bool stopped_for_good_ = false;
  std::string last_trouble_;

  mutable std::mutex mutex_;
  RelayStatus status_;
  std::int64_t seq_ = 0, committed_us_ = 0;       // with status_.confirmed: the position
};

}  // namespace gofuture
