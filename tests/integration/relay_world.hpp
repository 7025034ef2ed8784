// What the relay's tests share: a database with a slot of its own, rows that say their number, a sink that remembers and can be
// held back, and the log.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "integration/postgres_database.hpp"
#include "postgres/relay.hpp"

namespace gofuture::test {

// Waits (at most a minute) until it is true; says whether it became so.
bool eventually(const std::function<bool()>& condition);

// In Kafka's place. Acknowledges at once, on the sender's thread, unless it holds.
class MemorySink : public Sink {
 public:
  struct Kept {
    std::string topic, key, value;
    std::vector<std::pair<std::string, std::string>> headers;
    std::int64_t timestamp_ms = 0;
    std::uint64_t token = 0;
    std::string header(const std::string& name) const;
  };
  void acks_to(Acks& acks) { acks_ = &acks; }
  Result<Done> send(const OutgoingRecord& record, std::uint64_t token) override;

  void hold();                       // acknowledge nothing
  void release();                    // acknowledge all that is held, and what comes
  void release_first(std::size_t count);
  void fail(const std::string& value, const std::string& reason);    // its acknowledgement is an error
  void refuse(const std::string& value, const std::string& reason);  // send() itself fails

  std::vector<Kept> kept() const;
  std::vector<std::string> values() const;         // in the order of send()
  std::vector<std::string> first_values() const;   // without repeats
  std::size_t count() const;

 private:
  Acks* acks_ = nullptr;
  mutable std::mutex mutex_;
  bool holding_ = false;
  std::deque<std::uint64_t> held_;
  std::vector<Kept> kept_;
  std::vector<std::pair<std::string, std::string>> failing_, refusing_;
};

// Sentences of relays, from any thread.
class RelayLog {
 public:
  Relay::Log log();
  std::size_t said(Probe::Level at_least, const std::string& part) const;
  std::string all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<Probe::Level, std::string>> lines_;
};

class RelayWorld {
 public:
  RelayWorld();
  ~RelayWorld();  // drops the slot: a database with one cannot be dropped

  TestDatabase& db = database();  // emptied; only the slot is of one test
  const std::string slot;
  RelayLog log;

  RelayOptions options() const;  // with short times
  void make_slot();
  void drop_slot();              // also one that is held
  // One transaction with the rows first … last: their value is their number, their key is "k<number % 7>".
  void insert(int first, int last);
  std::string insert_sql(int first, int last) const;
  std::string wal_now() { return db.ask("SELECT pg_current_wal_lsn()"); }
  bool confirmed(const std::string& lsn) { return db.ask("SELECT confirmed_flush_lsn >= '" + lsn + "' FROM pg_replication_slots WHERE slot_name = '" + slot + "'") == "t"; }
};

// A relay and its sink, started; stopped at the end.
struct RunningRelay {
  explicit RunningRelay(RelayWorld& world, const std::function<void(RelayOptions&)>& change = {},
                        const std::function<void(MemorySink&)>& prepare = {});
  ~RunningRelay() { relay.stop(); }
  bool is(RelayStatus::State state) const { return relay.status().state == state; }

  MemorySink sink;
  Relay relay;
};

// "1", "2", … "n"
std::vector<std::string> numbers(int first, int last);

}  // namespace gofuture::test
