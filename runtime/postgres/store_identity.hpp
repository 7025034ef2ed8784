// Who a store commits for; the same for all its threads, immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string>

#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

struct StoreIdentity {
  std::int32_t function_id = 0;
  std::int64_t epoch = 0;
  std::shared_ptr<const Plan> plan;
  Inside* inside = nullptr;                // handlers that run inside the transaction (sql = true)
  std::string relay_slot;                  // whose position tells what has been sent to Kafka
  std::string instance = {};               // of the process: its breakers and claims are told under it
  std::string group = {};                  // the consumer group, which dead letters name

  bool by_newest() const { return plan->manifest().fence.has_value(); }
  bool keeps_rows() const { return plan->stateful || by_newest(); }  // else `keys` has a row only while parked
};

}  // namespace gofuture
