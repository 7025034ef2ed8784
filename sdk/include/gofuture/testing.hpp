// Tests of a function need no broker and no database: Harness drives the class through its real C entry with a fake
// host.
//
//   Harness<RefundPayment> booking{"b-1"};                                   // the key of the events to come
//   EXPECT_THAT(booking.on(ride::BookingCanceled{…}), IsOk());
//   EXPECT_THAT(booking.emitted(), ElementsAre(Event<ride::PaymentRefunded>(Field(&ride::PaymentRefunded::amount_minor,
//   1250)))); EXPECT_EQ(booking.state().refunded_minor, 1250);
//
// Also: http().answer("charge", 200, "{…}"), .unreachable("charge"), .times_out("charge"), .requests();
// sql().rows({"n"}, {{"1"}}), .affects(1), .fails("…"), .statements(); config(Settings{…}); lookup("prices", "p-1",
// Row{…}); time, attempt and the like by `next()`, the delivery that the following events are made from; batch(a, b)
// hands several in one call. Timers and delayed events wait for the clock: timers() are those that are set, advance(2min)
// moves it, fires what becomes due, and lets emitted() have what was delayed till then. http().served_by(…) and
// sql().served_by(…) put a model of the other side there; host().lose_commit = true runs the function without its effects. One thread.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bridge.hpp"
#include "testing/fake_host.hpp"

namespace gofuture {
inline namespace v0 {
namespace detail {
template <class State>
std::type_identity<State> state_of(const Function<State>*);
}

template <class F>
class Harness {
 public:
  using State = typename decltype(detail::state_of(static_cast<const F*>(nullptr)))::type;

  explicit Harness(std::string key = "key-1") { next_.key = std::move(key); }

  // --- given ------------------------------------------------------------------------------------------------------
  template <class T>
  Harness& config(const T& settings) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
      host_.config = std::string(settings);
    else
      host_.config = to_json(settings);
    return *this;
  }
  template <class T>
  Harness& lookup(const std::string& table, const std::string& row_key, const T& row) {
    host_.tables[{table, row_key}] = to_json(row);
    return *this;
  }
  Harness& key(std::string now) {
    next_.key = std::move(now);
    return *this;
  }
  Delivery& next() { return next_; }
  FakeHttp& http() { return host_.http; }
  FakeSql& sql() { return host_.sql; }
  template <class S = State>
  Harness& given_state(const S& state) {
    host_.states[next_.key] = to_json(state);
    return *this;
  }

  // --- when -------------------------------------------------------------------------------------------------------
  template <class E>
  Outcome on(const E& event) {
    return host_.handle({delivery(event)}).front();
  }
  Outcome on_raw(std::string type, std::string data) {
    Delivery made = next_;
    made.type = std::move(type);
    made.data = std::move(data);
    return host_.handle({complete(std::move(made))}).front();
  }
  // One call with all of them, under the present key. For several keys: queue(key, event) each, then handle().
  template <class... Es>
  std::vector<Outcome> batch(const Es&... events) {
    return host_.handle({delivery(events)...});
  }
  template <class E>
  Harness& queue(std::string for_key, const E& event) {
    Delivery made = delivery(event);
    if (made.subject == made.key) made.subject = for_key;
    made.key = std::move(for_key);
    queued_.push_back(std::move(made));
    return *this;
  }
  std::vector<Outcome> handle() { return host_.handle(std::exchange(queued_, {})); }
  // Some time passes. The outcomes of the timers that became due, in the order of their times; one that ended with retry or
  // later stays set and fires again at the next advance.
  std::vector<Outcome> advance(std::chrono::milliseconds by) { return host_.advance(by); }

  // --- then -------------------------------------------------------------------------------------------------------
  const std::vector<Emitted>& emitted() const { return host_.emitted; }
  std::vector<SetTimer> timers() const { return host_.timers(); }  // of all keys, the next one first
  Time now() const { return host_.now; }
  std::vector<Emitted> take_emitted() { return std::exchange(host_.emitted, {}); }
  bool has_state() const { return host_.states.contains(next_.key); }
  template <class S = State>
  S state() const {
    const auto found = host_.states.find(next_.key);
    return found == host_.states.end() ? S{} : from_json<S>(found->second);
  }
  const std::vector<std::string>& logs() const { return host_.logs; }
  const gofuture_description& description() const { return host_.description(); }
  FakeHost& host() { return host_; }

 private:
  template <class E>
  Delivery delivery(const E& event) const {
    Delivery made = next_;
    made.type = std::string(type_name<E>());
    made.data = to_json(event);
    return complete(std::move(made));
  }
  static Delivery complete(Delivery made) {
    if (made.subject.empty()) made.subject = made.key;
    if (made.correlation_id.empty()) made.correlation_id = made.key;
    return made;
  }

  FakeHost host_{detail::Bridge<F>::kEntry};
  Delivery next_;
  std::vector<Delivery> queued_;
};

// --- matchers
// -----------------------------------------------------------------------------------------------------------

// An emitted event of this type whose content fits all the matchers given.
template <class E, class... Matchers>
::testing::Matcher<const Emitted&> Event(Matchers... matchers) {
  class Fits : public ::testing::MatcherInterface<const Emitted&> {
   public:
    explicit Fits(::testing::Matcher<const E&> content) : content_(std::move(content)) {}
    bool MatchAndExplain(const Emitted& emitted, ::testing::MatchResultListener* listener) const override {
      if (emitted.type != type_name<E>()) {
        *listener << "which is a " << emitted.type;
        return false;
      }
      try {
        return content_.MatchAndExplain(emitted.as<E>(), listener);
      } catch (const JsonError& error) {
        *listener << "which cannot be read: " << error.what();
        return false;
      }
    }
    void DescribeTo(std::ostream* out) const override {
      *out << "is a " << type_name<E>() << " that ";
      content_.DescribeTo(out);
    }

   private:
    ::testing::Matcher<const E&> content_;
  };
  if constexpr (sizeof...(Matchers) == 0)
    return ::testing::MakeMatcher(new Fits(::testing::A<const E&>()));
  else
    return ::testing::MakeMatcher(new Fits(::testing::AllOf(matchers...)));
}

inline const char* name_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kOk:
      return "ok";
    case Outcome::Kind::kSkip:
      return "skip";
    case Outcome::Kind::kRetry:
      return "retry";
    case Outcome::Kind::kReject:
      return "reject";
    case Outcome::Kind::kLater:
      return "later";
  }
  return "unknown";
}
inline void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << name_of(outcome.kind()) << "(\"" << outcome.message() << "\")";
}
inline void PrintTo(const SetTimer& timer, std::ostream* out) {
  *out << '"' << timer.name << "\" of " << timer.key << " at " << timer.due_at.time_since_epoch().count();
}
inline void PrintTo(const Emitted& emitted, std::ostream* out) {
  *out << emitted.type << ' ' << emitted.data;
}

MATCHER_P2(EndedAs, kind, message, std::string("ended with ") + name_of(kind)) {
  return arg.kind() == kind && ::testing::ExplainMatchResult(message, arg.message(), result_listener);
}
// A timer that is set:  EXPECT_THAT(booking.timers(), ElementsAre(IsTimer("deadline", booking.now() + 2min)));
inline auto IsTimer(std::string name, Time due_at) {
  return ::testing::AllOf(::testing::Field("name", &SetTimer::name, std::move(name)),
                          ::testing::Field("due_at", &SetTimer::due_at, due_at));
}
inline auto IsOk() {
  return EndedAs(Outcome::Kind::kOk, ::testing::A<const std::string&>());
}
using TextMatcher = ::testing::Matcher<const std::string&>;
inline auto IsSkip(TextMatcher why = ::testing::A<const std::string&>()) {
  return EndedAs(Outcome::Kind::kSkip, std::move(why));
}
inline auto IsRetry(TextMatcher why = ::testing::A<const std::string&>()) {
  return EndedAs(Outcome::Kind::kRetry, std::move(why));
}
inline auto IsReject(TextMatcher why = ::testing::A<const std::string&>()) {
  return EndedAs(Outcome::Kind::kReject, std::move(why));
}
inline auto IsLater(TextMatcher why = ::testing::A<const std::string&>()) {
  return EndedAs(Outcome::Kind::kLater, std::move(why));
}

}  // namespace v0
}  // namespace gofuture
