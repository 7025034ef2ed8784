#define OWN_CREATE
#include "skeleton.h"
static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  (void)host;
  strncpy(error, "the gateway's key is not in [config]", error_size);
  return NULL;
}
