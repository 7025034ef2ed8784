/* A whole function library in C and in C++, with every part replaceable by a macro, so that each flawed library says nothing but
 * its flaw. As it stands: handles BookingCreated, emits a PaymentInitiated with the same data for each, finishes it OK. */
#include <gofuture/abi.h>
#include <string.h>

#ifndef ENTRY
#define ENTRY gofuture_entry_v0
#endif
#ifndef MAGIC
#define MAGIC GOFUTURE_ABI_MAGIC
#endif
#ifndef VERSION
#define VERSION GOFUTURE_ABI_VERSION
#endif
#ifndef REVISION
#define REVISION GOFUTURE_ABI_REVISION
#endif
#ifndef ENTRY_SIZE
#define ENTRY_SIZE sizeof(gofuture_entry)
#endif
#ifndef NAME
#define NAME "identity"
#endif
#ifndef HANDLED
#define HANDLED "BookingCreated"
#endif
#ifndef EMITTED
#define EMITTED "PaymentInitiated"
#endif
#ifndef STATEFUL
#define STATEFUL 0
#endif
#ifndef USES_SQL
#define USES_SQL 0
#endif
#ifndef USES_HTTP
#define USES_HTTP 0
#endif
#ifndef USES_TIMERS
#define USES_TIMERS 0
#endif
#ifndef DESCRIBE
#define DESCRIBE describe
#endif
#ifndef EMIT_TYPE
#define EMIT_TYPE EMITTED
#endif

static inline gofuture_bytes text(const char* chars) {
  gofuture_bytes bytes;
  bytes.data = chars;
  bytes.size = strlen(chars);
  return bytes;
}

static const gofuture_description* describe(void) {
  static gofuture_bytes handled[1], emitted[1];
  static gofuture_description told;
  handled[0] = text(HANDLED);
  emitted[0] = text(EMITTED);
  told.struct_size = sizeof told;
  told.stateful = STATEFUL;
  told.name = text(NAME);
  told.version = text("1");
  told.handled_count = 1;
  told.emitted_count = 1;
  told.handled = handled;
  told.emitted = emitted;
  told.uses_sql = USES_SQL;
  told.uses_http = USES_HTTP;
  told.uses_timers = USES_TIMERS;
  return &told;
}

#ifndef OWN_CREATE
static int the_handler;
static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  (void)host, (void)error, (void)error_size;
  return &the_handler;
}
#else
static void* create(const gofuture_host* host, char* error, uint64_t error_size);
#endif

#ifndef OWN_HANDLE
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
  }
}
#else
static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call);
#endif

static void destroy(void* self) { (void)self; }

#ifndef NO_ENTRY
#ifdef __cplusplus
extern "C" {
#endif
GOFUTURE_EXPORT extern const gofuture_entry ENTRY;
#ifdef __cplusplus
}
#endif
const gofuture_entry ENTRY = {ENTRY_SIZE, MAGIC, VERSION, REVISION, {"a test", 6}, DESCRIBE, create, handle, destroy};
#else
void* const gofuture_test_uses[] = {(void*)describe, (void*)create, (void*)handle, (void*)destroy};
#endif
