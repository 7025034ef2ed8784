#include "postgres/relay.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>

#include "base/fault_point.hpp"
#include "base/thread_name.hpp"
#include "postgres/connection.hpp"
#include "pipeline/dead_letter.hpp"
#include "postgres/outbox_days.hpp"
#include "postgres/relay_dead_row.hpp"
#include "postgres/relay_keeper.hpp"
#include "postgres/relay_ledger.hpp"
#include "postgres/relay_row.hpp"
#include "postgres/relay_slot.hpp"
#include "postgres/relay_snapshot.hpp"
#include "postgres/relay_stream.hpp"

namespace gofuture {
namespace {

using Level = Probe::Level;
using State = RelayStatus::State;

constexpr int kBurst = 256;                      // messages read before acknowledgements are looked at
constexpr std::int64_t kReportEveryMs = 1'000;   // Postgres hears from us at least so often
constexpr std::int64_t kReportGapMs = 20;        // and after progress not more often than this
constexpr std::int64_t kLookAgainMs = 1;         // whether the next transaction can be seen yet
constexpr std::int64_t kGatherMs = 2;            // under load, between one look at the stream and the next
constexpr const char* kSnapshot = "relay_snapshot";
constexpr const char* kDeadTable = "dead_letters";

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

const char* state_name(State state) {
  switch (state) {
    case State::kStarting: return "starting";
    case State::kActive: return "active";
    case State::kStandby: return "standby";
    case State::kStopped: return "stopped";
  }
  return "";
}

struct Relay::Stream {
  pgoutput::Parser parser;
  bool in_transaction = false;
  RelayLedger::Mark transaction;
  RelaySnapshot snapshot;               // the last one that was taken
  std::optional<std::uint32_t> unseen;  // the transaction that comes next, until it is known that everybody sees it
  bool waits = false;                   // it was looked for, and was not there yet
  pgoutput::Lsn received = 0, reported = 0;
  std::int64_t reported_ms = 0;
  bool reply_wanted = false;
};

Relay::Relay(RelayOptions options, Log log)
    : options_(std::move(options)), log_(std::move(log)), ledger_(std::make_unique<RelayLedger>()) {
  RelayKeeper::Options keeper;
  keeper.conninfo = options_.conninfo;
  keeper.slot = options_.slot;
  keeper.days.slot = options_.outbox_slot.empty() ? options_.slot : options_.outbox_slot;
  keeper.days.retention_ms = options_.retention_ms;
  keeper.position_ms = options_.position_ms;
  keeper.watch_ms = options_.watch_ms;
  keeper.days_ms = options_.days_ms;
  keeper.refused_ms = options_.refused_ms;
  RelayKeeper::Ports ports;
  ports.log = log_;
  ports.active = [this] { return status().state == State::kActive; };
  ports.position = [this] {
    const std::lock_guard lock(mutex_);
    return RelayKeeper::Position{status_.confirmed, seq_, committed_us_};
  };
  ports.health = [this](const SlotHealth& health) {
    const std::lock_guard lock(mutex_);
    status_.slot_there = health.there;
    status_.wal_status = health.wal_status;
    status_.safe_wal_size = health.safe_wal_size;
    status_.lag_bytes = health.lag_bytes();
  };
  ports.days = [this](const OutboxDaysReport& report) {
    const std::lock_guard lock(mutex_);
    status_.strays = report.strays;
    status_.days_dropped += report.dropped.size();
  };
  keeper_ = std::make_unique<RelayKeeper>(std::move(keeper), std::move(ports));
}

Relay::~Relay() { stop(); }

void Relay::start(Sink& sink) {
  sink_ = &sink;
  keeper_->start();
  thread_ = std::thread([this] { run(); });
}

void Relay::stop() {
  stopping_ = true;
  acks_.wake().ring();
  if (thread_.joinable()) thread_.join();
  keeper_->stop();
}

RelayStatus Relay::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Relay::acked(std::uint64_t token, const std::optional<std::string>& error) { acks_.post({token, error}); }

// --- the thread ---------------------------------------------------------------------------------------------------------

void Relay::run() {
  name_this_thread("relay");
  while (!ended()) {
    serve();
    const std::int64_t until = steady_ms() + options_.retry_ms;
    for (std::int64_t left = options_.retry_ms; !ended() && left > 0; left = until - steady_ms()) {
      wait(-1, left);
      take_acks();
    }
  }
  desk_.reset();
  if (!stopped_for_good_) set_state(State::kStopped, "it was told to stop");
}

void Relay::serve() {
  if (!desk_ || !desk_->alive()) {
    auto opened = PgConnection::open(options_.conninfo, "gofuture relay");
    if (!opened) return trouble(opened.error().message());
    desk_ = std::make_unique<PgConnection>(std::move(*opened));
    if (const PgResult prepared = desk_->prepare(kSnapshot, "SELECT pg_current_snapshot()"); !prepared.ok()) {
      desk_.reset();
      return trouble(prepared.failure().sentence());
    }
  }
  if (!prepare_slot(*desk_)) return;

  auto opened = RelayStream::open(options_.conninfo, "gofuture relay stream", RelayStream::Kind::kReplication);
  if (!opened) return trouble(opened.error().message());
  RelayStream stream = std::move(*opened);
  now_ = std::make_unique<Stream>();
  reader_ = std::make_unique<OutboxRowReader>();
  dead_reader_ = std::make_unique<DeadRowReader>();
  ledger_->restart();
  if (!elect(stream)) return;

  set_state(State::kActive, "");
  last_trouble_.clear();
  const auto begun = look_at_slot(*desk_, options_.slot);
  log_(Level::kInfo, "relay: active, streams replication slot " + options_.slot + (begun ? " from " + pgoutput::lsn_text(begun->confirmed) : ""));
  if (reemit(stream, *desk_)) relay(stream);
  if (stopping_) drain(stream);
  if (stream.failure().state == "42704") leave_old_log(stream.failure().sentence());  // something is not known there
  if (!ended()) set_state(State::kStandby, "the connection was lost; it is opened again");
}

bool Relay::prepare_slot(PgConnection& desk) {
  auto health = look_at_slot(desk, options_.slot);
  if (!health) return trouble(health.error().message()), false;
  if (health->there && !health->ours) {
    stop_for_good("replication slot " + options_.slot + " belongs to another database or plugin; give this database's relay a name of its own "
                  "(relay_slot)");
    return false;
  }
  if (health->there && !health->lost()) {
    if (!health->active) return true;
    set_state(State::kStandby, "another relay streams replication slot " + options_.slot + " (pid " + std::to_string(health->active_pid) + ")");
    return false;
  }

  const auto locked = try_lock_slot(desk, options_.slot);
  if (!locked) return trouble(locked.error().message()), false;
  if (!*locked) return set_state(State::kStandby, "another relay is making replication slot " + options_.slot), false;
  // Asked again behind the lock: another relay may have been quicker.
  health = look_at_slot(desk, options_.slot);
  bool made = health && health->there && !health->lost();
  if (health && !made) {
    log_(Level::kError, "relay: replication slot " + options_.slot + (health->lost() ? " was lost" : " is missing") +
                            "; it is made again (which waits for all transactions that run now), and what was not confirmed is sent from "
                            "its tables. Some events will be sent twice");
    auto done = mark_for_reemission(desk, options_.slot);
    if (done && health->lost()) done = drop_slot(desk, options_.slot);
    if (!done) trouble(done.error().message());
    auto maker = done ? RelayStream::open(options_.conninfo, "gofuture relay", RelayStream::Kind::kSql) : Result<RelayStream>(Error(""));
    if (maker && maker->send("SELECT pg_create_logical_replication_slot(" + desk.quoted_text(options_.slot) + ", 'pgoutput')")) {
      auto came = maker->next();
      for (; came == RelayStream::Next::kNothing && !ended(); came = maker->next()) {
        wait(maker->fd(), kReportEveryMs);
        take_acks();
      }
      made = came == RelayStream::Next::kEnd && remove_needless_mark(desk, options_.slot);
      if (came == RelayStream::Next::kFailed) trouble("the slot cannot be made: " + maker->failure().sentence());
    }
  }
  unlock_slot(desk, options_.slot);
  return made;
}

bool Relay::elect(RelayStream& stream) {
  using Next = RelayStream::Next;
  std::string publications;
  for (const std::string& one : this->publications()) publications += (publications.empty() ? "" : ",") + desk_->quoted_name(one);
  // A frozen relay gives the slot up after this time.
  const std::string commands[] = {
      "SET wal_sender_timeout = '30s'",
      "START_REPLICATION SLOT " + desk_->quoted_name(options_.slot) + " LOGICAL 0/0 (proto_version '1', publication_names " +
          desk_->quoted_text(publications) + ", binary 'true')"};
  for (const std::string& command : commands) {
    Next came = stream.send(command) ? stream.next() : Next::kFailed;
    for (; came == Next::kNothing; came = stream.next()) {
      if (ended()) return false;
      wait(stream.fd(), kReportEveryMs);
      take_acks();
    }
    if (came == Next::kStarted) return true;
    if (came == Next::kFailed) {
      if (stream.failure().state == "55006")
        set_state(State::kStandby, "another relay streams replication slot " + options_.slot);
      else
        trouble("replication slot " + options_.slot + " cannot be streamed: " + stream.failure().sentence());
      return false;
    }
  }
  trouble("Postgres did not start to stream");
  return false;
}

std::vector<std::string> Relay::publications() const {
  if (!options_.outbox_slot.empty()) return {options_.dead_publication};
  return {options_.publication, options_.dead_publication};
}

// Postgres reads the log with the catalogue of its time. Where a publication was made later than what the slot still holds (the
// database was migrated while something waited), the log cannot be read; the tables can.
void Relay::leave_old_log(const std::string& why) {
  const std::vector<std::string> names = publications();
  if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return why.find(name) != std::string::npos; })) return;
  const auto missing = missing_publications(*desk_, names);
  if (!missing) return trouble(missing.error().message());
  if (!missing->empty()) return trouble("there is no publication " + *missing + ": run `gofuture migrate`");
  // Told when it is done: Postgres may not have noticed yet that the stream has ended, and refuse; then it is tried again.
  if (auto dropped = drop_slot(*desk_, options_.slot); !dropped) return trouble(dropped.error().message());
  log_(Level::kError, "relay: replication slot " + options_.slot + " holds log from before a publication was made (" + why +
                          "): it is dropped, made again, and what was not confirmed is sent from the tables");
}

// True when there is nothing (more) to send from the tables.
bool Relay::reemit(RelayStream& stream, PgConnection& desk) {
  const std::uint64_t before = status().reemitted;
  if (options_.outbox_slot.empty() && !reemit(stream, desk, Carried::kOutbox)) return false;
  if (!reemit(stream, desk, Carried::kDeadLetters)) return false;
  if (auto done = remove_reemission_mark(desk, options_.slot); !done) return trouble(done.error().message()), false;
  if (const std::uint64_t rows = status().reemitted - before; rows > 0)
    log_(Level::kWarn, "relay: sent " + std::to_string(rows) + " rows from its tables, because the slot was made anew; streams on");
  return true;
}

bool Relay::reemit(RelayStream& stream, PgConnection& desk, Carried from) {
  using Next = RelayStream::Next;
  const bool outbox = from == Carried::kOutbox;
  const std::string name = outbox ? "gofuture.events_outbox" : "gofuture.dead_letters";
  const auto query = reemission_query(desk, options_.slot, from);
  if (!query) return trouble(query.error().message()), false;
  if (!*query) return true;
  auto table = RelayStream::open(options_.conninfo, "gofuture relay re-emission", RelayStream::Kind::kSql);
  if (!table) return trouble(table.error().message()), false;
  log_(Level::kInfo, "relay: goes through " + name + ", because the slot was made anew");

  std::vector<std::string> columns;
  if (outbox) columns.assign(OutboxRowReader::columns().begin(), OutboxRowReader::columns().end());
  else columns.assign(DeadRowReader::columns().begin(), DeadRowReader::columns().end());
  pgoutput::CopyParser parser(std::move(columns), outbox ? "events_outbox" : kDeadTable);
  RelayLedger::Mark mark;
  std::uint64_t rows = 0;
  bool reading = table->send("COPY (" + **query + ") TO STDOUT (FORMAT binary)");
  if (!reading) return trouble(table->failure().sentence()), false;
  while (reading || !ledger_->clear()) {
    if (!take_acks() || ended()) return false;
    if (!confirm(stream, false)) return false;
    Next came = Next::kNothing;
    for (int i = 0; i < kBurst && reading && window_open() && !ended(); ++i) {
      came = table->next();
      if (came == Next::kNothing) break;
      if (came == Next::kFailed) return trouble("reading " + name + ": " + table->failure().sentence()), false;
      if (came == Next::kEnd) {
        reading = false;
        ledger_->ends(mark);
      }
      if (came != Next::kMessage) continue;
      const auto copied = parser.read(table->message());
      if (!copied) return stop_for_good(copied.error().message()), false;
      if (*copied == nullptr) continue;
      std::int64_t written_ms = 0;
      if (!carry(**copied, 0, mark.seq, written_ms)) return false;
      ++rows;
      mark.committed_us = std::max(mark.committed_us, written_ms * 1000);  // it was not committed earlier
    }
    if (came == Next::kNothing) wait(reading && window_open() ? table->fd() : -1, kReportGapMs);
  }
  const std::lock_guard lock(mutex_);
  status_.reemitted += rows;
  return true;
}

void Relay::relay(RelayStream& stream) {
  while (!ended()) {
    if (!take_acks()) return;
    Step step = Step::kWait;
    for (int i = 0; i < kBurst && window_open() && !ended(); ++i)
      if (step = read_stream(stream); step != Step::kGoOn) break;
    if (ended() || step == Step::kBroken || !confirm(stream, false)) return;
    if (step == Step::kGoOn) continue;
    if (now_->unseen) {
      wait(-1, kLookAgainMs);
      continue;
    }
    // Rows and acknowledgements trickle in; woken by each, the thread would wake two thousand times a second for three thousand rows.
    if (ledger_->outstanding_rows() > 0) ::poll(nullptr, 0, kGatherMs);
    const bool owing = ledger_->confirmed().lsn > now_->reported;
    wait(window_open() ? stream.fd() : -1, owing ? kReportGapMs : kReportEveryMs);
  }
}

// Whether every session sees the transaction whose rows come next. While they do not, its events would be early.
Relay::Step Relay::look() {
  const std::uint32_t xid = *now_->unseen;
  if (!now_->snapshot.sees(xid)) {
    const PgResult taken = desk_->run_prepared(kSnapshot, {});
    if (!taken.ok()) return trouble("taking a snapshot: " + taken.failure().sentence()), Step::kBroken;
    auto snapshot = RelaySnapshot::parse(taken.text(0, 0));
    if (!snapshot) return trouble(snapshot.error().message()), Step::kBroken;
    now_->snapshot = std::move(*snapshot);
  }
  const bool seen = now_->snapshot.sees(xid);
  if (seen) now_->unseen.reset();
  if (seen == now_->waits) {
    now_->waits = !seen;
    const std::lock_guard lock(mutex_);
    status_.early += now_->waits;
    status_.waits_to_be_seen = now_->waits;
  }
  return seen ? Step::kGoOn : Step::kWait;
}

Relay::Step Relay::read_stream(RelayStream& stream) {
  if (now_->unseen)
    if (const Step step = look(); step != Step::kGoOn) return step;
  const auto came = stream.next();
  if (came == RelayStream::Next::kNothing) return Step::kWait;
  if (came == RelayStream::Next::kFailed) return trouble("the stream ended: " + stream.failure().sentence()), Step::kBroken;
  if (came != RelayStream::Next::kMessage) return trouble("Postgres ended the stream"), Step::kBroken;
  const auto frame = pgoutput::read_frame(stream.message());
  if (!frame) return trouble(frame.error().message()), Step::kBroken;
  if (!frame->keepalive) return take_data(frame->data) ? Step::kGoOn : Step::kBroken;

  now_->received = std::max(now_->received, frame->wal_end);
  // All that was committed before has come; so a database that writes for others keeps no WAL for us.
  if (!now_->in_transaction) ledger_->ends({frame->wal_end, 0, 0});
  if (frame->reply_wanted && !confirm(stream, true)) return Step::kBroken;
  return Step::kGoOn;
}

bool Relay::take_data(std::string_view data) {
  const auto message = now_->parser.read(data);
  if (!message) return trouble(message.error().message()), false;
  if (const auto* row = std::get_if<const pgoutput::Row*>(&*message)) {
    std::int64_t written_ms = 0;
    return carry(**row, now_->transaction.committed_us / 1000, now_->transaction.seq, written_ms);
  }
  if (const auto* begin = std::get_if<pgoutput::Begin>(&*message)) {
    now_->in_transaction = true;
    now_->transaction = {0, begin->committed_us, 0};
    now_->unseen = begin->xid;
  } else if (const auto* commit = std::get_if<pgoutput::Commit>(&*message)) {
    now_->in_transaction = false;
    now_->transaction.lsn = commit->end_lsn;
    if (now_->transaction.seq == 0) now_->transaction.committed_us = 0;  // no row of ours
    now_->received = std::max(now_->received, commit->end_lsn);
    if (now_->transaction.seq != 0) GOFUTURE_FAULT_POINT("relay.transaction_read");
    ledger_->ends(now_->transaction);
  }
  return true;
}

// A row of either table goes out; `seq` grows to its number.
bool Relay::carry(const pgoutput::Row& row, std::int64_t committed_ms, std::int64_t& seq, std::int64_t& written_ms) {
  if (row.relation->name == kDeadTable) {
    const auto dead = dead_reader_->read(row);
    if (!dead) return stop_for_good(dead.error().message()), false;
    seq = std::max(seq, dead->seq);
    written_ms = dead->dead_ms;
    return send_dead_row(*dead);
  }
  const auto read = reader_->read(row);
  if (!read) return stop_for_good(read.error().message()), false;
  seq = std::max(seq, read->seq);
  written_ms = read->created_ms;
  return send_outbox_row(*read, committed_ms);
}

bool Relay::send_dead_row(const DeadRow& row) {
  const DeadLetterRecord letter(row.letter);
  const OutgoingRecord& record = letter.record();
  std::size_t bytes = record.key.value_or("").size() + record.value.value_or("").size() + 256;
  for (const auto& [name, value] : record.headers) bytes += name.size() + value.value_or("").size();
  const std::uint64_t token = ledger_->sent(row.letter.event_id, record.topic, bytes, row.seq);
  const auto sent = sink_->send(record, token);
  GOFUTURE_FAULT_POINT("relay.dead_letter_sent");
  if (sent || stopping_) return static_cast<bool>(sent);
  return refuse_dead(token, sent.error().message());
}

bool Relay::send_outbox_row(const OutboxRow& row, std::int64_t committed_ms) {
  const std::size_t bytes = row.key.size() + row.payload.size() + 256;
  const std::uint64_t token = ledger_->sent(row.id, row.topic, bytes);
  GOFUTURE_FAULT_POINT("relay.before_send");
  const auto sent = sink_->send(reader_->record(row, committed_ms), token);
  // A sink that is being stopped gives up what it waits for; that is no row's fault.
  if (!sent && !stopping_) refuse(token, sent.error().message());
  GOFUTURE_FAULT_POINT("relay.sent");
  return static_cast<bool>(sent);
}

// --- acknowledgements -----------------------------------------------------------------------------------------------------

bool Relay::take_acks() {
  bool whole = true;
  acks_.take(taken_);
  const std::size_t before = ledger_->outstanding_rows();
  std::uint64_t rows = 0;
  for (const Ack& ack : taken_) {
    const RelayLedger::Note* note = ledger_->find(ack.token);
    if (note == nullptr) continue;  // of an earlier connection: it is sent again, and judged again
    if (ack.error && note->dead_seq != 0) {
      whole = refuse_dead(ack.token, *ack.error) && whole;
    } else if (ack.error) {
      refuse(ack.token, *ack.error);
    } else if (!stopped_for_good_) {
      ++rows;
      if (note->dead_seq != 0) refused_.erase(*note->topic);
      ledger_->acked(ack.token);
      GOFUTURE_FAULT_POINT("relay.acked");
    }
  }
  if (taken_.empty() && before == 0 && ledger_->confirmed().lsn == 0) return whole;
  const RelayLedger::Mark& confirmed = ledger_->confirmed();
  const std::lock_guard lock(mutex_);
  status_.rows += rows;
  status_.outstanding = ledger_->outstanding_rows();
  status_.confirmed = std::max(status_.confirmed, confirmed.lsn);
  // Not only after an acknowledgement: it may come before the transaction's end does.
  if (confirmed.committed_us > committed_us_) status_.delay_us = unix_us() - confirmed.committed_us;
  seq_ = confirmed.seq;
  committed_us_ = confirmed.committed_us;
  return whole;
}

bool Relay::window_open() const {
  return ledger_->outstanding_rows() < options_.window_rows && ledger_->outstanding_bytes() < options_.window_bytes;
}

bool Relay::confirm(RelayStream& stream, bool at_once) {
  const std::int64_t now = steady_ms();
  const pgoutput::Lsn confirmed = ledger_->confirmed().lsn;
  const std::int64_t since = now - now_->reported_ms;
  if (!at_once && since < kReportEveryMs && (confirmed <= now_->reported || since < kReportGapMs)) return true;
  const bool more = confirmed > now_->reported;
  if (more) GOFUTURE_FAULT_POINT("relay.before_confirm");
  if (!stream.confirm(std::max(now_->received, confirmed), confirmed)) return trouble("the stream ended: " + stream.failure().sentence()), false;
  if (more) GOFUTURE_FAULT_POINT("relay.confirmed");
  now_->reported = confirmed;
  now_->reported_ms = now;
  return true;
}

// What was sent is acknowledged within a bound, so that a successor need not send it again.
void Relay::drain(RelayStream& stream) {
  const std::int64_t until = steady_ms() + options_.drain_ms;
  take_acks();  // the position that the keeper writes last is the one that the slot is told below
  while (!stopped_for_good_ && ledger_->outstanding_rows() > 0 && steady_ms() < until) {
    wait(-1, kReportGapMs);
    take_acks();
  }
  if (stopped_for_good_ || !confirm(stream, true)) return;
  log_(Level::kInfo, "relay: leaves replication slot " + options_.slot + " at " + pgoutput::lsn_text(now_->reported) + ", " +
                         std::to_string(ledger_->outstanding_rows()) + " rows behind it wait for the next");
}

void Relay::wait(int fd, std::int64_t ms) {
  pollfd polled[2] = {{acks_.wait_fd(), POLLIN, 0}, {fd, POLLIN, 0}};
  ::poll(polled, fd < 0 ? 1 : 2, static_cast<int>(ms));
}

// --- what is seen -----------------------------------------------------------------------------------------------------------

void Relay::set_state(State state, const std::string& why) {
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = status_.state != state;
    status_.state = state;
    status_.why = why;
  }
  if (news && state == State::kStandby) log_(Level::kInfo, "relay: standby: " + why);
}

void Relay::trouble(const std::string& sentence) {
  if (ended()) return;
  {
    const std::lock_guard lock(mutex_);
    status_.state = State::kStandby;
    status_.why = status_.last_error = sentence;
  }
  if (sentence != last_trouble_) log_(Level::kWarn, "relay: " + sentence + "; it tries again");
  last_trouble_ = sentence;
}

void Relay::stop_for_good(const std::string& sentence) {
  if (stopped_for_good_) return;
  stopped_for_good_ = true;
  {
    const std::lock_guard lock(mutex_);
    status_.state = State::kStopped;
    status_.why = status_.last_error = sentence;
  }
  log_(Level::kError, "relay: STOPPED: " + sentence);
}

// A dead letter that cannot be produced stays where it is kept, and stops nothing: it is done for the slot once that is noted.
bool Relay::refuse_dead(std::uint64_t token, const std::string& reason) {
  const RelayLedger::Note note = *ledger_->find(token);
  if (!desk_) return false;
  if (auto noted = note_refused(*desk_, note.dead_seq, reason); !noted) return trouble(noted.error().message()), false;
  ledger_->acked(token);
  {
    const std::lock_guard lock(mutex_);
    ++status_.refused;
    status_.last_error = reason;
  }
  std::string& told = refused_[*note.topic];
  if (told != reason)
    log_(Level::kError, "relay: the dead letter of event " + note.id.text() + " cannot be published to " + *note.topic + ": " + reason +
                            ". It stays in gofuture.dead_letters with this reason (column refused), as all that are refused after it, and is offered "
                            "again every " + std::to_string(options_.refused_ms / 1000) + " s; nothing else waits for it");
  told = reason;
  return true;
}

void Relay::refuse(std::uint64_t token, const std::string& reason) {
  const RelayLedger::Note* note = ledger_->find(token);
  const std::string what = note ? "outbox row " + note->id.text() + " for topic " + *note->topic : std::string("an outbox row of an earlier connection");
  const pgoutput::Lsn end = note ? ledger_->end_of(token) : 0;
  stop_for_good(what + " cannot be produced: " + reason +
                ". Nothing behind it was confirmed, and nothing is lost: it all waits in gofuture.events_outbox. Remove the cause and start again"
                " (events will be sent twice, the inbox skips them). To give up this row's whole transaction instead, while no relay runs: "
                "SELECT pg_replication_slot_advance('" + options_.slot + "', " +
                (end != 0 ? "'" + pgoutput::lsn_text(end) + "'" : "the end of its transaction, see pg_logical_slot_peek_binary_changes") + ")");
}

}  // namespace gofuture
