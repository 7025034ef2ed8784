// The bridge: turns an author's class into the C tables of abi.h. Every trampoline is noexcept and catches all, because
// no exception may cross into the host. Authors use only GOFUTURE_FUNCTION, at the end of their source file.
#pragma once

#include <array>
#include <concepts>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "function.hpp"

namespace gofuture {
inline namespace v0 {
namespace detail {

// Filled by GOFUTURE_FUNCTION: the event lists that its file has seen.
template <class F>
struct Registered;

// An argument that only an `on` taking exactly E accepts, so that a conversion between two events never chooses for the
// author.
template <class E>
struct Exactly {
  template <class T>
  requires std::same_as<T, E>
  operator const T&() const;
};
template <class F, class E>
concept HasHandlerOf = requires(F& function, const E& event) {
  { function.on(event) } -> std::same_as<Outcome>;
  function.on(Exactly<E>{});
};
template <class F>
struct HandlesEvent {
  template <class E>
  using fn = std::bool_constant<HasHandlerOf<F, E>>;
};

template <class Method>
struct BatchTypes;
template <class F, class... Es>
struct BatchTypes<void (F::*)(std::span<In<Es...>>)> {
  using Type = Events<Es...>;
  using Input = In<Es...>;
};

template <class F>
concept HandlesBatches = requires {
  &F::on_batch;
};

template <class F>
consteval auto handled_of() {
  if constexpr (HandlesBatches<F>)
    return typename BatchTypes<decltype(&F::on_batch)>::Type{};
  else if constexpr (requires { typename F::Handles; })
    return typename F::Handles{};
  else
    return boost::mp11::mp_copy_if_q<typename Registered<F>::Candidates, HandlesEvent<F>>{};
}
// Handled beside the events that are subscribed to.
template <class F>
using TimerOf = std::conditional_t<std::is_base_of_v<UsesTimers, F>, Events<Timer>, Events<>>;
template <class F>
consteval auto emitted_of() {
  if constexpr (requires { typename F::Emits; })
    return typename F::Emits{};
  else
    return Events<>{};
}

// "RefundPayment" -> "refund_payment"
template <class F>
struct Name {
  static constexpr std::size_t length() {
    std::size_t count = 0;
    for (const char c : name_of_type<F>()) count += (c >= 'A' && c <= 'Z' && count != 0) ? 2 : 1;
    return count;
  }
  static constexpr auto make() {
    std::array<char, length()> text{};
    std::size_t at = 0;
    for (const char c : name_of_type<F>()) {
      const bool capital = c >= 'A' && c <= 'Z';
      if (capital && at != 0) text[at++] = '_';
      text[at++] = capital ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
  }
  static constexpr auto kText = make();
  static constexpr std::string_view get() {
    if constexpr (requires { std::string_view(F::kName); })
      return F::kName;
    else
      return {kText.data(), kText.size()};
  }
};

template <class List>
struct TypeNames;
template <class... Es>
struct TypeNames<boost::mp11::mp_list<Es...>> {
  static constexpr std::array<gofuture_bytes, sizeof...(Es) + 1> kNames = {bytes_of(type_name<Es>())...,
                                                                           gofuture_bytes{nullptr, 0}};
};

template <class F>
class Handler {
 public:
  explicit Handler(const gofuture_host* host) : context_(host), function_(make(context_)) {}

  void handle(const gofuture_batch* batch, const gofuture_call* call) noexcept {
    context_.batch = batch;
    context_.call = call;
    if constexpr (HandlesBatches<F>)
      whole(*batch, *call);
    else
      one_by_one(*batch, *call);
    context_.call = nullptr;
    context_.batch = nullptr;
  }

 private:
  static std::unique_ptr<F> make(Context& context) {
    struct Creating {
      explicit Creating(Context& now) { creating = &now; }
      ~Creating() { creating = nullptr; }
    } guard(context);
    return std::make_unique<F>();
  }

  void one_by_one(const gofuture_batch& batch, const gofuture_call& call) noexcept {
    for (std::uint32_t i = 0; i < batch.event_count; ++i) {
      if (call.begin(&call, i) == 0) continue;
      context_.index = i;
      guarded(call, i, [&] {
        open(*function_);
        Outcome outcome = dispatch(*batch.events[i]);
        close(*function_, outcome);
        finish(call, i, outcome);
      });
    }
  }

  // Runs one event's handling; what it throws becomes this event's retry. `body` finishes the event as its last step.
  template <class Body>
  void guarded(const gofuture_call& call, std::uint32_t index, Body body) noexcept {
    try {
      body();
    } catch (const std::exception& error) {
      forget(*function_);
      call.finish(&call, index, GOFUTURE_RETRY, bytes_of(error.what()));
    } catch (...) {
      forget(*function_);
      call.finish(&call, index, GOFUTURE_RETRY, bytes_of("the function threw something that is no std::exception"));
    }
  }

  Outcome dispatch(const gofuture_event& event) {
    using Handled = boost::mp11::mp_append<decltype(handled_of<F>()), TimerOf<F>>;
    std::optional<Outcome> outcome;
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, Handled>>([&](auto one) {
      using E = typename decltype(one)::type;
      if (outcome || view(event.type) != type_name<E>()) return;
      E content{};
      if (auto wrong = read<E>(event, content))
        outcome = std::move(*wrong);
      else
        outcome = function_->on(std::as_const(content));
    });
    if (outcome) return std::move(*outcome);
    return Outcome::reject("the function has no handler for events of type " + std::string(view(event.type)));
  }

  template <class E>
  static std::optional<Outcome> read(const gofuture_event& event, E& content) {
    try {
      read_json(view(event.data), content);
      return std::nullopt;
    } catch (const JsonError& error) {
      return Outcome::reject(std::string(type_name<E>()) + " " + error.what());
    }
  }

  // First on_batch with all that can be read, before any event is begun; then each event is closed with its outcome.
  void whole(const gofuture_batch& batch, const gofuture_call& call) noexcept {
    using Input = typename BatchTypes<decltype(&F::on_batch)>::Input;
    std::vector<Input> inputs;
    std::vector<std::optional<Outcome>> wrong;
    std::string failed;
    const char* failure = nullptr;
    try {
      wrong.resize(batch.event_count);
      inputs.reserve(batch.event_count);
      for (std::uint32_t i = 0; i < batch.event_count; ++i) {
        Input input(batch.events[i], i);
        wrong[i] = read_any(*batch.events[i], input);
        if (!wrong[i]) inputs.push_back(std::move(input));
      }
      context_.whole_batch = true;
      if (!inputs.empty()) function_->on_batch(std::span<Input>(inputs));
    } catch (const std::bad_alloc&) {
      failure = "out of memory";
    } catch (const std::exception& error) {
      failed = error.what();
      failure = failed.c_str();
    } catch (...) {
      failure = "the function threw something that is no std::exception";
    }
    context_.whole_batch = false;
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < batch.event_count; ++i) {
      const Input* input = next < inputs.size() && inputs[next].index() == i ? &inputs[next++] : nullptr;
      if (call.begin(&call, i) == 0) continue;
      if (input == nullptr && i < wrong.size() && wrong[i]) {
        finish(call, i, *wrong[i]);
      } else if (failure != nullptr || input == nullptr) {
        call.finish(&call, i, GOFUTURE_RETRY, bytes_of(failure != nullptr ? failure : "the batch was not read"));
      } else {
        for (const auto& emission : input->emissions()) {
          const gofuture_emission out{sizeof(gofuture_emission), 0, bytes_of(emission.type), bytes_of(emission.data),
                                      bytes_of(emission.key), emission.delay.count()};
          call.emit(&call, i, &out);
        }
        finish(call, i, input->outcome());
      }
    }
  }

  template <class... Es>
  static std::optional<Outcome> read_any(const gofuture_event& event, In<Es...>& input) {
    std::optional<Outcome> wrong;
    bool known = false;
    const auto attempt = [&]<class E>(std::type_identity<E>) {
      if (known || view(event.type) != type_name<E>()) return;
      known = true;
      E content{};
      wrong = read<E>(event, content);
      if (!wrong) input.take(std::move(content));
    };
    (attempt(std::type_identity<Es>{}), ...);
    if (!known)
      return Outcome::reject("the function has no handler for events of type " + std::string(view(event.type)));
    return wrong;
  }

  // The state's part of the work, by the base class: an author's own open() or store() must not be taken for it.
  template <class State>
  static void open(Function<State>& function) {
    if constexpr (!std::is_void_v<State>) function.open();
  }
  template <class State>
  static void close(Function<State>& function, const Outcome& outcome) {
    if constexpr (std::is_void_v<State>)
      return;
    else if (outcome.is_ok())
      function.store();
    else
      function.forget();
  }
  template <class State>
  static void forget(Function<State>& function) noexcept {
    if constexpr (!std::is_void_v<State>) function.forget();
  }
  static void finish(const gofuture_call& call, std::uint32_t index, const Outcome& outcome) noexcept {
    call.finish(&call, index, static_cast<std::int32_t>(outcome.kind()), bytes_of(outcome.message()));
  }

  Context context_;
  std::unique_ptr<F> function_;
};

template <class State>
std::true_type keeps_state(const Function<State>*);
std::false_type keeps_state(const Function<void>*);

template <class F>
struct Bridge {
  using Handled = decltype(handled_of<F>());
  using Emitted = decltype(emitted_of<F>());
  static_assert(std::derived_from<F, FunctionBase>, "a function inherits gofuture::Function<…> publicly");
  static_assert(
      boost::mp11::mp_size<Handled>::value > 0,
      "the function handles no event: it needs a public `Outcome on(const Event&)` for an event of an announced list "
      "(GOFUTURE_EVENTS), `using Handles = gofuture::Events<…>`, or `void on_batch(std::span<gofuture::In<…>>)`");
  static_assert(!std::is_base_of_v<UsesTimers, F> || HasHandlerOf<F, Timer>,
                "the function sets timers (gofuture::UsesTimers) but would not hear of one that is due: it needs a public "
                "`Outcome on(const gofuture::Timer& timer)`");
  static_assert(std::is_base_of_v<UsesTimers, F> || !HasHandlerOf<F, Timer>,
                "the function handles timers but cannot set any: it inherits gofuture::UsesTimers publicly, or has no "
                "`on(const gofuture::Timer&)`");
  static_assert(!std::is_base_of_v<UsesTimers, F> || !HandlesBatches<F>,
                "timers belong to one event's key: a function with on_batch cannot set any; handle its events with `on`");

  static constexpr gofuture_description kDescription = {
      .struct_size = sizeof(gofuture_description),
      .stateful = decltype(keeps_state(static_cast<const F*>(nullptr)))::value ? 1U : 0U,
      .name = bytes_of(Name<F>::get()),
      .version = bytes_of([]() -> std::string_view {
        if constexpr (requires { std::string_view(F::kVersion); })
          return F::kVersion;
        else
          return "1";
      }()),
      .handled_count = static_cast<std::uint32_t>(boost::mp11::mp_size<Handled>::value),
      .emitted_count = static_cast<std::uint32_t>(boost::mp11::mp_size<Emitted>::value),
      .handled = TypeNames<Handled>::kNames.data(),
      .emitted = TypeNames<Emitted>::kNames.data(),
      .uses_sql = std::is_base_of_v<UsesSql, F> ? 1U : 0U,
      .uses_http = std::is_base_of_v<UsesHttp, F> ? 1U : 0U,
      .uses_timers = std::is_base_of_v<UsesTimers, F> ? 1U : 0U,
      .reserved = 0};

  static const gofuture_description* describe() noexcept { return &kDescription; }

  static void* create(const gofuture_host* host, char* error, std::uint64_t error_size) noexcept {
    const auto say = [&](const char* why) {
      if (error == nullptr || error_size == 0) return;
      const std::size_t size = std::min<std::size_t>(std::strlen(why), error_size - 1);
      std::memcpy(error, why, size);
      error[size] = '\0';
    };
    try {
      return new Handler<F>(host);
    } catch (const std::exception& thrown) {
      say(thrown.what());
    } catch (...) {
      say("the function's constructor threw something that is no std::exception");
    }
    return nullptr;
  }
  static void handle(void* handler, const gofuture_batch* batch, const gofuture_call* call) noexcept {
    static_cast<Handler<F>*>(handler)->handle(batch, call);
  }
  static void destroy(void* handler) noexcept { delete static_cast<Handler<F>*>(handler); }

  static constexpr gofuture_entry kEntry = {.struct_size = sizeof(gofuture_entry),
                                            .magic = GOFUTURE_ABI_MAGIC,
                                            .abi_version = GOFUTURE_ABI_VERSION,
                                            .abi_revision = GOFUTURE_ABI_REVISION,
                                            .built_with = bytes_of("g++ " __VERSION__),
                                            .describe = &describe,
                                            .create = &create,
                                            .handle = &handle,
                                            .destroy = &destroy};
};

}  // namespace detail
}  // namespace v0
}  // namespace gofuture

// Makes the class usable by the bridge without exporting it: for tests that define a function beside others.
#define GOFUTURE_LOCAL_FUNCTION(...)                                  \
  template <>                                                         \
  struct gofuture::detail::Registered<__VA_ARGS__> {                  \
    using Candidates = gofuture::detail::AnnouncedBelow<__COUNTER__>; \
  };

// The one line at the end of a function's source: exports it. At file scope, once per library.
#define GOFUTURE_FUNCTION(...)                                                            \
  GOFUTURE_LOCAL_FUNCTION(__VA_ARGS__)                                                    \
  extern "C" {                                                                            \
  extern GOFUTURE_EXPORT const gofuture_entry gofuture_entry_v0;                          \
  const gofuture_entry gofuture_entry_v0 = gofuture::detail::Bridge<__VA_ARGS__>::kEntry; \
  }
