// Admission: what a raw record is to this function: an event for a lane, an event that is dead on arrival (corrupted), or
// nothing of ours. Pure but for its JSON reader; one per pipeline, on its thread.
#pragma once

#include "event/json_pointer.hpp"
#include "pipeline/event.hpp"
#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

class Admission {
 public:
  explicit Admission(const Plan& plan) : plan_(plan) {}

  struct Ruling {
    EventPtr event;             // null: passed over
    bool unknown_type = false;  // passed over, and no events.toml line declares its type
  };
  // A corrupted record becomes an event whose outcome is decided: reject, class corrupted, message for people.
  Ruling admit(Record record);
  // What the store kept comes back as the event it was: its key, id and digest are those of then. Fails where this function has no
  // place for it any more.
  Result<EventPtr> admit_due(Due due);

 private:
  Result<std::string> state_key(const Event& event, const PlannedTopic& topic);

  const Plan& plan_;
  JsonReader json_;
};

}  // namespace gofuture
