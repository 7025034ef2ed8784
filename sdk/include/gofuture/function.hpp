// Function: what an author writes. A class with a state (or none) and one `on` per event type that it handles:
//
//   struct Ledger { std::int64_t captured_minor = 0; bool canceled = false; };
//   BOOST_DESCRIBE_STRUCT(Ledger, (), (captured_minor, canceled))
//
//   class RefundPayment : public gofuture::Function<Ledger> {
//    public:
//     Outcome on(const ride::PaymentSucceeded& paid) { state().captured_minor += paid.amount_minor; return ok(); }
//     Outcome on(const ride::BookingCanceled&)       { state().canceled = true; return ok(); }
//   };
//   GOFUTURE_FUNCTION(RefundPayment)             // its name: refund_payment
//
// Which types it handles is found by itself: the `on` overloads among the lists that the included headers announced
// (GOFUTURE_EVENTS), or among `using Handles = gofuture::Events<…>` in the class, if it says so.
//
// The host makes one handler per thread and calls it from that thread only, so members need no lock; but members are
// neither shared between handlers nor durable: what must last belongs in state(). Everything asked for while an event
// is handled — state, emitted events, timers, SQL — commits together with "this event is done", or not at all. An exception
// ends the event with retry.
//
// Many events, one statement: instead of `on`, define `void on_batch(std::span<gofuture::In<Event…>> batch)` (see In
// below).
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "context.hpp"
#include "event.hpp"
#include "http.hpp"
#include "json.hpp"
#include "outcome.hpp"
#include "sql.hpp"
#include "timers.hpp"

namespace gofuture {
inline namespace v0 {

// One event of a batch given to on_batch. Every event ends ok unless it is told to skip, retry or reject. A retry or a
// reject undoes the batch's statements, which are one transaction: the others are handled again without it. To try
// everything again, throw.
//   for (auto& in : batch) { ids.push_back(in->driver_id); if (…) in.reject("no such driver"); }
// With several types: in.visit([&](const A& a) {…}, [&](const B& b) {…});
// A key may stand in the batch more than once, in order of arrival.
template <class... Es>
class In {
 public:
  using Data =
      std::conditional_t<sizeof...(Es) == 1, std::variant_alternative_t<0, std::variant<Es...>>, std::variant<Es...>>;
  struct Emission {
    std::string_view type;
    std::string data, key;
    std::chrono::milliseconds delay{};
  };

  In(const gofuture_event* event, std::uint32_t index) : event_(event), index_(index) {}

  const Data& operator*() const { return data_; }
  const Data* operator->() const { return &data_; }
  template <class... Cases>
  decltype(auto) visit(Cases&&... cases) const {
    struct All : std::remove_cvref_t<Cases>... {
      using std::remove_cvref_t<Cases>::operator()...;
    };
    All all{std::forward<Cases>(cases)...};
    return std::visit(all, data_);
  }
  EventView event() const { return EventView(event_); }
  std::string key() const { return std::string(event().state_key()); }

  void skip(std::string_view why = {}) { outcome_ = Outcome::skip(why); }
  void retry(std::string_view why) { outcome_ = Outcome::retry(why); }
  void reject(std::string_view why) { outcome_ = Outcome::reject(why); }
  template <class Event>
  void emit(const Event& what, std::string_view record_key = {}) {
    emit(what, std::chrono::milliseconds(0), record_key);
  }
  template <class Event>
  void emit(const Event& what, std::chrono::milliseconds delay, std::string_view record_key = {}) {
    static_assert(DescribedStruct<Event>, "an event is a struct described with BOOST_DESCRIBE_STRUCT");
    emissions_.push_back({type_name<Event>(), to_json(what), std::string(record_key), delay});
  }

  // The bridge's side.
  void take(Data&& data) { data_ = std::move(data); }
  std::uint32_t index() const { return index_; }
  const Outcome& outcome() const { return outcome_; }
  const std::vector<Emission>& emissions() const { return emissions_; }

 private:
  Data data_{};
  Outcome outcome_ = Outcome::ok();
  const gofuture_event* event_;
  std::uint32_t index_;
  std::vector<Emission> emissions_;
};

namespace detail {

template <class F>
class Handler;

class FunctionBase : private Bound {
 public:
  using Outcome = gofuture::Outcome;

 protected:
  // --- how it ended -----------------------------------------------------------------------------------------------
  static Outcome ok() { return Outcome::ok(); }
  static Outcome skip(std::string_view why = {}) { return Outcome::skip(why); }
  static Outcome retry(std::string_view why) { return Outcome::retry(why); }
  static Outcome reject(std::string_view why) { return Outcome::reject(why); }
  static Outcome later(std::string_view why) { return Outcome::later(why); }

  // --- what it is about -------------------------------------------------------------------------------------------
  EventView event() const { return EventView(&context().event()); }
  std::string key() const { return std::string(view(context().event().state_key)); }
  Time now() const { return context().now(); }  // by the host's clock

  // --- effects ----------------------------------------------------------------------------------------------------
  // The record key is taken from the event's data as the catalogue says, unless one is given. What the host refuses
  // (type not in the manifest's [emits], schema) rejects this event with the host's message.
  template <class Event>
  void emit(const Event& what, std::string_view record_key = {}) {
    emit(what, std::chrono::milliseconds(0), record_key);
  }
  // The same, but it leaves only so long after the commit: emit(Reminder{…}, std::chrono::minutes(5)).
  template <class Event>
  void emit(const Event& what, std::chrono::milliseconds delay, std::string_view record_key = {}) {
    static_cast<void>(context().event());
    static_assert(DescribedStruct<Event>, "an event is a struct described with BOOST_DESCRIBE_STRUCT");
    text_.clear();
    append_json(text_, what);
    const gofuture_emission emission{sizeof(gofuture_emission), 0,           bytes_of(type_name<Event>()), bytes_of(text_),
                                     bytes_of(record_key),      delay.count()};
    context().call->emit(context().call, context().index, &emission);
  }

  // --- looking around ---------------------------------------------------------------------------------------------
  // The manifest's [config]; works in member initialisers: `const Settings settings_ = config<Settings>();`
  template <class T>
  T config() const {
    try {
      const std::string_view text = view(context().host->config);
      return from_json<T>(text.empty() ? std::string_view("{}") : text);
    } catch (const JsonError& error) {
      throw std::runtime_error(std::string("[config] ") + error.what());
    }
  }
  // One row of a table that the manifest's [[lookup]] names: read-only, outside the transaction, at most `stale` old.
  template <class T>
  std::optional<T> lookup(std::string_view table, std::string_view row_key) {
    if (context().lookup == nullptr) throw std::logic_error("the manifest has no [[lookup]]");
    gofuture_bytes answer{nullptr, 0};
    switch (context().lookup->get(context().call, bytes_of(table), bytes_of(row_key), &answer)) {
      case GOFUTURE_LOOKUP_FOUND:
        return from_json<T>(view(answer));
      case GOFUTURE_LOOKUP_NONE:
        return std::nullopt;
      default:
        throw std::runtime_error("lookup of " + std::string(table) + ": " + std::string(view(answer)));
    }
  }

  // --- telling people: a sentence, then names and values: log_info("charged", "amount_minor", 1250) --------------
  template <class... NamesAndValues>
  void log_debug(std::string_view sentence, const NamesAndValues&... rest) const {
    log(GOFUTURE_LOG_DEBUG, sentence, rest...);
  }
  template <class... NamesAndValues>
  void log_info(std::string_view sentence, const NamesAndValues&... rest) const {
    log(GOFUTURE_LOG_INFO, sentence, rest...);
  }
  template <class... NamesAndValues>
  void log_warn(std::string_view sentence, const NamesAndValues&... rest) const {
    log(GOFUTURE_LOG_WARN, sentence, rest...);
  }
  template <class... NamesAndValues>
  void log_error(std::string_view sentence, const NamesAndValues&... rest) const {
    log(GOFUTURE_LOG_ERROR, sentence, rest...);
  }

  Context& context() const { return Bound::context(); }

 private:
  template <class... NamesAndValues>
  void log(std::int32_t level, std::string_view sentence, const NamesAndValues&... rest) const {
    static_assert(sizeof...(rest) % 2 == 0, "after the sentence come pairs: a name and a value");
    std::string line(sentence);
    bool name = true;
    (add_to_line(line, rest, std::exchange(name, !name)), ...);
    context().write_log(level, line);
  }
  template <class T>
  static void add_to_line(std::string& line, const T& part, bool is_name) {
    line += is_name ? ' ' : '=';
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
      line += std::string_view(part);
    else
      append_sql_text(line, part);
  }

  std::string text_;  // of the last emission; kept for its capacity
};

}  // namespace detail

// A function with a state per key: a described struct, created by its first use, stored when it has changed.
template <class State = void>
class Function : public detail::FunctionBase {
 protected:
  // The state of this event's key, to read and to change. Where there is none yet it is a fresh State{}.
  State& state() {
    load();
    return state_;
  }
  bool has_state() {
    load();
    return present_;
  }
  void erase_state() {
    load();
    state_ = State{};
    present_ = false;
    erased_ = true;
    fresh_ = to_json(state_);
  }

 private:
  template <class F>
  friend class detail::Handler;

  void load() {
    const detail::Context& context = FunctionBase::context();
    static_cast<void>(context.event());
    if (loaded_) return;
    std::int32_t present = 0;
    const std::string_view text = detail::view(context.call->state(context.call, context.index, &present));
    if (present == 0) {
      state_ = State{};
      fresh_ = to_json(state_);
      stored_.reset();
    } else if (!stored_ || *stored_ != text) {  // else: what is in state_ is what the host has
      stored_.reset();
      State read{};
      try {
        read_json(text, read, Missing::kKeepDefault);  // the struct may have grown since
      } catch (const JsonError& error) {
        throw std::runtime_error("the stored state of key \"" + std::string(key()) +
                                 "\" cannot be read: " + error.what());
      }
      state_ = std::move(read);
      stored_ = std::string(text);
    }
    present_ = present != 0;
    was_present_ = present_;
    loaded_ = true;
  }
  // The bridge: before each event, and after one that ended ok.
  void open() { loaded_ = erased_ = false; }
  void store() {
    if (!loaded_) return;
    const detail::Context& context = FunctionBase::context();
    std::string now = to_json(state_);
    const bool wanted = present_ ? now != *stored_ : now != fresh_;
    if (wanted) {
      context.call->set_state(context.call, context.index, detail::bytes_of(now));
      stored_ = std::move(now);
    } else if (erased_) {
      if (was_present_) context.call->erase_state(context.call, context.index);
      stored_.reset();
    }
  }
  // After one that did not: state_ holds what the host dropped.
  void forget() {
    if (loaded_) stored_.reset();
  }

  State state_{};
  std::optional<std::string> stored_;  // the host's text of state_, when state_ is unchanged since
  std::string fresh_;
  bool loaded_ = false, present_ = false, was_present_ = false, erased_ = false;
};

template <>
class Function<void> : public detail::FunctionBase {};

}  // namespace v0
}  // namespace gofuture

#include "bridge.hpp"
