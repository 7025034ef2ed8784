#define NAME "somebody_else"
#include "skeleton.h"
