// Makes the Emission that the commit will write from what a function asked to emit, or says why it cannot be. Everything that
// Kafka, the outbox or a consumer would refuse later is refused here, where the function's author still sees it: unknown type,
// no key, too large, schema, too many hops, a delay that nobody would keep.
//
// One per handler thread (it holds a JSON reader and a generator of ids).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/split_mix.hpp"
#include "base/uuid.hpp"
#include "event/json_pointer.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

class EmissionMaker {
 public:
  // The seed decides ids and span ids: random in production, fixed in a simulation.
  EmissionMaker(const Plan& plan, Clock& clock, std::uint64_t seed);

  struct Wish {
    std::string_view type, data, key;  // key empty: from data, as the catalogue says
    std::int64_t delay_ms = 0;
  };
  // `event`: the cause's index in the batch; `ordinal`: how many emissions of this event came before.
  Result<Emission> make(const Event& cause, std::uint32_t event, std::uint32_t ordinal, const Wish& wish);

 private:
  Result<std::string> record_key(const PlannedEmission& planned, const Wish& wish);
  Uuid next_id(const Event& cause, std::uint32_t ordinal, std::int64_t now_ms);
  std::string_view derived_name(const Event& cause, std::uint32_t ordinal);  // until the next one

  const Plan& plan_;
  Clock& clock_;
  JsonReader json_;
  std::string name_;
  UuidV7Generator ids_;
  SplitMix random_;  // of span ids
};

}  // namespace gofuture
