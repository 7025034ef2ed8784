#define OWN_HANDLE
#include "skeleton.h"
static void handle(void*, const gofuture_batch*, const gofuture_call*) { throw 42; }
