#define EMIT_TYPE "PaymentEaten"
#include "skeleton.h"
