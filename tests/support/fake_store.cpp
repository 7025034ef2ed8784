#include "support/fake_store.hpp"

#include <utility>
#include <vector>

namespace gofuture::test {
namespace {

const char* name_of(CommitStatus status) {
  switch (status) {
    case CommitStatus::kCommitted: return "committed";
    case CommitStatus::kRerun: return "rerun";
    case CommitStatus::kRefused: return "refused";
    case CommitStatus::kUnavailable: return "unavailable";
    case CommitStatus::kFenced: return "fenced";
  }
  return "?";
}

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNew: return "";
    case Verdict::kRepeat: return " repeat";
    case Verdict::kOtherContent: return " other-content";
    case Verdict::kOutdated: return " outdated";
    case Verdict::kAhead: return " ahead";
    case Verdict::kExpired: return " expired";
    case Verdict::kTaken: return " taken";
  }
  return "?";
}

// "0/3@41 ok, 0/3@42 reject": what a trace says about a batch.
std::string content_of(const Batch& batch) {
  std::string text;
  for (const EventPtr& event : batch.events)
    text += (text.empty() ? "" : ", ") + std::to_string(event->record.topic) + "/" + std::to_string(event->record.partition) + "@" +
            std::to_string(event->record.offset) + " " + gofuture::name_of(event->outcome) + name_of(event->verdict);
  return text;
}

}  // namespace

StoreTraits FakeStore::traits() const {
  StoreTraits traits;
  traits.inside = options_.inside != nullptr;
  traits.parks = options_.parks;
  traits.commits_in_flight = options_.commits_in_flight;
  traits.gather_ms = options_.gather_ms;
  traits.behind_ms = options_.behind_ms;
  return traits;
}

void FakeStore::load(BatchPtr batch) {
  ++loads;
  const std::string name = "batch " + std::to_string(batch->id);
  auto held = std::make_shared<BatchPtr>(std::move(batch));
  courier_.send({Message::Kind::kInside, "", "load " + name, [this, held, name] {
                   std::optional<std::string> unavailable;
                   if (fault_of_load && fault_of_load(**held)) unavailable = "connection refused";
                   else database_.load(**held, plan_.manifest().name);
                   courier_.send({Message::Kind::kInside, "", "answer of load " + name,
                                  [this, held, unavailable] { answers_.post(Loaded{std::move(*held), unavailable}); }});
                 }});
}

void FakeStore::commit(BatchPtr batch) {
  ++commits;
  const std::string name = "batch " + std::to_string(batch->id);
  const std::string content = content_of(*batch);
  auto held = std::make_shared<BatchPtr>(std::move(batch));
  courier_.send({Message::Kind::kOutside, "", "commit " + name + " (" + content + ")", [this, held, name] {
                   auto told = std::make_shared<Committed>(transact(std::move(*held)));
                   courier_.send({Message::Kind::kInside, "", "answer of commit " + name + ": " + name_of(told->status) + " (" + content_of(*told->batch) + ")",
                                  [this, told] { answers_.post(std::move(*told)); }});
                 }});
}

void FakeStore::claim(const ClaimRequest& limits) {
  ++claims;
  courier_.send({Message::Kind::kOutside, "", "claim", [this, limits] {
                   auto claimed = std::make_shared<Claimed>();
                   if (fault_of_claim && fault_of_claim()) claimed->unavailable = "connection refused";
                   else *claimed = database_.claim(plan_, limits, options_.plant);
                   courier_.send({Message::Kind::kInside, "", "answer of claim: " + std::to_string(claimed->events.size()) + " events",
                                  [this, claimed] { answers_.post(std::move(*claimed)); }});
                 }});
}

Committed FakeStore::transact(BatchPtr batch) {
  const Fault fault = fault_of_commit ? fault_of_commit(*batch) : Fault::kNone;
  Committed told;
  if (fault == Fault::kBefore) {
    told.status = CommitStatus::kUnavailable;
    told.message = "connection lost before the commit";
    told.batch = std::move(batch);
    return told;
  }
  // Who lost the connection learns nothing: neither new rows nor verdicts.
  std::vector<Slot> slots;
  const bool forgets = fault == Fault::kAfter && !options_.decides;  // who decides has done so before the commit was sent
  std::vector<std::pair<Verdict, Outcome>> events;
  std::vector<bool> decided;
  if (fault == Fault::kAfter) slots = batch->slots;
  if (forgets) {
    for (const EventPtr& event : batch->events) {
      events.emplace_back(event->verdict, event->outcome);
      decided.push_back(event->decided);
    }
  }
  const auto reply = database_.attempt(*batch, {plan_, options_.epoch, options_.inside, refuses, options_.plant, options_.decides});
  told.status = reply.status;
  told.message = reply.message;
  if (fault == Fault::kAfter) {
    told.status = CommitStatus::kUnavailable;
    told.message = "connection lost while waiting for the commit's answer";
    batch->slots = std::move(slots);
    for (std::size_t i = 0; forgets && i < batch->events.size(); ++i) {
      std::tie(batch->events[i]->verdict, batch->events[i]->outcome) = events[i];
      batch->events[i]->decided = decided[i];
    }
  }
  told.batch = std::move(batch);
  return told;
}

}  // namespace gofuture::test
