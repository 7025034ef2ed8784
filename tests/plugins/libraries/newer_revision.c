#define REVISION (GOFUTURE_ABI_REVISION + 5u)
#include "skeleton.h"
