/* Posts "hello" to the URL that is each event's data (names an effect when that ends in "/once") and keeps what came of it as state: the result as a letter, then the body or
 * the error. Where the URL holds "retry" it asks to come again instead, with the same as its message. */
#define OWN_CREATE
#define OWN_HANDLE
#define STATEFUL 1
#define USES_HTTP 1
#include "skeleton.h"
#include <gofuture/service/http.h>

static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  (void)error, (void)error_size;
  return (void*)host->service(host, GOFUTURE_HTTP_SERVICE);
}

static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  const gofuture_http_service* http = (const gofuture_http_service*)self;
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    char found[1000];
    gofuture_bytes told, kept;
    gofuture_http_request request;
    gofuture_http_response response;
    memset(&request, 0, sizeof request);
    memset(&response, 0, sizeof response);
    request.struct_size = sizeof request;
    response.struct_size = sizeof response;
    request.name = text("charge");
    request.method = text("POST");
    request.url = batch->events[i]->data;
    request.content_type = text("text/plain");
    request.body = text("hello");
    if (request.url.size > 5 && memcmp((const char*)request.url.data + request.url.size - 5, "/once", 5) == 0) request.effect = text("refund 1");
    int32_t outcome = GOFUTURE_OK;
    for (uint64_t at = 0; at + 5 <= request.url.size; ++at)
      if (memcmp((const char*)request.url.data + at, "retry", 5) == 0) outcome = GOFUTURE_RETRY;
    if (call->begin(call, i) == 0) continue;
    http->request(call, i, &request, &response);
    told = response.result == GOFUTURE_HTTP_ANSWERED ? response.body : response.error;
    if (told.size > sizeof found - 1) told.size = sizeof found - 1;
    found[0] = "AUKF"[response.result]; /* answered, unreachable, unknown, forbidden */
    if (told.size > 0) memcpy(found + 1, told.data, told.size);
    kept.data = found;
    kept.size = told.size + 1;
    call->set_state(call, i, kept);
    call->finish(call, i, outcome, outcome == GOFUTURE_OK ? text("") : kept);
  }
}
