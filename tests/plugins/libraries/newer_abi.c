#define VERSION 7u
#include "skeleton.h"
