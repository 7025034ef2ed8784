#include "story.hpp"

#include <algorithm>

namespace city {
namespace {

// What must follow: the saga as the city expects it. `while_it_stands`: unless the ride was canceled.
struct Step {
  std::string_view before;
  std::vector<std::string_view> after;
  bool while_it_stands = false;
};
const std::vector<Step>& saga() {
  static const std::vector<Step> steps{
      {"BookingCreated", {"PaymentInitiated"}},
      {"PaymentInitiated", {"FraudCheckRequested"}},
      {"FraudCheckRequested", {"FraudCheckCompleted"}},
      {"FraudCheckCompleted", {"PaymentSucceeded", "PaymentFailed"}},
      {"PaymentSucceeded", {"DriverAssignmentRequested"}, true},
      {"DriverAssignmentRequested", {"DriverAssigned", "DriverNotFound"}, true},
      {"DriverAssigned", {"DriverArrived", "DriverRejected"}, true},
      {"DriverRejected", {"DriverAssignmentRequested", "DriverNotFound"}, true},
      {"DriverArrived", {"BookingTripStarted"}, true},
      {"BookingTripStarted", {"BookingTripCompleted"}, true},
      {"BookingTripCompleted", {"PricingPriceUpdated/final"}},
      {"PaymentFailed", {"BookingCanceled"}},
      {"DriverNotFound", {"BookingCanceled"}},
      {"DriverNotFound", {"PaymentRefunded"}},
  };
  return steps;
}

// On one topic a booking's events lie in one partition, each behind those that it follows.
const std::vector<std::vector<std::string_view>>& orders() {
  static const std::vector<std::vector<std::string_view>> chains{
      {"BookingCreated", "DriverAssignmentRequested", "DriverAssigned", "DriverArrived", "BookingTripStarted", "BookingTripCompleted"},
      {"BookingCreated", "DriverAssignmentRequested", "DriverNotFound"},
      {"BookingCreated", "BookingCanceled"},
      {"PaymentInitiated", "PaymentSucceeded", "PaymentRefunded"},
      {"PaymentInitiated", "PaymentFailed"},
      {"FraudCheckRequested", "FraudCheckCompleted"},
      {"PricingRequested", "PricingPriceUpdated/quote", "PricingPriceUpdated/final"},
  };
  return chains;
}

std::string join(const std::vector<std::string_view>& words, const char* between) {
  std::string out;
  for (const auto word : words) out += (out.empty() ? "" : between) + std::string(word);
  return out;
}

void check_end(const std::string& booking, const Story& story, const Report& report) {
  const bool completed = story.has("BookingTripCompleted"), canceled = story.has("BookingCanceled");
  const bool with_reason = story.rider_canceled() || story.has("PaymentFailed") || story.has("DriverNotFound");
  if (completed && canceled && !with_reason) {
    report("ended", booking, "completed and canceled both, and nobody had a reason to", place_of(*story.one("BookingCanceled")));
  } else if (canceled && story.has("PaymentSucceeded") && !story.has("PaymentRefunded")) {
    report("ended", booking, "canceled, but the money was not given back", place_of(*story.one("BookingCanceled")));
  } else if (!completed && !canceled) {
    const Seen* last = nullptr;
    for (const auto& [type, events] : story.events) {
      if (last == nullptr || events.front()->told_ms >= last->told_ms) last = events.front();
    }
    report("ended", booking, "did not end; the last that was heard of it is " + (last == nullptr ? "the riders' order" : last->type), last == nullptr ? "city's ledger" : place_of(*last));
  }
}

// The event that caused each answer: a question has one, and a deadline that it set may speak beside it.
void check_answers(const std::string& booking, const Story& story, std::string_view question, const std::vector<std::string_view>& answers, const Report& report) {
  for (const auto* before : story.all(question)) {
    std::vector<const Seen*> caused;
    for (const auto type : answers) {
      for (const auto* seen : story.all(type)) {
        if (seen->causation == before->id && !seen->timeout) caused.push_back(seen);
      }
    }
    if (caused.size() > 1 && caused.front()->type != caused.back()->type) {
      report("doubled", booking, std::string(question) + " was followed by both " + caused.front()->type + " and " + caused.back()->type, place_of(*caused.back()));
    }
  }
}

void check_steps(const std::string& booking, const Story& story, const Report& report) {
  const bool stands = !story.has("BookingCanceled");
  for (const auto& [before, after, while_it_stands] : saga()) {
    const auto* cause = story.one(before);
    if (cause == nullptr) continue;
    const bool followed = std::any_of(after.begin(), after.end(), [&](std::string_view type) { return story.has(type); });
    if (!followed && (stands || !while_it_stands)) report("lost", booking, std::string(before) + " was never followed by " + join(after, " or "), place_of(*cause));
    check_answers(booking, story, before, after, report);
  }
  // The search goes in rounds: one more request, and one more driver, for each who rejects.
  const auto rejections = story.count("DriverRejected"), requests = story.count("DriverAssignmentRequested"), drivers = story.count("DriverAssigned");
  if (stands && requests > 0 && (requests != rejections + 1 || drivers != requests)) {
    report("lost", booking, std::to_string(rejections) + " drivers rejected it, but there were " + std::to_string(requests) + " requests and " + std::to_string(drivers) + " drivers",
           place_of(*story.one("DriverAssignmentRequested")));
  }
}

// How often an event of this type may happen to one ride.
std::size_t most_of(std::string_view type, const Story& story) {
  if (type == "DriverAssignmentRequested" || type == "DriverAssigned") return story.count("DriverRejected") + 1;
  if (type == "DriverRejected") return story.count("DriverAssigned");
  // One of each kind: a deadline may speak beside the answer that was on its way, and the rider beside us.
  const auto kinds = [&](const auto& is_first) {
    const auto& events = story.all(type);
    const bool first = std::any_of(events.begin(), events.end(), is_first), all = std::all_of(events.begin(), events.end(), is_first);
    return first && !all ? 2U : 1U;
  };
  if (type == "PaymentFailed" || type == "DriverNotFound") return kinds([](const Seen* seen) { return seen->timeout; });
  if (type == "FraudCheckCompleted") return 2;  // the check's, and its deadline's
  if (type == "PaymentRefunded") return story.has("BookingTripCompleted") && story.has("BookingCanceled") ? 2 : 1;  // what was too much, then the rest
  if (type == "BookingCanceled") return kinds([](const Seen* seen) { return seen->causation.empty(); });
  return 1;
}

void check_doubled(const std::string& booking, const Story& story, const Report& report) {
  for (const auto& [type, events] : story.events) {
    if (type.starts_with("Notification")) continue;  // check_messages()
    std::map<std::pair<std::string, bool>, const Seen*> by_cause;  // and whether its deadline speaks
    const bool too_many = events.size() > most_of(type, story);
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto [first, fresh] = by_cause.try_emplace({events[i]->causation, events[i]->timeout}, events[i]);
      const bool repeats = !fresh && type != "PaymentRefunded";  // both refunds of a ride may go back to the event that found the first owed
      if (repeats || (too_many && i > 0)) {
        report("doubled", booking, type + " happened twice, as " + (fresh ? events.front() : first->second)->id + " and as " + events[i]->id, place_of(*events[i]));
      }
    }
  }
}

void check_order(const std::string& booking, const Story& story, const Report& report) {
  std::map<std::string, const Seen*> home;
  for (const auto& [type, events] : story.events) {
    if (type.starts_with("Notification")) continue;  // keyed by whom they are for
    const auto [first, fresh] = home.try_emplace(events.front()->topic, events.front());
    if (!fresh && first->second->partition != events.front()->partition) {
      report("order", booking, type + " lies in another partition than its ride's " + first->second->type, place_of(*events.front()));
    }
  }
  for (const auto& chain : orders()) {
    const Seen* before = nullptr;
    for (const auto type : chain) {
      const auto* seen = story.one(type);
      if (seen == nullptr) continue;
      if (before != nullptr && before->topic == seen->topic && before->partition == seen->partition && seen->offset < before->offset) {
        report("order", booking, seen->type + " came before " + before->type, place_of(*seen));
      }
      before = seen;
    }
  }
}

}  // namespace

std::string place_of(const Seen& seen) { return seen.topic + "-" + std::to_string(seen.partition) + "@" + std::to_string(seen.offset); }

Stories tell(const Evidence& evidence, const Report& report) {
  Stories out;
  for (const auto& [booking, promised] : evidence.city.ordered) out.by_booking.try_emplace(booking);
  out.by_id.reserve(evidence.events.size());
  for (const auto& seen : evidence.events) {
    const auto [first, fresh] = out.by_id.try_emplace(seen.id, &seen);
    if (!fresh) {
      ++out.resends;
      if (first->second->content != seen.content) {
        report("doubled", seen.booking_id, "two events with other contents share the id " + seen.id + ", the first at " + place_of(*first->second), place_of(seen));
      }
      if (first->second->topic == seen.topic && first->second->partition == seen.partition && seen.offset < first->second->offset) first->second = &seen;
      continue;
    }
  }
  for (const auto& [id, seen] : out.by_id)
    out.by_booking[seen->booking_id].events[seen->stage.empty() ? seen->type : seen->type + "/" + seen->stage].push_back(seen);
  for (auto& [booking, story] : out.by_booking) {
    for (auto& [type, events] : story.events) {
      std::sort(events.begin(), events.end(), [](const Seen* a, const Seen* b) { return std::tie(a->partition, a->offset) < std::tie(b->partition, b->offset); });
    }
  }
  return out;
}

void check_stories(const Evidence& evidence, const Stories& stories, const Report& report) {
  for (const auto& [booking, story] : stories.by_booking) {
    const bool promised = evidence.city.ordered.contains(booking);
    if (!promised && evidence.city.asked.contains(booking) && !story.has("BookingCreated")) continue;  // only asked; check_prices() looks at it
    if (!promised) {
      report("causes", booking, "nobody ordered this booking", story.events.empty() ? "topics" : place_of(*story.events.begin()->second.front()));
      continue;
    }
    if (story.events.empty() && !evidence.city.confirmed.contains(booking)) continue;  // never confirmed to the rider; `torn` looks at its row
    if (!story.has("BookingCreated")) report("lost", booking, "BookingCreated never reached its topic", "booking.events");
    check_end(booking, story, report);
    check_steps(booking, story, report);
    check_doubled(booking, story, report);
    check_order(booking, story, report);
  }
  for (const auto& [id, booking] : evidence.city.sent) {
    if (!stories.by_id.contains(id)) report("lost", booking, "a phone's event " + id + " was acknowledged and is not there", "booking.events");
  }
  for (const auto& id : evidence.city.poison) {
    if (!evidence.dead.contains(id)) report("lost", id, "nobody can handle it, and it is no dead letter", "gofuture.dead_letters");
  }
  for (const auto& [id, seen] : stories.by_id) {
    if (seen->correlation != seen->booking_id) report("causes", seen->booking_id, seen->type + " carries correlationid \"" + seen->correlation + "\"", place_of(*seen));
    if (seen->type == "BookingCreated" || seen->type == "PricingRequested") continue;  // the rider's own
    if (seen->type == "BookingCanceled" && seen->causation.empty() && evidence.city.sent.contains(id)) continue;  // the rider's own
    const auto cause = stories.by_id.find(seen->causation);
    if (cause == stories.by_id.end()) {
      report("causes", seen->booking_id, seen->type + " names the cause \"" + seen->causation + "\", which does not exist", place_of(*seen));
    } else if (cause->second->booking_id != seen->booking_id) {
      report("causes", seen->booking_id, seen->type + " was caused by an event of " + cause->second->booking_id, place_of(*seen));
    } else if (cause->second->topic == seen->topic && cause->second->partition == seen->partition && cause->second->offset > seen->offset) {
      report("order", seen->booking_id, seen->type + " lies before its cause " + cause->second->type, place_of(*seen));
    }
  }
}

}  // namespace city
