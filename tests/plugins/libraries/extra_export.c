#include "skeleton.h"
#ifdef __cplusplus
extern "C" {
#endif
GOFUTURE_EXPORT int helper_a(void);
GOFUTURE_EXPORT int helper_b(void);
int helper_a(void) { return 1; }
int helper_b(void) { return 2; }
#ifdef __cplusplus
}
#endif
