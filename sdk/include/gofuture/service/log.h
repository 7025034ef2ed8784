/* Service "gofuture.log/0": structured log lines. The host adds event_id, booking_id, function, topic, partition, offset and
 * attempt of the event that the calling thread has begun. [any thread of the handler] */
#ifndef GOFUTURE_SERVICE_LOG_H
#define GOFUTURE_SERVICE_LOG_H
#include "../abi.h"
#ifdef __cplusplus
extern "C" {
#endif
#define GOFUTURE_LOG_SERVICE "gofuture.log/0"
enum { GOFUTURE_LOG_DEBUG = 0, GOFUTURE_LOG_INFO = 1, GOFUTURE_LOG_WARN = 2, GOFUTURE_LOG_ERROR = 3 };
typedef struct gofuture_log_service {
  uint32_t struct_size;
  uint32_t reserved;
  void (*write)(const gofuture_host* host, int32_t level, gofuture_bytes message);
} gofuture_log_service;
#ifdef __cplusplus
}
#endif
#endif
