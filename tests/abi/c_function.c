/* A whole function in plain C: counts the visits of a page and says so. It proves that abi.h needs nothing of C++, and shows what
 * gofuture/function.hpp does for its authors. */
#include <gofuture/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {literal, sizeof literal - 1}

static const gofuture_bytes handled[] = {TEXT("PageVisited")};
static const gofuture_bytes emitted[] = {TEXT("PageCounted")};
static const gofuture_description description = {
    sizeof(gofuture_description), 1, TEXT("c_function"), TEXT("1"), 1, 1, handled, emitted, 0, 0, 0, 0};

static const gofuture_description* describe(void) { return &description; }

static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  if (host->struct_size < sizeof(gofuture_host)) {
    snprintf(error, (size_t)error_size, "this host is older than the function");
    return NULL;
  }
  return malloc(1);
}

static void handle(void* handler, const gofuture_batch* batch, const gofuture_call* call) {
  (void)handler;
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    if (!call->begin(call, i)) continue;
    char text[32] = "", json[64];
    int32_t present = 0;
    const gofuture_bytes state = call->state(call, i, &present);
    if (state.size >= sizeof text) {
      const gofuture_bytes why = TEXT("the stored count is too long");
      call->finish(call, i, GOFUTURE_REJECT, why);
      continue;
    }
    if (present) memcpy(text, state.data, (size_t)state.size);
    const int size = snprintf(text, sizeof text, "%ld", strtol(text, NULL, 10) + 1);
    const gofuture_bytes count = {text, (uint64_t)size}, nothing = {NULL, 0};
    call->set_state(call, i, count);
    const int json_size = snprintf(json, sizeof json, "{\"count\":%s}", text);
    const gofuture_emission emission = {
        sizeof emission, 0, TEXT("PageCounted"), {json, (uint64_t)json_size}, batch->events[i]->state_key, 0};
    call->emit(call, i, &emission);
    call->finish(call, i, GOFUTURE_OK, nothing);
  }
}

static void destroy(void* handler) { free(handler); }

extern GOFUTURE_EXPORT const gofuture_entry gofuture_entry_v0;
const gofuture_entry gofuture_entry_v0 = {sizeof(gofuture_entry), GOFUTURE_ABI_MAGIC, GOFUTURE_ABI_VERSION, GOFUTURE_ABI_REVISION,
                                          TEXT("C"), describe, create, handle, destroy};
