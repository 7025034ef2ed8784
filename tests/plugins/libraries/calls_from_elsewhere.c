/* Keeps the call and uses it when it may no longer: at the next batch, from a thread of its own. */
#include <pthread.h>
#define OWN_HANDLE
#include "skeleton.h"

static void* meddle(void* call) {
  const gofuture_call* kept = (const gofuture_call*)call;
  kept->begin(kept, 0);
  kept->finish(kept, 0, GOFUTURE_REJECT, text("not yours"));
  return NULL;
}

static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  (void)self;
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    pthread_t other;
    if (call->begin(call, i) == 0) continue;
    if (pthread_create(&other, NULL, meddle, (void*)call) == 0) pthread_join(other, NULL);
    call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
