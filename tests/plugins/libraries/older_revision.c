#define REVISION 0u
#include "skeleton.h"
