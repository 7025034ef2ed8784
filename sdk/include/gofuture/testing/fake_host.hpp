// A host without broker or database that drives a function library through its real entry: what a test proves here is
// what runs. It keeps the rules of abi.h — state of earlier events is seen by later ones of the key, only `ok` commits,
// an event that did not end holds those behind it — and fails the test when the function breaks its side of them. Part
// of testing.hpp.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../json.hpp"
#include "../outcome.hpp"
#include "../timers.hpp"
#include "fake_services.hpp"

namespace gofuture {
inline namespace v0 {

// An event that a function emitted, as the host received it.
struct Emitted {
  std::string type, data, key;
  template <class E>
  E as() const {
    return from_json<E>(data);
  }
};

// An event to be handled; what is left empty gets a sensible value.
struct Delivery {
  std::string type{}, data{}, key{}, id{}, source = "test", subject{}, time = "2026-01-01T00:00:00Z";
  std::string correlation_id{}, causation_id{}, traceparent{}, record_key{};
  std::string topic = "test";
  std::int32_t partition = 0;
  std::int64_t offset = -1, timestamp_ms = 1'767'225'600'000;
  std::uint32_t attempt = 1, hops = 0;
  bool late = false;
};

// A timer that is set.
struct SetTimer {
  std::string key, name;
  Time due_at;
  bool operator==(const SetTimer&) const = default;
};

class FakeHost {
 public:
  FakeHttp http;
  FakeSql sql;
  std::string config = "{}";                                          // read when the handler is created
  std::map<std::pair<std::string, std::string>, std::string> tables;  // (table, key) -> row as JSON
  std::map<std::string, std::string> states;                          // by key
  std::vector<Emitted> emitted;                                       // of events that ended ok, their delay over
  Time now{std::chrono::milliseconds(1'767'225'600'000)};             // 2026-01-01T00:00:00Z
  std::vector<std::string> logs;                                      // "warn the sentence name=value"

  bool lose_commit = false;  // the function runs, its transaction is lost: nothing it asked of the host stays (its requests do)

  explicit FakeHost(const gofuture_entry& entry) : entry_(entry) {
    if (entry.magic != GOFUTURE_ABI_MAGIC || entry.abi_version != GOFUTURE_ABI_VERSION ||
        entry.abi_revision != GOFUTURE_ABI_REVISION) {
      throw std::runtime_error("the entry is not of this ABI");
    }
    name_ = std::string(detail::view(entry.describe()->name));
    host_ = {sizeof host_, GOFUTURE_ABI_VERSION, this, &find_service, detail::bytes_of(name_), {}};
    call_ = {sizeof call_, 0, this, &begin, &state, &set_state, &erase_state, &emit, &finish, &schedule, &cancel,
             &clock, &schedule_after};
  }
  ~FakeHost() {
    if (handler_ != nullptr) entry_.destroy(handler_);
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const gofuture_description& description() const { return *entry_.describe(); }

  // Creates the handler, which the first handle() does by itself; throws with the function's own words when that fails.
  void create() {
    if (handler_ != nullptr) return;
    host_.config = detail::bytes_of(config);
    char error[512] = "";
    handler_ = entry_.create(&host_, error, sizeof error);
    if (handler_ == nullptr) throw std::runtime_error(error);
  }

  std::vector<Outcome> handle(std::vector<Delivery> deliveries) {
    create();
    rows_.clear();
    std::map<std::string, std::uint32_t> keys;
    for (Delivery& delivery : deliveries) {
      const auto index = keys.emplace(delivery.key, static_cast<std::uint32_t>(keys.size())).first->second;
      if (delivery.offset < 0) delivery.offset = next_offset_;
      ++next_offset_;
      if (delivery.id.empty()) {
        const std::string number = std::to_string(next_offset_);
        delivery.id = "00000000-0000-7000-8000-" + std::string(12 - std::min<std::size_t>(12, number.size()), '0') + number;
      }
      rows_.push_back(std::make_unique<Row>(std::move(delivery), index));
    }
    std::vector<const gofuture_event*> events;
    for (const auto& row : rows_) events.push_back(&row->event);
    const gofuture_batch batch{sizeof batch, static_cast<std::uint32_t>(events.size()), events.data(),
                               static_cast<std::uint32_t>(keys.size()), 0};
    next_begin_ = 0;
    open_.reset();
    const auto states_before = lose_commit ? states : decltype(states){};
    entry_.handle(handler_, &batch, &call_);
    if (lose_commit) states = states_before;
    std::vector<Outcome> outcomes;
    for (const auto& row : rows_) {
      if (row->stage == Stage::kHeld) {
        outcomes.push_back(Outcome::later("held behind an earlier event of its key"));
        continue;
      }
      EXPECT_EQ(row->stage, Stage::kFinished) << "the function did not begin and finish " << row->delivery.type;
      outcomes.push_back(row->outcome());
      if (row->kind == GOFUTURE_OK && !lose_commit) commit(*row);
    }
    return outcomes;
  }

  // What is set, the next one first.
  std::vector<SetTimer> timers() const {
    std::vector<SetTimer> set;
    for (const auto& [key_and_name, timer] : timers_)
      set.push_back({key_and_name.first, key_and_name.second, timer.due_at});
    std::stable_sort(set.begin(), set.end(), [](const auto& a, const auto& b) { return a.due_at < b.due_at; });
    return set;
  }

  // Hands the function a timer that is set, due or not. Unless it comes again (retry, later, a lost commit) it is gone then.
  Outcome fire(const SetTimer& timer, Delivery with = {}) {
    const auto found = timers_.find({timer.key, timer.name});
    if (found == timers_.end() || found->second.due_at != timer.due_at)
      throw std::logic_error("no such timer is set: \"" + timer.name + "\" of key \"" + timer.key + "\"");
    const std::uint64_t number = found->second.number;
    with.type = GOFUTURE_TIMER_TYPE;
    with.key = timer.key;
    with.data = to_json(Timer{timer.name, text_of(timer.due_at)});
    const Outcome outcome = handle({std::move(with)}).front();
    const auto still = timers_.find({timer.key, timer.name});  // unless it was canceled; it may have been set again
    if (!lose_commit && !comes_again(outcome) && still != timers_.end() && still->second.number == number) timers_.erase(still);
    return outcome;
  }

  // Moves the clock, letting delayed events go and handing over the timers that become due, in the order of their times.
  // The outcomes of those timers; one that comes again stays set, for the next advance.
  std::vector<Outcome> advance(std::chrono::milliseconds by) {
    const Time until = now + by;
    std::vector<Outcome> outcomes;
    std::vector<SetTimer> tried;
    for (;;) {
      const auto set = timers();
      const auto timer = std::find_if(set.begin(), set.end(), [&](const SetTimer& one) {
        return std::find(tried.begin(), tried.end(), one) == tried.end();
      });
      const bool due = timer != set.end() && timer->due_at <= until;
      release(due ? timer->due_at : until);
      if (!due) break;
      now = std::max(now, timer->due_at);
      outcomes.push_back(fire(*timer));
      if (lose_commit || comes_again(outcomes.back())) tried.push_back(*timer);
    }
    now = until;
    return outcomes;
  }

 private:
  enum class Stage { kWaiting, kOpen, kHeld, kFinished };
  struct Row {
    Row(Delivery&& given, std::uint32_t key_index) : delivery(std::move(given)) {
      const auto bytes = [](const std::string& text) { return detail::bytes_of(text); };
      event = {sizeof event,
               delivery.attempt,
               delivery.hops,
               delivery.late ? 1U : 0U,
               bytes(delivery.topic),
               delivery.partition,
               key_index,
               delivery.offset,
               delivery.timestamp_ms,
               bytes(delivery.id),
               bytes(delivery.type),
               bytes(delivery.source),
               bytes(delivery.subject),
               bytes(delivery.time),
               bytes(delivery.key),
               bytes(delivery.record_key),
               bytes(delivery.correlation_id),
               bytes(delivery.causation_id),
               bytes(delivery.traceparent),
               bytes(delivery.data)};
    }
    Outcome outcome() const {
      switch (kind) {
        case GOFUTURE_OK:
          return Outcome::ok();
        case GOFUTURE_SKIP:
          return Outcome::skip(message);
        case GOFUTURE_REJECT:
          return Outcome::reject(message);
        case GOFUTURE_LATER:
          return Outcome::later(message);
        default:
          return Outcome::retry(message);
      }
    }
    Delivery delivery;
    gofuture_event event{};
    Stage stage = Stage::kWaiting;
    std::int32_t kind = GOFUTURE_RETRY;
    std::string message;
    struct Emission {
      Emitted event;
      std::chrono::milliseconds delay;
    };
    struct TimerChange {
      std::string name;
      std::optional<Time> due_at;  // nothing: canceled
    };
    std::vector<Emission> emitted;
    std::vector<TimerChange> timers;
    std::optional<std::optional<std::string>> change;  // set_state, or nothing in it: erase_state
    std::string shown;                                 // what state() gave out
  };

  static FakeHost& self(const gofuture_call* call) { return *static_cast<FakeHost*>(call->host); }
  Row& open_row(std::uint32_t index, const char* what) {
    if (index >= rows_.size()) {
      ADD_FAILURE() << "the function called " << what << " for event " << index << " of a batch of " << rows_.size();
      return *rows_.front();
    }
    EXPECT_EQ(rows_[index]->stage, Stage::kOpen) << "the function called " << what << " for an event that is not open";
    return *rows_[index];
  }

  static const void* find_service(const gofuture_host* host, const char* id) {
    const std::string_view wanted = id;
    if (wanted == GOFUTURE_LOG_SERVICE) {
      static const gofuture_log_service log{
          sizeof log, 0, [](const gofuture_host* from, std::int32_t level, gofuture_bytes message) {
            constexpr const char* kLevels[] = {"debug ", "info ", "warn ", "error "};
            static_cast<FakeHost*>(from->host)->logs.push_back(kLevels[level & 3] + std::string(detail::view(message)));
          }};
      return &log;
    }
    const bool offers_sql = static_cast<FakeHost*>(host->host)->description().uses_sql != 0;
    if (wanted == GOFUTURE_SQL_SERVICE && offers_sql) {
      static const gofuture_sql_service sql_table{
          sizeof sql_table, 0,
          [](const gofuture_call* call, gofuture_bytes statement, const gofuture_sql_cell* parameters,
             std::uint32_t count, gofuture_bytes* error) {
            EXPECT_TRUE(self(call).open_ || self(call).next_begin_ == 0)
                << "a statement belongs to an open event, or to the whole batch before the first begin";
            return self(call).sql.execute(statement, parameters, count, error);
          }};
      return &sql_table;
    }
    const bool offers_http = static_cast<FakeHost*>(host->host)->description().uses_http != 0;
    if (wanted == GOFUTURE_HTTP_SERVICE && offers_http) {
      static const gofuture_http_service http_table{
          sizeof http_table, 0,
          [](const gofuture_call* call, std::uint32_t index, const gofuture_http_request* request,
             gofuture_http_response* response) {
            self(call).open_row(index, "http");
            self(call).http.serve(*request, *response);
          }};
      return &http_table;
    }
    if (wanted == GOFUTURE_LOOKUP_SERVICE) {
      static const gofuture_lookup_service lookup{
          sizeof lookup, 0,
          [](const gofuture_call* call, gofuture_bytes table, gofuture_bytes key,
             gofuture_bytes* answer) -> std::int32_t {
            FakeHost& host_of_call = self(call);
            const auto found =
                host_of_call.tables.find({std::string(detail::view(table)), std::string(detail::view(key))});
            if (found == host_of_call.tables.end()) return GOFUTURE_LOOKUP_NONE;
            *answer = detail::bytes_of(found->second);
            return GOFUTURE_LOOKUP_FOUND;
          }};
      return &lookup;
    }
    return nullptr;
  }

  static std::int32_t begin(const gofuture_call* call, std::uint32_t index) {
    FakeHost& host = self(call);
    EXPECT_FALSE(host.open_) << "the function must finish an event before it begins the next";
    EXPECT_EQ(index, host.next_begin_) << "the function must begin the events in order";
    if (index >= host.rows_.size()) return 0;
    host.next_begin_ = index + 1;
    Row& row = *host.rows_[index];
    for (std::uint32_t earlier = 0; earlier < index; ++earlier) {
      const Row& before = *host.rows_[earlier];
      const bool unended =
          before.stage == Stage::kHeld || (before.stage == Stage::kFinished && before.kind != GOFUTURE_OK &&
                                           before.kind != GOFUTURE_SKIP && before.kind != GOFUTURE_REJECT);
      if (before.event.key_index == row.event.key_index && unended) {
        row.stage = Stage::kHeld;
        return 0;
      }
    }
    row.stage = Stage::kOpen;
    host.open_ = index;
    return 1;
  }
  static gofuture_bytes state(const gofuture_call* call, std::uint32_t index, std::int32_t* present) {
    FakeHost& host = self(call);
    Row& row = host.open_row(index, "state");
    const auto found = host.states.find(row.delivery.key);
    *present = found == host.states.end() ? 0 : 1;
    row.shown = *present != 0 ? found->second : std::string();
    return detail::bytes_of(row.shown);
  }
  static void set_state(const gofuture_call* call, std::uint32_t index, gofuture_bytes state) {
    self(call).open_row(index, "set_state").change = std::string(detail::view(state));
  }
  static void erase_state(const gofuture_call* call, std::uint32_t index) {
    self(call).open_row(index, "erase_state").change = std::optional<std::string>();
  }
  static std::int32_t emit(const gofuture_call* call, std::uint32_t index, const gofuture_emission* emission) {
    Row& row = self(call).open_row(index, "emit");
    EXPECT_GE(emission->delay_ms, 0) << "an event cannot leave before its commit";
    row.emitted.push_back({{std::string(detail::view(emission->type)), std::string(detail::view(emission->data)),
                            std::string(detail::view(emission->key))},
                           std::chrono::milliseconds(emission->delay_ms)});
    return 0;
  }
  static std::int32_t schedule(const gofuture_call* call, std::uint32_t index, gofuture_bytes name, std::int64_t at_ms) {
    return change_timer(call, index, name, Time(std::chrono::milliseconds(at_ms)));
  }
  static std::int32_t schedule_after(const gofuture_call* call, std::uint32_t index, gofuture_bytes name, std::int64_t after_ms) {
    return change_timer(call, index, name, self(call).now + std::chrono::milliseconds(after_ms));
  }
  static std::int32_t cancel(const gofuture_call* call, std::uint32_t index, gofuture_bytes name) {
    return change_timer(call, index, name, std::nullopt);
  }
  static std::int32_t change_timer(const gofuture_call* call, std::uint32_t index, gofuture_bytes name,
                                   std::optional<Time> due_at) {
    FakeHost& host = self(call);
    EXPECT_EQ(host.description().uses_timers, 1U) << "the function does not say that it uses timers";
    std::string text(detail::view(name));
    constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    EXPECT_TRUE(!text.empty() && text.size() <= 64 && text.find_first_not_of(kAllowed) == std::string::npos)
        << "\"" << text << "\" is no name for a timer: 1 to 64 letters, digits, '_', '-' and '.'";
    host.open_row(index, "schedule or cancel").timers.push_back({std::move(text), due_at});
    return 0;
  }
  static std::int64_t clock(const gofuture_call* call) { return self(call).now.time_since_epoch().count(); }
  static void finish(const gofuture_call* call, std::uint32_t index, std::int32_t outcome, gofuture_bytes message) {
    FakeHost& host = self(call);
    Row& row = host.open_row(index, "finish");
    row.stage = Stage::kFinished;
    host.open_.reset();
    row.kind = outcome;
    row.message = std::string(detail::view(message));
    if (outcome != GOFUTURE_OK || !row.change) return;
    if (*row.change)
      host.states[row.delivery.key] = **row.change;
    else
      host.states.erase(row.delivery.key);
  }

  // The effects of an event that ended ok, but for its state, which later events of the batch have seen already.
  void commit(const Row& row) {
    for (const auto& emission : row.emitted) {
      if (emission.delay.count() > 0)
        delayed_.push_back({now + emission.delay, emission.event});
      else
        emitted.push_back(emission.event);
    }
    for (const auto& change : row.timers) {
      if (change.due_at)
        timers_[{row.delivery.key, change.name}] = {*change.due_at, ++timer_number_};
      else
        timers_.erase({row.delivery.key, change.name});
    }
  }

  // Lets delayed events go, in the order of their times.
  void release(Time until) {
    std::stable_sort(delayed_.begin(), delayed_.end(), [](const auto& a, const auto& b) { return a.leaves_at < b.leaves_at; });
    const auto gone = std::find_if(delayed_.begin(), delayed_.end(), [&](const Waiting& one) { return one.leaves_at > until; });
    for (auto one = delayed_.begin(); one != gone; ++one) emitted.push_back(std::move(one->event));
    delayed_.erase(delayed_.begin(), gone);
  }
  static bool comes_again(const Outcome& outcome) {
    return outcome.kind() == Outcome::Kind::kRetry || outcome.kind() == Outcome::Kind::kLater;
  }

  static std::string text_of(Time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return text;
  }

  struct Waiting {
    Time leaves_at;
    Emitted event;
  };
  struct Scheduled {
    Time due_at;
    std::uint64_t number = 0;  // of this setting
  };

  const gofuture_entry& entry_;
  std::string name_;
  gofuture_host host_{};
  gofuture_call call_{};
  void* handler_ = nullptr;
  std::vector<std::unique_ptr<Row>> rows_;
  std::uint32_t next_begin_ = 0;
  std::optional<std::uint32_t> open_;
  std::int64_t next_offset_ = 0;
  std::map<std::pair<std::string, std::string>, Scheduled> timers_;  // by key and name
  std::uint64_t timer_number_ = 0;
  std::vector<Waiting> delayed_;  // emitted, and not gone yet
};

}  // namespace v0
}  // namespace gofuture
