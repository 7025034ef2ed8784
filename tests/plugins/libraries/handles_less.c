#define HANDLED "BookingCanceled"
#include "skeleton.h"
