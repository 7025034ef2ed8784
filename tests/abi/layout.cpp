// The layout as a C++20 compiler sees it.
#include "layout.inc"
#include <cstddef>
