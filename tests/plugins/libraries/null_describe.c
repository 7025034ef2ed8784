#define DESCRIBE NULL
#include "skeleton.h"
const void* const used = (const void*)describe;
