static const struct gofuture_description* nothing(void) { return 0; }
#define DESCRIBE nothing
#include "skeleton.h"
const void* const used = (const void*)describe;
