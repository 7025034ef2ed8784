#define ENTRY gofuture_entry_v1
#include "skeleton.h"
