// Requests to other systems, for functions whose manifest has [http]: only to addresses on its allow list, each with a
// deadline and an Idempotency-Key made of event, function, call name and redrive number. Inherit UsesHttp:
//
//   const auto answer = http().post("charge", gateway + "/v1/charges", Charge{…});
//   if (answer.unreachable()) return later("the gateway is down");      // nothing was sent
//   if (answer.unknown())     → it may have happened: ask the other side, never conclude failure
//
// The name of a call must be unique within its event: it is what makes a repeat the same request. Requests that change something
// (POST, PUT, PATCH, DELETE) are journaled in postgres mode: when the event is handled again they are not sent again but answered as
// before, or as unknown where nobody knows. retry() and later() after an answer that says nothing for good (unknown, unreachable, 5xx,
// 401, 403, 408, 425, 429) let the next attempt send it anew. So build the body from the event and the state alone: other content under
// a name that was used is refused. Where several events of a
// key can ask for the same thing (a refund is owed after a cancel, a failure, a late payment), name the effect:
//
//   http().once("refund after " + refunded_so_far).post("refund", url, Refund{…});
//
// Then the Idempotency-Key is made of function, call name, state key and effect: the same whichever event asks first, also when
// two replicas ask at once because one of them does not know yet that it has lost the key.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "context.hpp"
#include "json.hpp"

namespace gofuture {
inline namespace v0 {

struct Response {
  enum class Result : std::int32_t {
    kAnswered = GOFUTURE_HTTP_ANSWERED,
    kUnreachable = GOFUTURE_HTTP_UNREACHABLE,
    kUnknown = GOFUTURE_HTTP_UNKNOWN,
    kForbidden = GOFUTURE_HTTP_FORBIDDEN
  };
  Result result = Result::kUnknown;
  int status = 0;  // 200, 404, …; 0 unless answered
  std::string body;
  std::string error;  // why, unless answered

  bool answered() const { return result == Result::kAnswered; }
  bool unreachable() const { return result == Result::kUnreachable; }
  bool unknown() const { return result == Result::kUnknown; }
  bool forbidden() const { return result == Result::kForbidden; }
  bool success() const { return answered() && status >= 200 && status < 300; }
  // The answer is about us (who we are, how often we ask): nothing is wrong with the request.
  bool about_us() const { return answered() && (status == 401 || status == 403 || status == 408 || status == 425 || status == 429); }
  // The body as a described struct; throws JsonError.
  template <class T>
  T json() const {
    return from_json<T>(body);
  }
  // For messages: "status 503" or the reason why there is none.
  std::string what() const { return answered() ? "status " + std::to_string(status) : error; }
};

class UsesHttp : private detail::Bound {
 protected:
  class Client {
   public:
    // The same requests, as this effect of the key. Printable ASCII, at most 512 bytes (so is the state key then).
    Client once(std::string effect) const {
      Client named(context_);
      named.effect_ = std::move(effect);
      return named;
    }
    Response get(std::string_view name, std::string_view url) { return send(name, "GET", url, {}, {}); }
    // The body is JSON text or a described struct.
    template <class Body>
    Response post(std::string_view name, std::string_view url, const Body& body) {
      if constexpr (std::is_convertible_v<const Body&, std::string_view>)
        return send(name, "POST", url, "application/json", body);
      else
        return send(name, "POST", url, "application/json", to_json(body));
    }
    // Any request. timeout_ms = 0: the manifest's.
    Response send(std::string_view name, std::string_view method, std::string_view url, std::string_view content_type,
                  std::string_view body, std::uint32_t timeout_ms = 0) {
      if (context_.http == nullptr) throw std::logic_error("the manifest has no [http]: add its allow list");
      if (context_.call == nullptr) throw std::logic_error("http() works only while an event is handled");
      const gofuture_http_request request{sizeof(gofuture_http_request), timeout_ms,
                                          detail::bytes_of(name),        detail::bytes_of(method),
                                          detail::bytes_of(url),         detail::bytes_of(content_type),
                                          detail::bytes_of(body),        detail::bytes_of(effect_)};
      gofuture_http_response answer{};
      answer.struct_size = sizeof answer;
      answer.result = GOFUTURE_HTTP_UNKNOWN;
      context_.http->request(context_.call, context_.index, &request, &answer);
      return {static_cast<Response::Result>(answer.result), answer.status, std::string(detail::view(answer.body)),
              std::string(detail::view(answer.error))};
    }

   private:
    friend class UsesHttp;
    explicit Client(detail::Context& context) : context_(context) {}
    detail::Context& context_;
    std::string effect_;
  };

  Client http() { return Client(Bound::context()); }
};

}  // namespace v0
}  // namespace gofuture
