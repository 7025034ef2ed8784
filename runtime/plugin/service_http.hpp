// Service gofuture.http/0 for one handler: the manifest's allow-list and deadline, and an Idempotency-Key by which the other
// side can recognise a request that comes again with the event. Handler's thread only.
#pragma once

#include <gofuture/service/http.h>

#include <optional>

#include "pipeline/plan.hpp"
#include "plugin/http_client.hpp"

namespace gofuture {

struct Event;

class HttpService {
 public:
  HttpService(const AllowList* allowed, const Plan& plan);
  static const gofuture_http_service* table();

 private:
  static void request(const gofuture_call* call, std::uint32_t index, const gofuture_http_request* request,
                      gofuture_http_response* response) noexcept;
  HttpResponse send(const Event& event, const gofuture_http_request& asked);

  const Plan& plan_;
  std::optional<HttpClient> client_;
  HttpResponse last_;  // what the library's views point into
};

}  // namespace gofuture
