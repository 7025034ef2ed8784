// Between the author's words (emit, sql, http, …) and the C tables of the host: which handler, which call, which event.
// One per handler, owned by the bridge, used by the one thread that is in handle(). Authors never need this file.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "abi.h"
#include "service/http.h"
#include "service/log.h"
#include "service/lookup.h"
#include "service/sql.h"

namespace gofuture {
inline namespace v0 {
namespace detail {

inline std::string_view view(gofuture_bytes bytes) {
  return {static_cast<const char*>(bytes.data), bytes.size};
}
constexpr gofuture_bytes bytes_of(std::string_view text) {
  return {text.data(), text.size()};
}

struct Context {
  const gofuture_host* host = nullptr;
  const gofuture_log_service* log = nullptr;
  const gofuture_sql_service* sql = nullptr;
  const gofuture_http_service* http = nullptr;
  const gofuture_lookup_service* lookup = nullptr;
  const gofuture_call* call = nullptr;    // set while handle() runs
  const gofuture_batch* batch = nullptr;  // same
  std::uint32_t index = 0;                // of the event being handled
  bool whole_batch = false;               // on_batch is running: there is no "the" event

  explicit Context(const gofuture_host* the_host) : host(the_host) {
    log = service<gofuture_log_service>(GOFUTURE_LOG_SERVICE);
    sql = service<gofuture_sql_service>(GOFUTURE_SQL_SERVICE);
    http = service<gofuture_http_service>(GOFUTURE_HTTP_SERVICE);
    lookup = service<gofuture_lookup_service>(GOFUTURE_LOOKUP_SERVICE);
  }

  const gofuture_event& event() const {
    if (call == nullptr || whole_batch)
      throw std::logic_error("there is no current event here: ask the In that you mean");
    return *batch->events[index];
  }
  std::chrono::sys_time<std::chrono::milliseconds> now() const {
    if (call == nullptr) throw std::logic_error("now() works only while events are handled");
    return std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(call->now(call)));
  }
  void write_log(std::int32_t level, std::string_view message) const {
    if (log != nullptr) log->write(host, level, bytes_of(message));
  }

 private:
  template <class Service>
  const Service* service(const char* id) const {
    const auto* found = static_cast<const Service*>(host->service(host, id));
    return found != nullptr && found->struct_size >= sizeof(Service) ? found : nullptr;
  }
};

// The context of the handler that this thread is creating: bases of the author's class pick it up in their
// constructors, so that config() works in member initialisers. No destructor, so it never keeps the library loaded.
inline thread_local Context* creating = nullptr;

// Base of everything that an author's class inherits from the SDK.
class Bound {
 protected:
  Bound() : context_(creating) {
    if (context_ == nullptr) throw std::logic_error("a function is created by its host, or by Harness in a test");
  }
  Context& context() const { return *context_; }

 private:
  Context* context_;
};

}  // namespace detail
}  // namespace v0
}  // namespace gofuture
