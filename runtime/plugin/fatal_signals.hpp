// What happens when a function's code takes the process with it: SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGABRT in a handler's thread
// marks that thread's slot and then does what it would have done without us (a core dump, a sanitizer's report). A signal that
// another process sent marks nothing: nobody in here is to blame.
//
//   catch_fatal_signals();            // once, before there are threads
//   {
//     const InFunction here(slot);    // this thread runs a function's code, also on an alternate stack of its own from now on,
//     handler.handle(...);            // so that a stack that has run over is caught too
//   }
#pragma once

#include "plugin/strike_slot.hpp"

namespace gofuture {

void catch_fatal_signals();

class InFunction {
 public:
  explicit InFunction(StrikeSlot& slot);
  ~InFunction();
  InFunction(const InFunction&) = delete;
  InFunction& operator=(const InFunction&) = delete;
};

}  // namespace gofuture
