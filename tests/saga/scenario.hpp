// Scenario: what a seed means: how many riders and drivers, and how often what goes wrong. Each trouble is absent in some seeds, so
// that nothing can hide behind another one.
#pragma once

#include <cstdint>
#include <string>

namespace gofuture::saga {

struct Scenario {
  std::uint64_t seed = 0;
  int bookings = 1, drivers = 1;
  int rich = 0;                          // the number of the booking that costs more than the fraud check lets pass; 0: none
  double cancels = 0;                    // of the riders, at any moment
  double rejects = 0;                    // of the drivers
  double echoes = 0;                     // a phone that tells a rejection or an order a second time, under another id
  double deaf = 0;                       // a driver goes on although the ride is canceled
  double declined = 0;
  double errors = 0, unreachable = 0;    // of each request to the gateway: 5xx before or after the effect
  double silent = 0;                     // no answer: nothing happened, it happened, or it happens later
  double sql_errors = 0;                 // of each statement
  double jumps = 0;                      // of the clock to the next timer, whatever lies unread
  double lost_commits = 0;               // the function ran, its transaction did not commit: it runs again
  std::string dark;                      // a function that does not run before everything else has come to rest; empty: none

  static Scenario of(std::uint64_t seed);
  std::string text() const;
};

}  // namespace gofuture::saga
