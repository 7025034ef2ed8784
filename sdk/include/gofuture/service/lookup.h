/* Service "gofuture.lookup/0": reads one row of a table that the manifest's [[lookup]] names, as a JSON object. Read-only, outside
 * the batch's transaction, at most `stale` old. [worker: only the thread that is in handle()] */
#ifndef GOFUTURE_SERVICE_LOOKUP_H
#define GOFUTURE_SERVICE_LOOKUP_H
#include "../abi.h"
#ifdef __cplusplus
extern "C" {
#endif
#define GOFUTURE_LOOKUP_SERVICE "gofuture.lookup/0"
enum { GOFUTURE_LOOKUP_FOUND = 0, GOFUTURE_LOOKUP_NONE = 1, GOFUTURE_LOOKUP_FAILED = 2 };
typedef struct gofuture_lookup_service {
  uint32_t struct_size;
  uint32_t reserved;
  /* *answer: the row, or the reason of a failure; valid until the next get or until handle() returns. */
  int32_t (*get)(const gofuture_call* call, gofuture_bytes table, gofuture_bytes key, gofuture_bytes* answer);
} gofuture_lookup_service;
#ifdef __cplusplus
}
#endif
#endif
