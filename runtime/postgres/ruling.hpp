// Ruling: what a verdict means for an event. Also settles whether the batch can go on without it or must be handled again.
#pragma once

#include <string>

#include "pipeline/batch.hpp"

namespace gofuture {

class Rulings {
 public:
  // `entangled`: handled events have changed state that later events of their key saw.
  explicit Rulings(bool entangled) : entangled_(entangled) {}

  void rule(Event& event, Verdict verdict, std::string why = {});
  // Effects of ruled events stand in the batch and cannot be taken out of it.
  bool must_rerun() const { return rerun_; }
  // Takes out what can be taken out: the emissions of ruled events.
  void drop_effects(Batch& batch) const;

 private:
  bool entangled_, rerun_ = false, dropped_ = false;
};

}  // namespace gofuture
