#include "plugin/service_http.hpp"

#include <algorithm>
#include <cctype>
#include <exception>

#include "base/fault_point.hpp"
#include "plugin/call.hpp"
#include "plugin/text.hpp"

namespace gofuture {
namespace {

bool is_call_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  });
}

// "https://gateway:443" of "https://gateway:443/v1/charges".
std::string origin_of(const std::string& url) {
  const auto host = url.find("://");
  return url.substr(0, host == std::string::npos ? 0 : std::min(url.find('/', host + 3), url.size()));
}

bool is_header_text(std::string_view text) {
  return text.size() <= 512 && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_unsafe(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE"; }

HttpResponse told(const CallAnswer& answer) {
  switch (answer.result) {
    case CallAnswer::Result::kAnswered: return {HttpResponse::kAnswered, answer.status, answer.body, {}};
    case CallAnswer::Result::kUnreachable: return {HttpResponse::kUnreachable, 0, {}, answer.error};
    case CallAnswer::Result::kUnknown: break;
  }
  return {HttpResponse::kUnknown, 0, {}, answer.error};
}

CallAnswer answer_of(const HttpResponse& response) {
  switch (response.result) {
    case HttpResponse::kAnswered: return {CallAnswer::Result::kAnswered, response.status, response.body, {}};
    case HttpResponse::kUnknown: return {CallAnswer::Result::kUnknown, 0, {}, response.error};
    default: return {CallAnswer::Result::kUnreachable, 0, {}, response.error};
  }
}

}  // namespace

HttpService::HttpService(const AllowList* allowed, const Plan& plan) : plan_(plan), allowed_(allowed) {
  if (allowed != nullptr) client_.emplace(*allowed);
}

const gofuture_http_service* HttpService::table() {
  static constexpr gofuture_http_service kTable{sizeof(gofuture_http_service), 0, request};
  return &kTable;
}

void HttpService::request(const gofuture_call* call, std::uint32_t index, const gofuture_http_request* asked,
                          gofuture_http_response* response) noexcept {
  if (call == nullptr || response == nullptr || response->struct_size < sizeof(gofuture_http_response)) return;
  BatchCall& host = BatchCall::of(call);
  response->result = GOFUTURE_HTTP_FORBIDDEN;
  response->status = 0;
  response->body = response->error = {nullptr, 0};
  if (!host.on_my_thread()) {
    response->error = bytes_of("requests are made on the handler's thread, in handle()");
    return;
  }
  HttpService& self = host.http();
  try {
    Event* event = host.open_event(index);
    if (asked == nullptr || asked->struct_size < sizeof(gofuture_http_request) || event == nullptr) {
      host.misbehaving("made a request for event " + std::to_string(index) + ", which is not open");
      self.last_ = {HttpResponse::kForbidden, 0, {}, "a request needs an open event"};
    } else {
      self.last_ = self.send(host, *event, *asked);
    }
  } catch (const std::exception& error) {
    self.last_ = {HttpResponse::kUnknown, 0, {}, error.what()};
  }
  response->result = self.last_.result;  // both enums have the ABI's numbers, see below
  response->status = self.last_.status;
  response->body = bytes_of(self.last_.body);
  response->error = bytes_of(self.last_.error);
}
static_assert(HttpResponse::kAnswered == static_cast<int>(GOFUTURE_HTTP_ANSWERED) &&
              HttpResponse::kUnreachable == static_cast<int>(GOFUTURE_HTTP_UNREACHABLE) &&
              HttpResponse::kUnknown == static_cast<int>(GOFUTURE_HTTP_UNKNOWN) &&
              HttpResponse::kForbidden == static_cast<int>(GOFUTURE_HTTP_FORBIDDEN));

HttpResponse HttpService::send(BatchCall& host, Event& event, const gofuture_http_request& asked) {
  const auto name = view_of(asked.name);
  if (!client_) return {HttpResponse::kForbidden, 0, {}, "the manifest has no [http]"};
  if (!is_call_name(name))
    return {HttpResponse::kForbidden, 0, {}, "a request needs a name of letters, digits, '_', '-' or '.', such as \"charge\""};
  if (!host.ports().offline.empty()) return {HttpResponse::kUnreachable, 0, {}, host.ports().offline};
  const FunctionManifest& manifest = plan_.manifest();
  HttpRequest request;
  request.method.assign(view_of(asked.method));
  request.url.assign(view_of(asked.url));
  request.content_type.assign(view_of(asked.content_type));
  event.dependency = origin_of(request.url);
  request.body = view_of(asked.body);
  request.timeout_ms = std::min(asked.timeout_ms != 0 ? std::int64_t{asked.timeout_ms} : manifest.http->timeout_ms, manifest.timeout_ms);
  const auto effect = view_of(asked.effect);
  if (!is_header_text(effect) || (!effect.empty() && !is_header_text(event.state_key)))
    return {HttpResponse::kForbidden, 0, {}, "an effect's name, and the state key it belongs to, go into a header: printable ASCII, at most 512 bytes each"};
  request.headers.push_back("Idempotency-Key: " +
                            (effect.empty() ? event.event_id.text() + "/" + manifest.name + "/" + std::string(name) + "/" + std::to_string(event.redrive)
                                            : manifest.name + "/" + std::string(name) + "/" + event.state_key + "/" + std::string(effect)));
  if (host.ports().journal != nullptr && is_unsafe(request.method)) return send_journaled(host, event, request, name, effect);
  return client_->send(request);
}

HttpResponse HttpService::send_journaled(BatchCall& host, Event& event, const HttpRequest& request, std::string_view name,
                                         std::string_view effect) {
  if (const auto allowed = allowed_->check(request.url); !allowed) return {HttpResponse::kForbidden, 0, {}, allowed.error().message()};
  JournaledCall call;
  call.name = name;
  call.scope = effect.empty() ? event.event_id.text() + "/" + std::to_string(event.redrive) : event.state_key;
  call.effect = effect;
  call.digest = content_digest(request.method, request.url, request.body);
  call.method = request.method;
  call.url = request.url;
  const auto other_content = [&]() -> HttpResponse {
    const std::string what = "asked for \"" + call.name + "\" with other content than " +
                             (effect.empty() ? "before for this event" : "before for the effect \"" + call.effect + "\" of its key") +
                             "; a call's name stands for one request: method, URL and body stay the same";
    host.misbehaving(what);
    return {HttpResponse::kForbidden, 0, {}, "the function " + what};
  };

  const auto same = [&](const JournaledCall& one) { return one.name == call.name && one.scope == call.scope && one.effect == call.effect; };
  auto known = std::find_if(event.calls.begin(), event.calls.end(), same);
  if (known != event.calls.end()) {  // this process has made it before
    if (known->digest != call.digest) return other_content();
    if (!known->again) return told(known->answer);
  } else {
    const auto found = [&] {
      const HostWait waiting(host.waits());
      return host.ports().journal->open(call, event);
    }();
    if (!found)
      return {HttpResponse::kUnreachable, 0, {}, "it was not sent, because it could not be written into the journal: " + found.error().message()};
    if (!found->ours && found->digest != call.digest) return other_content();
    known = event.calls.insert(event.calls.end(), std::move(call));
    known->answer.error = "it was about to be sent before, and what came of it is not known: it may have happened";
    if (!found->ours) {
      known->replayed = found->answer.has_value();
      if (found->answer) known->answer = *found->answer;
      return told(known->answer);
    }
  }
  known->again = known->replayed = false;
  GOFUTURE_FAULT_POINT("journal.before_sent");
  HttpResponse response = client_->send(request);
  GOFUTURE_FAULT_POINT("journal.answered");
  known->answer = answer_of(response);
  return response;
}

}  // namespace gofuture
