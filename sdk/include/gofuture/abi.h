/* GoFuture function ABI, version 0: the whole contract between the runtime (host) and a function library.
 *
 * A library exports ONE symbol, the data symbol `gofuture_entry_v0`. The host reads it, asks for the description of each
 * function, compares it with the manifest, creates handlers, and then hands them batches of events.
 *
 * Rules that hold for every line below:
 *  - Plain data only. No exceptions, no C++ types, no allocation made on one side and freed on the other.
 *  - Every struct except gofuture_bytes starts with struct_size, filled by the side that made it. Readers touch only fields
 *    inside it. Structs only grow at the end; arrays of sized structs travel as arrays of pointers.
 *  - What the host passes in is borrowed until the call returns. What a function hands out is copied by the host at once.
 *  - A null function pointer in a host table means "not offered".
 *  - Text is UTF-8 and not terminated; bytes are bytes.
 * Each call's comment ends with the thread and state in which it may be made.
 *
 * Version 0 is free to change until both modes and isolation stand on it; host and library must match exactly.
 * ABI.md tells how a field or a service is added.
 */
#ifndef GOFUTURE_ABI_H
#define GOFUTURE_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GOFUTURE_ABI_VERSION 0u
#define GOFUTURE_ABI_MAGIC 0x474f4655u /* "GOFU" */
#define GOFUTURE_ABI_REVISION 3u       /* of version 0: any difference is refused */

/* A view. data may be null when size is 0. Frozen as it is. */
typedef struct gofuture_bytes {
  const void* data;
  uint64_t size;
} gofuture_bytes;

/* Outcomes of one event. An unknown value is treated as GOFUTURE_RETRY. */
enum {
  GOFUTURE_OK = 0,     /* effects commit */
  GOFUTURE_SKIP = 1,   /* nothing to do: effects are dropped, the event is done */
  GOFUTURE_RETRY = 2,  /* transient trouble: effects are dropped, the event comes again */
  GOFUTURE_REJECT = 3, /* business error, terminal: effects are dropped, the event becomes a dead letter */
  GOFUTURE_LATER = 4   /* a dependency is down: comes again without counting an attempt */
};

/* One event of a batch. */
typedef struct gofuture_event {
  uint32_t struct_size;
  uint32_t attempt;             /* deliveries to the handler, this one included: 1, 2, ... */
  uint32_t hops;                /* functions that stand before this event */
  uint32_t late;                /* 1: redriven, it may come after younger events of its key */
  gofuture_bytes topic;         /* canonical name */
  int32_t partition;
  uint32_t key_index;           /* events with the same number share one state key */
  int64_t offset;
  int64_t timestamp_ms;         /* of the record, milliseconds since 1970 */
  gofuture_bytes id;            /* event_id, canonical UUID text */
  gofuture_bytes type;          /* canonical */
  gofuture_bytes source;
  gofuture_bytes subject;
  gofuture_bytes time;          /* ce_time as sent; may be empty */
  gofuture_bytes state_key;
  gofuture_bytes record_key;
  gofuture_bytes correlation_id;
  gofuture_bytes causation_id;
  gofuture_bytes traceparent;
  gofuture_bytes data;          /* the payload, validated against the type's schema */
} gofuture_event;

typedef struct gofuture_emission {
  uint32_t struct_size;
  uint32_t reserved;
  gofuture_bytes type;          /* must stand in the manifest's [emits] */
  gofuture_bytes data;          /* JSON that fits the type's schema */
  gofuture_bytes key;           /* record key; size 0: taken from data as the catalogue says */
  int64_t delay_ms;             /* leaves so long after its commit, by the store's clock; 0: at once */
} gofuture_emission;

/* The type under which a timer that is due reaches the function that set it: an event of the timer's state key, with data
 * {"name": "…", "due_at": "RFC 3339"}. A function that sets timers handles it without a subscription. */
#define GOFUTURE_TIMER_TYPE "gofuture.timer"

/* What a function may ask of the host while it handles a batch. `index` is the event's number in the batch.
 * Valid until handle() returns; [worker: only the thread that is in handle()]. */
typedef struct gofuture_call gofuture_call;
struct gofuture_call {
  uint32_t struct_size;
  uint32_t reserved;
  void* host;
  /* Opens event `index`; call it first, in order 0, 1, ... Returns 0 when the event must be passed over (an earlier event of
   * its key did not end, or its outcome stands already): go on with the next one and do not call finish. */
  int32_t (*begin)(const gofuture_call* call, uint32_t index);
  /* Current state of the event's key, earlier events of this batch included. *present = 0: none. Valid until set_state,
   * erase_state or finish for an event of the same key. */
  gofuture_bytes (*state)(const gofuture_call* call, uint32_t index, int32_t* present);
  void (*set_state)(const gofuture_call* call, uint32_t index, gofuture_bytes state);
  void (*erase_state)(const gofuture_call* call, uint32_t index);
  /* Emits an event. 0: taken. Otherwise refused (unknown type, no key, too large, schema, a delay where the mode has no
   * timers): the event will be rejected with the host's message whatever finish says. */
  int32_t (*emit)(const gofuture_call* call, uint32_t index, const gofuture_emission* emission);
  /* Closes event `index` with an outcome and, for all but OK, a message for people. */
  void (*finish)(const gofuture_call* call, uint32_t index, int32_t outcome, gofuture_bytes message);
  /* Sets a timer of the event's key, which has one of each name: setting it again moves it. It is due at_ms milliseconds
   * after 1970 by the store's clock. A name is 1 to 64 letters, digits, '_', '-' and '.'. 0: taken; otherwise refused, as
   * with emit. Only for a function that describes itself with uses_timers. */
  int32_t (*schedule)(const gofuture_call* call, uint32_t index, gofuture_bytes name, int64_t at_ms);
  /* Takes a timer back; what is not set is no error. 0 as with schedule. */
  int32_t (*cancel)(const gofuture_call* call, uint32_t index, gofuture_bytes name);
  /* The host's clock: milliseconds since 1970. */
  int64_t (*now)(const gofuture_call* call);
  /* As schedule, but due after_ms milliseconds after the commit, whatever this process's clock says. */
  int32_t (*schedule_after)(const gofuture_call* call, uint32_t index, gofuture_bytes name, int64_t after_ms);
};

typedef struct gofuture_batch {
  uint32_t struct_size;
  uint32_t event_count;
  const gofuture_event* const* events;
  uint32_t key_count;
  uint32_t reserved;
} gofuture_batch;

/* The host, for the life of a handler. */
typedef struct gofuture_host gofuture_host;
struct gofuture_host {
  uint32_t struct_size;
  uint32_t abi_version;
  void* host;
  /* A service table by id ("gofuture.log/0", "gofuture.sql/0", "gofuture.http/0", "gofuture.lookup/0"), or null when the host
   * or the manifest does not offer it. Valid until destroy. [any thread] */
  const void* (*service)(const gofuture_host* host, const char* id);
  gofuture_bytes function;      /* its name */
  gofuture_bytes config;        /* the manifest's [config] as a JSON object */
} ;

/* Static description of one function; compared with the manifest before a handler is made. */
typedef struct gofuture_description {
  uint32_t struct_size;
  uint32_t stateful;            /* 1: keeps state per key */
  gofuture_bytes name;          /* as in the manifest */
  gofuture_bytes version;       /* for people: "1", "2024-11", ... may be empty */
  uint32_t handled_count;
  uint32_t emitted_count;
  const gofuture_bytes* handled; /* event types it has a handler for */
  const gofuture_bytes* emitted; /* event types it may emit; may be empty: then only the manifest says */
  uint32_t uses_sql;            /* 1: asks for gofuture.sql/0 */
  uint32_t uses_http;           /* 1: asks for gofuture.http/0 */
  uint32_t uses_timers;         /* 1: calls schedule, and handles GOFUTURE_TIMER_TYPE */
  uint32_t reserved;
} gofuture_description;

typedef struct gofuture_entry {
  uint32_t struct_size;
  uint32_t magic;               /* GOFUTURE_ABI_MAGIC */
  uint32_t abi_version;         /* GOFUTURE_ABI_VERSION */
  uint32_t abi_revision;        /* GOFUTURE_ABI_REVISION */
  gofuture_bytes built_with;    /* compiler, for messages */
  /* Description of the library's function. [loader: before any handler] */
  const gofuture_description* (*describe)(void);
  /* Makes a handler. Null means failure; write why into error (at most error_size bytes, NUL-terminated).
   * [loader: one at a time] */
  void* (*create)(const gofuture_host* host, char* error, uint64_t error_size);
  /* Handles a batch: begin and finish every event, in order. [worker: one call at a time per handler] */
  void (*handle)(void* handler, const gofuture_batch* batch, const gofuture_call* call);
  /* [loader: after the last handle of this handler has returned] */
  void (*destroy)(void* handler);
} gofuture_entry;

#ifdef _WIN32
#error "GoFuture runs on Linux"
#endif
#define GOFUTURE_EXPORT __attribute__((visibility("default")))

/* The one exported symbol: `const gofuture_entry gofuture_entry_v0`. */
#define GOFUTURE_ENTRY_SYMBOL "gofuture_entry_v0"

#ifdef __cplusplus
}
#endif
#endif
