#define ENTRY_SIZE 24
#include "skeleton.h"
