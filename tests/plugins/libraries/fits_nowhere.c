/* Differs from its manifest in everything that is compared. */
#define NAME "somebody_else"
#define HANDLED "BookingCanceled"
#define EMITTED "PaymentRefunded"
#define STATEFUL 1
#define USES_SQL 1
#define USES_HTTP 1
#define USES_TIMERS 1
#include "skeleton.h"
