/* Reads the row of its state key from the table that is each event's data; keeps "0 row", "1 " or "2 why" as state. */
#define OWN_CREATE
#define OWN_HANDLE
#define STATEFUL 1
#include "skeleton.h"
#include <gofuture/service/lookup.h>

static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  (void)error, (void)error_size;
  return (void*)host->service(host, GOFUTURE_LOOKUP_SERVICE);
}

static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  const gofuture_lookup_service* lookup = (const gofuture_lookup_service*)self;
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    char found[300] = "? ";
    gofuture_bytes answer, kept;
    if (call->begin(call, i) == 0) continue;
    found[0] = (char)('0' + lookup->get(call, batch->events[i]->data, batch->events[i]->state_key, &answer));
    memcpy(found + 2, answer.data, answer.size);
    kept.data = found;
    kept.size = answer.size + 2;
    call->set_state(call, i, kept);
    call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
