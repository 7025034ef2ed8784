// JournaledCall: an unsafe request that a function made while it handled an event, and what it was told came of it. Travels with its
// event, so that a rerun is told the same; the store writes it with the event's outcome.
#pragma once

#include <cstdint>
#include <string>

#include "base/digest.hpp"

namespace gofuture {

struct CallAnswer {
  enum class Result : std::int16_t { kAnswered = 0, kUnreachable = 1, kUnknown = 2 };  // as in the column
  Result result = Result::kUnknown;
  int status = 0;           // unless answered: 0
  std::string body, error;  // error: why, unless answered

  // Whether it will be the same next time. Not so: trouble of the other side (5xx), and answers about us rather than about the
  // request (who we are, how often we ask).
  bool final() const {
    return result == Result::kAnswered && status < 500 && status != 401 && status != 403 && status != 408 && status != 425 && status != 429;
  }
};

struct JournaledCall {
  std::string name;         // with scope and effect unique in its function
  std::string scope;        // "<event id>/<redrive>"; where the request names its effect, the state key
  std::string effect;       // empty: one effect per event
  Digest digest;            // of method, URL and body
  std::string method, url;
  CallAnswer answer;
  bool again = false;       // told, not final, and the event comes again: the next attempt may send it anew
  bool replayed = false;    // the journal has the answer already
};

}  // namespace gofuture
