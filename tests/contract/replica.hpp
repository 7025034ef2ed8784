// Replica: one store under test with the counting function in front of it and, instead of a pipeline, the shortest loop that
// brings a batch to its end: load, handle, commit, and again where the store says so.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "contract/store_fixture.hpp"
#include "pipeline/admission.hpp"
#include "pipeline/holding.hpp"
#include "support/answer_box.hpp"
#include "support/batches.hpp"
#include "support/counting_function.hpp"
#include "support/fake_handlers.hpp"
#include "support/manual_clock.hpp"
#include "support/record_builder.hpp"
#include "support/test_plan.hpp"

namespace gofuture::test {

struct ReplicaOptions {
  PlanOptions plan = {};
  std::int64_t epoch = 1;
  bool inside = false;
};

class Replica {
 public:
  Replica(StoreFixture& fixture, const ReplicaOptions& options)
      : plan(test_plan(options.plan)), function(*plan, 7 + static_cast<std::uint64_t>(++made_) * 1000), inside(function, clock) {
    store = fixture.make_store({plan, options.epoch, options.inside ? &inside : nullptr}, answers);
  }

  template <class... Records>
  BatchPtr batch(Records... records) {
    return batch_of(*plan, std::move(records)...);
  }

  // What the store gives out now, as one batch; null when nothing is due.
  BatchPtr claim(const ClaimRequest& limits = {}) {
    store->claim(limits);
    last_claim = answer<Claimed>();
    GOFUTURE_ASSERT(!last_claim.unavailable, "the store can be asked");
    if (last_claim.events.empty()) return nullptr;
    auto batch = std::make_unique<Batch>();
    Admission admission(*plan);
    for (Due& due : last_claim.events) {
      auto event = admission.admit_due(std::move(due));
      GOFUTURE_ASSERT(event, "what was parked can be handled again");
      std::uint32_t slot = 0;
      while (slot < batch->slots.size() && batch->slots[slot].key != (*event)->state_key) ++slot;
      if (slot == batch->slots.size()) batch->slots.emplace_back().key = (*event)->state_key;
      (*event)->slot = slot;
      batch->events.push_back(std::move(*event));
    }
    return batch;
  }

  BatchPtr load(BatchPtr batch) {
    for (int tries = 0; tries < 100; ++tries) {  // a lost connection is asked again, as a pipeline does
      store->load(std::move(batch));
      auto loaded = answer<Loaded>();
      batch = std::move(loaded.batch);
      if (!loaded.unavailable) return batch;
    }
    GOFUTURE_ASSERT(false, "the store can be asked");
    return batch;
  }
  // Loaded where the function has rows, and handled.
  BatchPtr handle(BatchPtr batch) {
    if (store->traits().inside) return batch;
    if (plan->stateful || plan->manifest().fence) batch = load(std::move(batch));
    batch->reset_effects();
    function.run(*batch, clock.unix_ms());
    hold(*batch);
    return batch;
  }
  Committed commit(BatchPtr batch) {
    store->commit(std::move(batch));
    return answer<Committed>();
  }
  void start_commit(BatchPtr batch) { store->commit(std::move(batch)); }
  Committed finish_commit() { return answer<Committed>(); }

  // The whole way. Ends with what the last commit said; `events` are those that have ended, in the order in which they did.
  struct Settled {
    CommitStatus status;
    std::string message;
    std::vector<EventPtr> events;
    int commits = 0;

    const Event& event(std::uint64_t number) const {
      for (const EventPtr& event : events)
        if (event->event_id == test_id(number)) return *event;
      GOFUTURE_ASSERT(false, "this event has ended");
      return *events.front();
    }
  };
  Settled settle(BatchPtr batch) { return settle_answer(commit(handle(std::move(batch)))); }
  Settled settle_answer(Committed told) {
    Settled settled{told.status, told.message, {}, 1};
    while (settled.commits < 100) {
      if (told.status == CommitStatus::kUnavailable) {
        told = commit(std::move(told.batch));
      } else if (told.status == CommitStatus::kRerun) {
        BatchPtr rest = decide(std::move(told.batch), settled.events);
        if (rest->events.empty()) {
          settled.status = CommitStatus::kCommitted;
          return settled;
        }
        told = commit(handle(std::move(rest)));
      } else {
        break;
      }
      ++settled.commits;
      settled.status = told.status;
      settled.message = told.message;
    }
    for (EventPtr& event : told.batch->events) {
      if (event->verdict == Verdict::kRepeat) event->outcome = Outcome::kSkip;
      settled.events.push_back(std::move(event));
    }
    return settled;
  }

  std::shared_ptr<const Plan> plan;
  ManualClock clock;
  CountingFunction function;
  FakeInside inside;
  AnswerBox answers;
  std::unique_ptr<Store> store;
  Claimed last_claim;             // its numbers; the events have gone into the batch
  std::int64_t wait_ms = 60'000;  // of what is to be tried again

 private:
  template <class Kind>
  Kind answer() {
    auto told = answers.wait();
    GOFUTURE_ASSERT(told.has_value(), "the store answers every command");
    GOFUTURE_ASSERT(std::holds_alternative<Kind>(*told), "the store answers what it was asked");
    return std::get<Kind>(std::move(*told));
  }

  // What a pipeline does with the verdicts of kRerun.
  BatchPtr decide(BatchPtr batch, std::vector<EventPtr>& ended) {
    std::vector<EventPtr> rest;
    for (EventPtr& event : batch->events) {
      const auto reject = [&event](FailureClass failure, std::string why) {
        event->decided = true;
        event->outcome = Outcome::kReject;
        event->failure = failure;
        event->message = std::move(why);
      };
      switch (event->verdict) {
        case Verdict::kRepeat:
          event->outcome = Outcome::kSkip;
          ended.push_back(std::move(event));
          continue;
        case Verdict::kOtherContent: reject(FailureClass::kIdempotency, "same id, other content"); break;
        case Verdict::kExpired: reject(FailureClass::kIdempotency, "its inbox day has been dropped"); break;
        case Verdict::kAhead: reject(FailureClass::kCorrupted, "ahead of the database's clock"); break;
        case Verdict::kOutdated:
          event->decided = true;
          event->outcome = Outcome::kSkip;
          break;
        case Verdict::kTaken:
          ended.push_back(std::move(event));
          continue;
        case Verdict::kNew:
          if (event->outcome == Outcome::kReject || event->outcome == Outcome::kRetry || event->outcome == Outcome::kLater) event->decided = true;
          if (event->outcome == Outcome::kHeld) event->decided = false;
          break;
      }
      rest.push_back(std::move(event));
    }
    batch->events = std::move(rest);
    for (Slot& slot : batch->slots) slot.loaded = false;
    batch->reset_effects();
    hold(*batch);
    return batch;
  }

  // When they are due again, and what stands behind them.
  void hold(Batch& batch) const {
    std::vector<bool> failed(batch.slots.size(), false);
    for (const EventPtr& event : batch.events) {
      if (failed[event->slot]) {
        event->outcome = Outcome::kHeld;
        event->decided = true;
      } else if (holds_its_key(*event, plan->manifest())) {
        failed[event->slot] = true;
        event->wait_ms = wait_ms;
      }
    }
  }

  static inline int made_ = 0;  // every replica emits ids of its own
};

namespace timers {

inline const ReplicaOptions kWith{.plan = {.timers = true}};

// As a pipeline that has processed everything: all partitions of both topics, up to `time_us`.
inline ClaimRequest caught_up(std::int64_t time_us, int partitions = 4) {
  ClaimRequest request;
  request.caught_up = CaughtUp{time_us, {}};
  for (const std::uint16_t topic : {kTrips, kFares})
    for (std::int32_t partition = 0; partition < partitions; ++partition) request.caught_up->partitions.push_back({topic, partition});
  return request;
}

}  // namespace timers

}  // namespace gofuture::test
