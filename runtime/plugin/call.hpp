// BatchCall: the host's side of one handle() call: what gofuture_call's functions do while a library works through a batch.
//
// It enforces the protocol (begin, effects, finish; in order, on this thread), keeps state per key with a way back when an
// event does not end ok, holds the followers of a key whose event comes again, makes emissions, and leaves every event of the
// batch with an outcome. A breach is logged as function_misbehaving and costs the event concerned a retry, never the process.
//
// What is in hand stands in the handler's slot, so that an end of the process in the middle of it is no riddle.
//
// One per handler; owner: its Worker. run() on the handler's thread.
#pragma once

#include <gofuture/abi.h>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pipeline/batch.hpp"
#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"
#include "plugin/batch_view.hpp"
#include "plugin/emission.hpp"
#include "plugin/handler.hpp"
#include "plugin/host_wait.hpp"
#include "plugin/service_http.hpp"
#include "plugin/service_lookup.hpp"
#include "plugin/service_sql.hpp"
#include "plugin/strike_slot.hpp"

namespace gofuture {

// What every handler of a function shares. Outlives them.
struct HandlerPorts {
  const Plan& plan;
  Clock& clock;
  Probe& probe;
  Lookup* lookup = nullptr;
  Journal* journal = nullptr;  // null: unsafe requests are sent without one
  const AllowList* http = nullptr;
  bool stateful = true;  // as the library describes itself
  bool timers = true;    // same
  std::string offline = {};  // why no HTTP request is sent; empty: they are
};

class BatchCall {
 public:
  BatchCall(const HandlerPorts& ports, StrikeSlot& strike_slot, std::uint64_t seed);
  BatchCall(const BatchCall&) = delete;
  BatchCall& operator=(const BatchCall&) = delete;

  // Afterwards every event has an outcome. `session`: the open transaction, for a function with sql.
  void run(Batch& batch, Handler& handler, SqlSession* session);

  // For the services. Null where the calling thread is not in handle(), or no event is open.
  bool on_my_thread() const { return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }
  const Event* open_event() const { return open_ == kNone ? nullptr : &event(open_); }
  Event* open_event(std::uint32_t index) { return open_ == kNone || open_ != index ? nullptr : &event(open_); }
  bool begun() const { return next_ > 0; }
  void misbehaving(const std::string& what);  // logs; the open event, if there is one, will be retried
  const HandlerPorts& ports() const { return ports_; }
  HttpService& http() { return http_; }
  SqlService& sql() { return sql_; }
  LookupService& lookup() { return lookup_; }
  HostWaits& waits() { return waits_; }
  static BatchCall& of(const gofuture_call* call) { return *static_cast<BatchCall*>(call->host); }

 private:
  struct Callbacks;  // the C functions of gofuture_call
  static constexpr std::uint32_t kNone = ~0U;

  // The way back to what was before the event that is open (or was closed last).
  struct Before {
    std::optional<std::string> state;
    bool state_touched = false;
    bool dirty = false;
    std::int64_t newest_us = kNeverSeen;
    std::size_t emissions = 0, timers = 0;
  };

  bool begin(std::uint32_t index);
  void finish(std::uint32_t index, std::int32_t outcome, std::string_view message);
  gofuture_bytes state(std::uint32_t index, bool& present);
  void change_state(std::uint32_t index, std::optional<std::string_view> state);
  bool emit(std::uint32_t index, const gofuture_emission* emission);
  bool change_timer(std::uint32_t index, const char* word, TimerChange change);

  void take_in_hand();
  bool passes_over(Event& event, Slot& slot);
  void open(std::uint32_t index);
  void close(std::int32_t outcome, std::string_view message);
  void end_ok(Event& event, Slot& slot);
  void end_badly(Event& event, Outcome outcome, FailureClass failure, std::string message);
  void undo();
  void leave(std::uint32_t index);
  void settle(const std::optional<std::string>& escaped);
  void retry_or_hold(std::uint32_t index, const std::string& message);
  bool in_event(std::uint32_t index, const char* what);

  Event& event(std::uint32_t shown) const { return *batch_->events[view_.index_of(shown)]; }
  Slot& slot(const Event& event) const { return batch_->slots[event.slot]; }

  const HandlerPorts& ports_;
  const bool fenced_;
  BatchView view_;
  EmissionMaker emissions_;
  HttpService http_;
  SqlService sql_;
  LookupService lookup_;
  StrikeSlot& strike_slot_;
  HostWaits waits_;
  gofuture_call call_{};
  std::atomic<std::thread::id> thread_;

  // Of the batch in hand.
  Batch* batch_ = nullptr;
  std::uint32_t next_ = 0;          // the event that begin() expects
  std::uint32_t open_ = kNone;
  std::uint32_t last_closed_ = kNone;
  bool retried_ = false;            // some event of this batch has been told to come again
  std::vector<std::uint32_t> coalesced_;  // by the fence: replaced by a newer one
  std::vector<char> blocked_;       // by slot: an earlier event of the key did not end

  // Of the open event.
  Before before_;
  std::string refused_;             // why an emission or a timer was refused: the event will be rejected
  std::string spoiled_;             // what the function did wrong: the event will be retried
};

}  // namespace gofuture
