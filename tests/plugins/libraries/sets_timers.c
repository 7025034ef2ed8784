/* Does what it is told, timers included. */
#define USES_TIMERS 1
#include "scripted.c"
