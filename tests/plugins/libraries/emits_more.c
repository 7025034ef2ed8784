#define EMITTED "PaymentRefunded"
#include "skeleton.h"
