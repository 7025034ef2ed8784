#define OWN_CREATE
#include "skeleton.h"
static void* create(const gofuture_host*, char*, uint64_t) { throw 42; }
