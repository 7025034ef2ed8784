// What `gofuture invoke` hands to the function: its event as the runtime would have admitted it, and the state of the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "pipeline/event.hpp"
#include "pipeline/plan.hpp"

namespace gofuture::cli {

struct Invocation {  // the command's options
  std::string function, event_file, state, key, type, timer;
};

// The event of --event, or the timer of --timer. An event that breaks its schema comes as the runtime has it: decided, rejected.
Result<EventPtr> make_event(const Plan& plan, const Invocation& asked, std::int64_t now_ms);
// The state of --state: a file of JSON, or JSON; nothing where it is not given.
Result<std::optional<std::string>> read_state(const std::string& argument);

}  // namespace gofuture::cli
