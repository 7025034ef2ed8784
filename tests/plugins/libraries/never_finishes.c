/* Begins every event and finishes none. */
#define OWN_HANDLE
#include "skeleton.h"
static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  (void)self;
  for (uint32_t i = 0; i < batch->event_count; ++i) call->begin(call, i);
}
