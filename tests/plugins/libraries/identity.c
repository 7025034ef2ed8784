/* The smallest whole function, in plain C. */
#include "skeleton.h"
