#define OWN_CREATE
#include "skeleton.h"
static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  (void)host, (void)error, (void)error_size;
  return NULL;
}
