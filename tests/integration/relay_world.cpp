#include "integration/relay_world.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

namespace gofuture::test {
namespace {

RelayOptions changed(RelayOptions options, const std::function<void(RelayOptions&)>& change) {
  if (change) change(options);
  return options;
}

std::string new_slot_name() {
  static int made = 0;
  return "relay_test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::vector<std::string> numbers(int first, int last) {
  std::vector<std::string> list;
  for (int i = first; i <= last; ++i) list.push_back(std::to_string(i));
  return list;
}

// --- MemorySink ---------------------------------------------------------------------------------------------------------

std::string MemorySink::Kept::header(const std::string& name) const {
  for (const auto& [header, text] : headers)
    if (header == name) return text;
  return "";
}

Result<Done> MemorySink::send(const OutgoingRecord& record, std::uint64_t token) {
  const std::string value(record.value.value_or(""));
  std::optional<std::string> error;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [one, reason] : refusing_)
      if (one == value) return Error(reason);
    Kept kept{std::string(record.topic), std::string(record.key.value_or("")), value, {}, record.timestamp_ms, token};
    for (const auto& [name, text] : record.headers) kept.headers.emplace_back(name, text.value_or(""));
    kept_.push_back(std::move(kept));
    for (const auto& [one, reason] : failing_)
      if (one == value) error = reason;
    if (holding_ && !error) {
      held_.push_back(token);
      return ok();
    }
  }
  acks_->acked(token, error);
  return ok();
}

void MemorySink::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void MemorySink::release() {
  release_first(~std::size_t{0});
  const std::lock_guard lock(mutex_);
  holding_ = false;
  for (const auto token : held_) acks_->acked(token, std::nullopt);
  held_.clear();
}

void MemorySink::release_first(std::size_t count) {
  const std::lock_guard lock(mutex_);
  for (; count > 0 && !held_.empty(); --count, held_.pop_front()) acks_->acked(held_.front(), std::nullopt);
}

void MemorySink::fail(const std::string& value, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  failing_.emplace_back(value, reason);
}

void MemorySink::refuse(const std::string& value, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  refusing_.emplace_back(value, reason);
}

std::vector<MemorySink::Kept> MemorySink::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

std::vector<std::string> MemorySink::values() const {
  std::vector<std::string> list;
  for (const Kept& one : kept()) list.push_back(one.value);
  return list;
}

std::vector<std::string> MemorySink::first_values() const {
  std::set<std::string> seen;
  std::vector<std::string> list;
  for (const std::string& value : values())
    if (seen.insert(value).second) list.push_back(value);
  return list;
}

std::size_t MemorySink::count() const {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

// --- RelayLog -------------------------------------------------------------------------------------------------------------

Relay::Log RelayLog::log() {
  return [this](Probe::Level level, const std::string& sentence) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(level, sentence);
  };
}

std::size_t RelayLog::said(Probe::Level at_least, const std::string& part) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const auto& line) {
    return line.first >= at_least && line.second.find(part) != std::string::npos;
  }));
}

std::string RelayLog::all() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [level, sentence] : lines_) text += std::to_string(static_cast<int>(level)) + " " + sentence + "\n";
  return text;
}

// --- RelayWorld -----------------------------------------------------------------------------------------------------------

RelayWorld::RelayWorld() : slot(new_slot_name()) {
  db.wipe();
  db.run("DELETE FROM gofuture.relay_position");
  make_slot();
}

RelayWorld::~RelayWorld() {
  drop_slot();
  if (testing::Test::HasFailure()) std::fprintf(stderr, "the relays said:\n%s", log.all().c_str());
}

RelayOptions RelayWorld::options() const {
  RelayOptions short_times;
  short_times.conninfo = db.conninfo();
  short_times.slot = slot;
  short_times.retry_ms = 20;
  short_times.position_ms = 20;
  short_times.watch_ms = 20;
  short_times.days_ms = 50;
  return short_times;
}

void RelayWorld::make_slot() { db.run("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')"); }

void RelayWorld::drop_slot() {
  // At once behind the end of its walsender: a relay that runs takes the slot again.
  db.run("DO $$ BEGIN FOR i IN 1..1000 LOOP BEGIN"
         " PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = '" + slot + "' AND active;"
         " PERFORM pg_drop_replication_slot('" + slot + "'); EXIT;"
         " EXCEPTION WHEN undefined_object THEN EXIT; WHEN object_in_use THEN NULL; END; END LOOP; END $$");
}

std::string RelayWorld::insert_sql(int first, int last) const {
  return "INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, correlationid)"
         " SELECT gen_random_uuid(), 'test', 'k' || n % 7, 'TripTaken', 'trips.in', convert_to(n::text, 'UTF8'), 'ride'"
         " FROM generate_series(" + std::to_string(first) + ", " + std::to_string(last) + ") n";
}

void RelayWorld::insert(int first, int last) { db.run(insert_sql(first, last)); }

RunningRelay::RunningRelay(RelayWorld& world, const std::function<void(RelayOptions&)>& change, const std::function<void(MemorySink&)>& prepare)
    : relay(changed(world.options(), change), world.log.log()) {
  sink.acks_to(relay);
  if (prepare) prepare(sink);
  relay.start(sink);
}

}  // namespace gofuture::test
