// What a function sees of an event beside its content (EventView), and lists of event structs (Events,
// GOFUTURE_EVENTS).
#pragma once

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <cstdint>
#include <string_view>

#include "abi.h"

namespace gofuture {
inline namespace v0 {

// A list of event structs: `using Events = gofuture::Events<PaymentSucceeded, PaymentFailed>;`
template <class... Es>
using Events = boost::mp11::mp_list<Es...>;

// The envelope of one event. All views live as long as the handling of the event's batch.
class EventView {
 public:
  explicit EventView(const gofuture_event* event) : event_(event) {}

  std::string_view id() const { return view(event_->id); }  // event_id, the same on every delivery
  std::string_view type() const { return view(event_->type); }
  std::string_view source() const { return view(event_->source); }
  std::string_view subject() const { return view(event_->subject); }
  std::string_view time() const { return view(event_->time); }  // RFC 3339, when it happened; may be empty
  std::string_view correlation_id() const { return view(event_->correlation_id); }
  std::string_view causation_id() const { return view(event_->causation_id); }
  std::string_view traceparent() const { return view(event_->traceparent); }
  std::string_view state_key() const { return view(event_->state_key); }
  std::string_view record_key() const { return view(event_->record_key); }
  std::string_view topic() const { return view(event_->topic); }
  std::string_view data() const { return view(event_->data); }  // the content as it came
  std::int32_t partition() const { return event_->partition; }
  std::int64_t offset() const { return event_->offset; }
  std::int64_t timestamp_ms() const { return event_->timestamp_ms; }  // of the record, since 1970
  std::uint32_t attempt() const { return event_->attempt; }           // 1, 2, …
  std::uint32_t hops() const { return event_->hops; }
  bool late() const { return event_->late != 0; }  // redriven: may come after younger events of its key

 private:
  static std::string_view view(gofuture_bytes bytes) { return {static_cast<const char*>(bytes.data), bytes.size}; }
  const gofuture_event* event_;
};

namespace detail {

// Lists that headers announced. The slots are this file's own (unnamed namespace), so every source file counts for
// itself.
namespace {
template <int N>
struct Slot;
}
template <class AnySlot>
struct Announced {
  using Type = Events<>;
};

template <class N>
using AnnouncedAt = typename Announced<Slot<static_cast<int>(N::value)>>::Type;
template <int N>
using AnnouncedBelow = boost::mp11::mp_unique<boost::mp11::mp_append<
    Events<>, boost::mp11::mp_apply<boost::mp11::mp_append,
                                    boost::mp11::mp_push_front<
                                        boost::mp11::mp_transform<AnnouncedAt, boost::mp11::mp_iota_c<N>>, Events<>>>>>;

}  // namespace detail
}  // namespace v0
}  // namespace gofuture

// Announces a list of event structs, at file scope after them: a function that includes the header handles those of
// them for which it has a public `on(const Event&)`.   GOFUTURE_EVENTS(ride::Events)
#define GOFUTURE_EVENTS(...)                                                \
  template <>                                                               \
  struct gofuture::detail::Announced<gofuture::detail::Slot<__COUNTER__>> { \
    using Type = __VA_ARGS__;                                               \
  };
