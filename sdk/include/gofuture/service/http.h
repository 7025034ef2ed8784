/* Service "gofuture.http/0": outgoing requests, allowed by the manifest's [http] allow list, each with a deadline.
 * The host sends `Idempotency-Key: <event_id>/<function>/<call name>/<redrive number>`, so `name` must be unique per event; where
 * the request names an effect, `<function>/<call name>/<state key>/<effect>`, the same whichever event of the key asks.
 * Unsafe requests are journaled in postgres mode: an event that is handled again is answered as before, or with UNKNOWN; other content
 * under a name that was used is refused. [worker: only the thread that is in handle(), between begin and finish] */
#ifndef GOFUTURE_SERVICE_HTTP_H
#define GOFUTURE_SERVICE_HTTP_H
#include "../abi.h"
#ifdef __cplusplus
extern "C" {
#endif
#define GOFUTURE_HTTP_SERVICE "gofuture.http/0"
enum {
  GOFUTURE_HTTP_ANSWERED = 0,    /* status, headers and body are the other side's, whatever the status */
  GOFUTURE_HTTP_UNREACHABLE = 1, /* nothing was sent: connection refused, name not found */
  GOFUTURE_HTTP_UNKNOWN = 2,     /* sent, no answer in time: it may have happened. Ask the other side, never conclude failure */
  GOFUTURE_HTTP_FORBIDDEN = 3    /* not in the allow list, or a malformed request */
};
typedef struct gofuture_http_request {
  uint32_t struct_size;
  uint32_t timeout_ms;           /* 0: the manifest's */
  gofuture_bytes name;           /* of the call, within this event: "charge" */
  gofuture_bytes method;         /* "GET", "POST", ... */
  gofuture_bytes url;
  gofuture_bytes content_type;   /* of the body; may be empty */
  gofuture_bytes body;
  gofuture_bytes effect;         /* what it brings about, named once for all events of the key; empty: one effect per event */
} gofuture_http_request;
typedef struct gofuture_http_response {
  uint32_t struct_size;
  int32_t result;                /* GOFUTURE_HTTP_... */
  int32_t status;                /* 200, 404, ... 0 unless answered */
  uint32_t reserved;
  gofuture_bytes body;           /* valid until the next request or until handle() returns */
  gofuture_bytes error;          /* why, unless answered */
} gofuture_http_response;
typedef struct gofuture_http_service {
  uint32_t struct_size;
  uint32_t reserved;
  void (*request)(const gofuture_call* call, uint32_t index, const gofuture_http_request* request,
                  gofuture_http_response* response);
} gofuture_http_service;
#ifdef __cplusplus
}
#endif
#endif
