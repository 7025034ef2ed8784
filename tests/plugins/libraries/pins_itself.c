/* Makes itself unloadable while it runs: what the checks before loading cannot see. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#define OWN_CREATE
#include "skeleton.h"
static int the_handler;
static void* create(const gofuture_host* host, char* error, uint64_t error_size) {
  Dl_info about;
  (void)host, (void)error, (void)error_size;
  if (dladdr(&the_handler, &about) != 0) dlopen(about.dli_fname, RTLD_NOW | RTLD_NODELETE);
  return &the_handler;
}
