// Service gofuture.http/0 for one handler: the manifest's allow-list and deadline, and an Idempotency-Key by which the other
// side can recognise a request that comes again with the event. An unsafe request (POST, PUT, PATCH, DELETE) stands in the journal before
// it is sent, and what came of it goes with the event: whoever handles the event again is told the same, and where nobody knows what
// came of it, is told that. Handler's thread only.
#pragma once

#include <gofuture/service/http.h>

#include <optional>

#include "pipeline/plan.hpp"
#include "plugin/http_client.hpp"

namespace gofuture {

struct Event;
class BatchCall;

class HttpService {
 public:
  HttpService(const AllowList* allowed, const Plan& plan);
  static const gofuture_http_service* table();

 private:
  static void request(const gofuture_call* call, std::uint32_t index, const gofuture_http_request* request,
                      gofuture_http_response* response) noexcept;
  HttpResponse send(BatchCall& host, Event& event, const gofuture_http_request& asked);
  HttpResponse send_journaled(BatchCall& host, Event& event, const HttpRequest& request, std::string_view name, std::string_view effect);

  const Plan& plan_;
  const AllowList* allowed_;
  std::optional<HttpClient> client_;
  HttpResponse last_;  // what the library's views point into
};

}  // namespace gofuture
