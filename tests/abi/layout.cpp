// The layout as a C++20 compiler sees it.
#include <cstddef>
#include "layout.inc"
