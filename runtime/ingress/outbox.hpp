// Outbox: the port behind which accepted events become durable. A submission is what one request asked for: all of its events
// are written, or none. write() takes many at once, since one transaction costs the same for one as for hundreds.
//
// Threads: write() is called on the ingress' thread and returns at once; the answers come on any thread, one for each submission,
// whatever happens. The destructor answers what is left.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/uuid.hpp"

namespace gofuture {

// An event that has been checked: a row of events_outbox.
struct IncomingEvent {
  Uuid id;
  std::string source, type, topic, key, subject, time;  // type and topic canonical
  std::string correlationid, causationid, traceparent, tracestate;
  std::uint32_t hops = 0;
  std::string data;
  Digest digest;  // of type, key and data: whether a repeat is one
};

struct Submission {
  std::uint64_t number = 0;  // comes back with the answer
  std::vector<IncomingEvent> events;
};

struct Written {
  enum class Status : std::uint8_t {
    kWritten,       // committed; `repeats` of its events had been before
    kOtherContent,  // `events` have been seen with other content
    kExpired,       // whether `events` have been seen nobody can tell any more
    kUnavailable,   // not now; whether it was written is not known, so it may be sent again
    kRefused,       // the database does not take it, now or later
  };
  std::uint64_t number = 0;
  Status status = Status::kWritten;
  std::size_t repeats = 0;
  std::vector<std::size_t> events;  // by their place in the submission
  std::string message;
};

class Outbox {
 public:
  class Answers {
   public:
    virtual ~Answers() = default;
    virtual void answered(std::vector<Written> all) = 0;
  };
  virtual ~Outbox() = default;
  // `answers` outlives this object.
  virtual void write(std::vector<Submission> together, Answers& answers) = 0;
};

}  // namespace gofuture
