// BatchView: a batch as a library sees it: gofuture_event structs whose views point into the events, in arrays that are kept
// from one batch to the next. Events whose outcome stands already are left out, so that a function which takes its whole batch
// at once cannot apply them; index_of() leads from the library's numbers back to the batch's.
//
// One per handler thread; valid until the next show() or until the batch changes.
#pragma once

#include <gofuture/abi.h>

#include <array>
#include <vector>

#include "pipeline/batch.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

class BatchView {
 public:
  explicit BatchView(const Plan& plan) : plan_(plan) {}

  void show(const Batch& batch);
  const gofuture_batch& batch() const { return batch_; }
  std::uint32_t size() const { return batch_.event_count; }
  std::uint32_t index_of(std::uint32_t shown) const { return indexes_[shown]; }

 private:
  using Id = std::array<char, 36>;
  void show_event(const Event& event, const Batch& batch, gofuture_event& out, Id& id);

  const Plan& plan_;
  std::vector<std::uint32_t> indexes_;
  std::vector<gofuture_event> events_;
  std::vector<const gofuture_event*> pointers_;
  std::vector<Id> ids_;
  gofuture_batch batch_{};
};

}  // namespace gofuture
