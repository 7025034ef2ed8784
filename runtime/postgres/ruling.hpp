// Ruling: what a verdict means for an event. Also settles whether the batch can go on without it or must be handled again.
#pragma once

#include <string>

#include "pipeline/batch.hpp"

namespace gofuture {

class Rulings {
 public:
  // `entangled`: handled events have changed state that later events of their key saw.
  Rulings(Batch& batch, bool entangled) : batch_(batch), entangled_(entangled) {}

  void rule(Event& event, Verdict verdict, std::string why = {});
  // Effects of ruled events stand in the batch and cannot be taken out of it. The batch remembers it: what was ruled in an
  // attempt that failed is not ruled a second time.
  bool must_rerun() const { return batch_.stale; }
  // Takes out what can be taken out: the emissions of ruled events.
  void drop_effects() const;

 private:
  Batch& batch_;
  bool entangled_;
};

}  // namespace gofuture
