/* The layout as a C11 compiler sees it. */
#include <assert.h>
#include <stddef.h>
#include "layout.inc"
