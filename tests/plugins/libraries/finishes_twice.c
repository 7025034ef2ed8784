#define OWN_HANDLE
#include "skeleton.h"
static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  (void)self;
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    gofuture_emission emission;
    memset(&emission, 0, sizeof emission);
    emission.struct_size = sizeof emission;
    emission.type = text(EMIT_TYPE);
    emission.data = batch->events[i]->data;
    if (call->begin(call, i) == 0) continue;
    call->emit(call, i, &emission);
    call->finish(call, i, GOFUTURE_OK, text(""));
    call->finish(call, i, GOFUTURE_REJECT, text("or rather not"));
  }
}
