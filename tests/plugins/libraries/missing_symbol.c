/* Needs a symbol that nobody has: found when it is loaded, because everything is bound at once. */
#include <stdint.h>
extern int gofuture_test_nobody_has_this(void);
#define OWN_CREATE
#include "skeleton.h"
static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  (void)host, (void)error, (void)error_size;
  return (void*)(intptr_t)gofuture_test_nobody_has_this();
}
