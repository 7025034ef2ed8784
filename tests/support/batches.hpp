// Events and batches made by hand, for tests of a store that have no pipeline in front of it.
//
//   BatchPtr batch = batch_of(*plan, {trip(1, "k").at(kTrips, 0, 0), trip(2, "k").at(kTrips, 0, 1)});
#pragma once

#include <vector>

#include "pipeline/batch.hpp"
#include "pipeline/plan.hpp"

namespace gofuture::test {

// The event of a valid record, as admission makes it: envelope, id, digest, canonical type, state key, fence value.
EventPtr event_of(const Plan& plan, Record record);

// One slot per state key, in order of appearance.
BatchPtr batch_of(const Plan& plan, std::vector<Record> records);
template <class... More>
BatchPtr batch_of(const Plan& plan, Record first, More... more) {
  std::vector<Record> records;
  records.push_back(std::move(first));
  (records.push_back(std::move(more)), ...);
  return batch_of(plan, std::move(records));
}

}  // namespace gofuture::test
