// GOFUTURE_ASSERT: our own mistakes, never bad input. Stays on in every build: a runtime that carries money stops rather
// than goes on with a broken invariant (the inbox makes the restart safe).
#pragma once

#include <cstdio>
#include <cstdlib>

#define GOFUTURE_ASSERT(condition, what)                                                                            \
  do {                                                                                                              \
    if (!(condition)) [[unlikely]] {                                                                                \
      std::fprintf(stderr, "%s:%d: broken invariant: %s (%s)\n", __FILE__, __LINE__, what, #condition);            \
      std::abort();                                                                                                 \
    }                                                                                                               \
  } while (false)
