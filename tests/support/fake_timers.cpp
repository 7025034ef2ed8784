// The timers of the fake database, and events that leave later.
#include <algorithm>
#include <set>

#include "pipeline/timer_event.hpp"
#include "support/fake_database.hpp"
#include "support/fake_work.hpp"

namespace gofuture::test {

// A due timer is this batch's only while it has neither been set anew nor canceled, and no event of its key is parked.
bool FakeDatabase::find_taken_timers(Work& work) const {
  const Plant plant = work.request.plant;
  if (plant == Plant::kTimerTwice) return false;
  bool taken = false;
  for (const EventPtr& event : work.batch.events) {
    if (event->timer == 0) continue;
    const auto row = std::find_if(timers.begin(), timers.end(), [&](const auto& one) {
      return std::get<0>(one.first) == work.function && std::get<1>(one.first) == event->state_key && one.second.number == event->timer;
    });
    const bool may = work.by_newest || plant == Plant::kTimerOvertakes || this->row(work.function, event->state_key).parked == 0;
    if (row != timers.end() && may) continue;
    event->verdict = Verdict::kTaken;
    taken = true;
  }
  return taken;
}

void FakeDatabase::write_timers(const Work& work) {
  for (const EventPtr& event : work.batch.events)
    if (event->timer > 0)
      std::erase_if(timers, [&](const auto& one) { return std::get<0>(one.first) == work.function && one.second.number == event->timer; });
  for (const TimerChange& change : work.batch.timers) {
    const Event& event = *work.batch.events[change.event];
    if (event.outcome != Outcome::kOk) continue;
    const TimerKey place{work.function, event.state_key, change.name};
    timers.erase(place);
    if (change.canceled()) continue;
    TimerRow row;
    row.number = ++timer_numbers;
    row.due_us = change.due_ms ? *change.due_ms * 1000 : now_us + *change.after_ms * 1000;
    row.topic = event.record.topic;
    row.partition = event.record.partition;
    row.correlationid = std::string(event.envelope.correlationid);
    std::array<char, 36> cause;
    row.causationid = cause_of(event, cause);
    row.hops = event.envelope.hops;
    timers.emplace(place, std::move(row));
  }
}

void FakeDatabase::claim_timers(const Plan& plan, const ClaimRequest& request, Plant plant, Claimed& claimed) {
  const std::string& function = plan.manifest().name;
  if (request.caught_up)
    for (const TopicPartition& at : request.caught_up->partitions) {
      std::int64_t& until = caught_up[{function, at}];
      until = std::max(until, request.caught_up->time_us);
    }
  claimed.sent_until_us = sent_until_us.value_or(now_us);

  std::size_t expected = partitions_in_all;
  if (expected == 0)
    for (const PlannedTopic& topic : plan.topics()) expected += static_cast<std::size_t>(topic.topic->partitions);
  std::size_t passed = 0;
  std::int64_t until = now_us;
  for (const auto& [place, at] : caught_up)
    if (place.first == function) {
      ++passed;
      until = std::min(until, at);
    }
  if (passed < expected) return;
  std::size_t room = std::clamp<std::size_t>(request.bytes / 1024, 1, request.keys);
  for (auto& [place, row] : timers) {
    if (room == 0) break;
    const auto& [of, key, name] = place;
    if (of != function || row.due_us > now_us || row.due_us > until || row.claimed_until_us > now_us) continue;
    if (this->row(function, key).parked > 0 && plant != Plant::kTimerOvertakes) continue;
    --room;
    row.claimed_until_us = now_us + request.lease_ms * 1000;
    TimerDue timer;
    timer.function = function;
    timer.state_key = key;
    timer.name = name;
    timer.number = row.number;
    timer.due_ms = row.due_us / 1000;
    timer.topic = row.topic;
    timer.partition = row.partition;
    timer.correlationid = row.correlationid;
    timer.causationid = row.causationid;
    timer.hops = row.hops;
    claimed.events.push_back(due_event(timer));
  }
}

void FakeDatabase::move_delayed() {
  for (std::size_t i = 0; i < delayed.size();) {
    if (delayed[i].first > now_us) {
      ++i;
      continue;
    }
    delayed[i].second.transaction = ++transactions;
    committed.insert(transactions);
    outbox.push_back(std::move(delayed[i].second));
    delayed.erase(delayed.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace gofuture::test
