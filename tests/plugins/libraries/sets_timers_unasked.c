/* Describes itself as one that sets no timers and sets one all the same. */
#define OWN_HANDLE
#include "skeleton.h"
static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  (void)self;
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    if (call->begin(call, i) == 0) continue;
    call->schedule(call, i, text("deadline"), 1);
    call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
