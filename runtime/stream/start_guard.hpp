// StreamStartGuard: in `kafka` mode the changelog tells whether reading has ever begun: where it holds something, a committed offset
// that is missing was lost, and beginning anywhere by guess would count events again or pass them over. The function stops then.
// Asked on assignment, on the function's thread.
#pragma once

#include <memory>
#include <string>

#include "kafka/changelog.hpp"
#include "pipeline/plan.hpp"

namespace gofuture {

class StreamStartGuard : public StartLedger {
 public:
  StreamStartGuard(std::shared_ptr<const Plan> plan, std::unique_ptr<Changelog> changelog)
      : plan_(std::move(plan)), changelog_(std::move(changelog)) {}

  Result<Entries> recorded() override;
  Result<Done> record(const Entries&) override { return ok(); }  // the changelog does
  std::string to_begin_again() const override;

 private:
  const std::shared_ptr<const Plan> plan_;
  const std::unique_ptr<Changelog> changelog_;
};

}  // namespace gofuture
