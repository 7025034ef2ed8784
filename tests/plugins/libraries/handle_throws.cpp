// Throws a type of its own in the middle of the second event.
#include <stdexcept>
#define OWN_HANDLE
#include "skeleton.h"
struct Trouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};
static void handle(void*, const gofuture_batch* batch, const gofuture_call* call) {
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    if (call->begin(call, i) == 0) continue;
    if (i == 1) throw Trouble("out of seats");
    call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
