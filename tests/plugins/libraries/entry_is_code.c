/* Exports a function under the entry's name. */
#define NO_ENTRY
#include "skeleton.h"
#ifdef __cplusplus
extern "C"
#endif
GOFUTURE_EXPORT void gofuture_entry_v0(void);
void gofuture_entry_v0(void) {}
