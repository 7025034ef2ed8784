#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
/* Does what the event's data says in "do"; several words are done in turn. The tests of the call protocol speak through it. */
#define OWN_HANDLE
#define STATEFUL 1
#include "skeleton.h"
#include <gofuture/service/log.h>

static int says(const gofuture_event* event, const char* word) {
  return memmem(event->data.data, event->data.size, word, strlen(word)) != NULL;
}

static void emit_after(const gofuture_call* call, uint32_t index, const char* type, gofuture_bytes data, const char* key,
                       int64_t delay_ms) {
  gofuture_emission emission;
  memset(&emission, 0, sizeof emission);
  emission.delay_ms = delay_ms;
  emission.struct_size = sizeof emission;
  emission.type = text(type);
  emission.data = data;
  emission.key = text(key);
  call->emit(call, index, &emission);
}

static void emit(const gofuture_call* call, uint32_t index, const char* type, gofuture_bytes data, const char* key) {
  emit_after(call, index, type, data, key, 0);
}

/* State: one 'x' for each event that has counted. */
static void count(const gofuture_call* call, uint32_t index) {
  char more[64];
  int32_t present = 0;
  const gofuture_bytes had = call->state(call, index, &present);
  const size_t length = present != 0 && had.size < sizeof more - 1 ? had.size : 0;
  if (length > 0) memcpy(more, had.data, length);
  more[length] = 'x';
  gofuture_bytes next = {more, length + 1};
  call->set_state(call, index, next);
}

static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  (void)self;
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    const gofuture_event* event = batch->events[i];
    if (says(event, "leave-out")) continue;
    if (call->begin(call, i) == 0) continue;
    if (says(event, "count")) count(call, i);
    if (says(event, "erase")) call->erase_state(call, i);
    if (says(event, "emit")) emit(call, i, "PaymentInitiated", event->data, "");
    if (says(event, "keyed")) emit(call, i, "PaymentInitiated", event->data, "chosen");
    if (says(event, "blob")) emit(call, i, "PaymentInitiated", event->data, "with\xff" "byte");
    if (says(event, "no-key")) emit(call, i, "PaymentInitiated", text("{\"amount\": 1}"), "");
    if (says(event, "delayed")) emit_after(call, i, "PaymentInitiated", event->data, "", 1500);
    if (says(event, "early")) emit_after(call, i, "PaymentInitiated", event->data, "", -1);
    if (says(event, "in-a-minute")) call->schedule(call, i, text("deadline"), call->now(call) + 60000);
    if (says(event, "unset")) call->cancel(call, i, text("deadline"));
    if (says(event, "misnamed")) call->schedule(call, i, text("at the deadline"), 1);
    if (says(event, "never")) call->schedule(call, i, text("deadline"), INT64_MAX);
    if (says(event, "other-timer")) call->schedule(call, i + 1, text("deadline"), 1);
    if (says(event, "begin-again")) call->begin(call, i);
    if (says(event, "other")) call->set_state(call, i + 1, text("not mine"));
    if (says(event, "never-finish")) continue;
    if (says(event, "skip")) call->finish(call, i, GOFUTURE_SKIP, text("nothing to do"));
    else if (says(event, "retry")) call->finish(call, i, GOFUTURE_RETRY, text("busy"));
    else if (says(event, "reject")) call->finish(call, i, GOFUTURE_REJECT, text("card \xff expired"));
    else if (says(event, "later")) call->finish(call, i, GOFUTURE_LATER, text("gateway down"));
    else if (says(event, "odd")) call->finish(call, i, 99, text(""));
    else call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
