// A small, clean run as evidence, made by hand: three completed rides, one declined payment, one rider where no driver is.
// Tests break one thing in it, and add rides with more of a story: rejected(), rejected_and_nobody(), rider_cancels(), pays_too_late(), shorter(), asks_first(),
// steals().
#pragma once

#include <algorithm>
#include <string>

#include "audit.hpp"

namespace city {

class SyntheticRun {
 public:
  Evidence evidence;

  SyntheticRun() {
    evidence.city.head.run = "t";
    for (const char* n : {"1", "2", "3"}) completed(n);
    declined("4");
    nobody("5");
    for (const char* n : {"1", "2", "3"}) {
      evidence.city.positions[driver(n)] = {1'000, 3};
      evidence.driver_positions[driver(n)] = 1'000;
    }
  }

  static std::string booking(const std::string& n) { return "b-t-" + n; }
  static std::string driver(const std::string& n) { return "d-t-" + n; }
  static std::string rider(const std::string& n) { return "r-t-" + n; }
  static std::string id(const std::string& n, const std::string& type) { return type + "/" + n; }

  // The first driver rejects it (events "…#1"), the second drives.
  void rejected(const std::string& n) {
    begin(n);
    pay(n);
    give(n, driver(n + "a"), "DriverAssignmentRequested", "DriverAssigned#1");
    say(n, "DriverRejected", "DriverAssigned#1", "phone").driver_id = driver(n + "a");
    evidence.bookings[booking(n)].story.push_back("rejected");
    note("driver", driver(n + "a"), booking(n), "");
    say(n, "DriverAssignmentRequested#2", "DriverRejected");
    evidence.bookings[booking(n)].story.push_back("searching");
    give(n, driver(n), "DriverAssignmentRequested#2", "DriverAssigned");
    drive(n);
  }
  // The first driver rejects it, and nobody else is found in time. The rejection set the deadline and asked once more.
  void rejected_and_nobody(const std::string& n) {
    begin(n);
    pay(n);
    give(n, driver(n + "a"), "DriverAssignmentRequested", "DriverAssigned");
    say(n, "DriverRejected", "DriverAssigned", "phone").driver_id = driver(n + "a");
    evidence.bookings[booking(n)].story.push_back("rejected");
    note("driver", driver(n + "a"), booking(n), "");
    say(n, "DriverAssignmentRequested#2", "DriverRejected");
    evidence.bookings[booking(n)].story.push_back("searching");
    say(n, "DriverNotFound", "DriverRejected").timeout = true;
    evidence.bookings[booking(n)].story.push_back("no_driver");
    refund(n, "DriverNotFound");
    cancel(n, "DriverNotFound");
  }
  // When he has been given a driver, or when the trip is over.
  void rider_cancels(const std::string& n, bool after_the_trip) {
    begin(n);
    pay(n);
    give(n, driver(n), "DriverAssignmentRequested", "DriverAssigned");
    if (after_the_trip) drive(n);
    evidence.city.sent[id(n, "BookingCanceled")] = booking(n);
    cancel(n, "");
    if (!after_the_trip) note("driver", driver(n), booking(n), "");
    refund(n, "BookingCanceled");
  }
  // The trip costs less than was captured.
  void shorter(const std::string& n) {
    begin(n);
    pay(n);
    give(n, driver(n), "DriverAssignmentRequested", "DriverAssigned");
    drive(n, 400);
    refund(n, "PricingPriceUpdated/final", 600);
  }
  // Orders at the price that he was told: 5 km at the usual level.
  void asks_first(const std::string& n) {
    evidence.city.asked[booking(n)] = {.booking_id = booking(n), .rider_id = {}, .region_id = {}, .currency = {}, .lat = 0, .lon = 0, .to_lat = 650.0 / 190 / 111.32};
    say(n, "PricingRequested", "");
    auto& quote = say(n, "PricingPriceUpdated/quote", "PricingRequested");
    quote.stage = "quote";
    quote.amount_minor = 1'000;
    completed(n);
  }
  // With a stolen card.
  void steals(const std::string& n) {
    begin(n, 60'000, "denied");
    say(n, "PaymentFailed", "FraudCheckCompleted");
    status(n, "payment_failed");
    cancel(n, "PaymentFailed");
  }
  // The deadline speaks first, then the answer comes: the money goes back.
  void pays_too_late(const std::string& n) {
    begin(n);
    say(n, "PaymentFailed", "BookingCreated").timeout = true;  // which set the deadline
    status(n, "payment_failed");
    cancel(n, "PaymentFailed");
    evidence.gateway.push_back({"charge", "key-" + n, "p-" + n, booking(n), "USD", 1'000, "captured", 0});
    say(n, "PaymentSucceeded", "FraudCheckCompleted");
    evidence.bookings[booking(n)].captured_minor = 1'000;
    evidence.bookings[booking(n)].story.push_back("paid");
    refund(n, "PaymentSucceeded");
  }

  Seen& event(const std::string& n, const std::string& type) {
    return *std::find_if(evidence.events.begin(), evidence.events.end(), [&](const Seen& seen) { return seen.id == id(n, type); });
  }
  // The event disappears from its topic; whoever said it still did.
  void lose(const std::string& n, const std::string& type) { std::erase_if(evidence.events, [&](const Seen& seen) { return seen.id == id(n, type); }); }
  // A second event of this type with another id, committed like the first.
  void twice(const std::string& n, const std::string& type) {
    auto copy = event(n, type);
    copy.id += "#2";
    copy.offset = ++offset_;
    copy.told_ms = ++time_;
    if (evidence.outbox.contains(id(n, type))) evidence.outbox[copy.id] = type;
    else evidence.city.sent[copy.id] = copy.booking_id;
    evidence.events.push_back(copy);
  }
  void swap_offsets(const std::string& n, const std::string& one, const std::string& other) { std::swap(event(n, one).offset, event(n, other).offset); }
  Change& change(const std::string& what, const std::string& key, const std::string& is) {
    return *std::find_if(evidence.trail.begin(), evidence.trail.end(), [&](const Change& c) { return c.what == what && c.key == key && c.is == is; });
  }
  void note(const std::string& what, const std::string& key, const std::string& was, const std::string& is) {
    evidence.trail.push_back({static_cast<std::int64_t>(evidence.trail.size() + 1), what, key, was, is});
  }

 private:
  // "Type#2" is another event of that type; "Type/final" has a stage.
  Seen& say(const std::string& n, const std::string& name, const std::string& cause, const std::string& by = "runtime") {
    const auto type = name.substr(0, name.find_first_of("#/"));
    const bool payments = type.starts_with("Payment");
    Seen seen;
    seen.topic = payments ? "payments.status" : type.starts_with("Pricing") ? "pricing.events" : type.starts_with("Fraud") ? "fraud.events"
               : type.starts_with("Notification") ? "notification.events" : "booking.events";
    seen.partition = seen.topic == "booking.events" ? 7 : 2;
    seen.offset = ++offset_;
    seen.told_ms = ++time_;
    seen.id = id(n, name);
    seen.type = type;
    seen.booking_id = seen.correlation = booking(n);
    if (!cause.empty()) seen.causation = id(n, cause);
    if (payments) seen.amount_minor = 1'000;
    seen.content = static_cast<std::uint64_t>(seen.offset);
    evidence.events.push_back(seen);
    if (by == "phone") evidence.city.sent[seen.id] = booking(n);
    else evidence.outbox[seen.id] = type;
    return evidence.events.back();
  }
  void status(const std::string& n, const std::string& is) {
    auto& row = evidence.bookings[booking(n)];
    note("booking", booking(n), row.status, is);
    row.status = is;
    if (is != "created") row.story.push_back(is);
  }
  void begin(const std::string& n, std::int64_t amount = 1'000, const std::string& verdict = "approved") {
    evidence.city.ordered[booking(n)] = {booking(n), rider(n), "3776:-12243", "USD", 0, 0, amount, 0};
    evidence.city.confirmed.insert(booking(n));
    status(n, "created");
    say(n, "BookingCreated", "");
    say(n, "PaymentInitiated", "BookingCreated").amount_minor = amount;
    status(n, "paying");
    say(n, "FraudCheckRequested", "PaymentInitiated");
    say(n, "FraudCheckCompleted", "FraudCheckRequested").verdict = verdict;
  }
  void pay(const std::string& n) {
    evidence.gateway.push_back({"charge", "key-" + n, "p-" + n, booking(n), "USD", 1'000, "captured", 0});
    say(n, "PaymentSucceeded", "FraudCheckCompleted");
    evidence.bookings[booking(n)].captured_minor = 1'000;
    status(n, "paid");
    say(n, "DriverAssignmentRequested", "PaymentSucceeded");
    status(n, "searching");
  }
  void completed(const std::string& n) {
    begin(n);
    pay(n);
    give(n, driver(n), "DriverAssignmentRequested", "DriverAssigned");
    drive(n);
  }
  void give(const std::string& n, const std::string& who, const std::string& request, const std::string& name) {
    note("driver", who, "", booking(n));
    note("assignment", booking(n), "", who);
    evidence.assignments[booking(n)].insert(who);
    say(n, name, request).driver_id = who;
    if (evidence.bookings[booking(n)].status == "assigned") evidence.bookings[booking(n)].story.push_back("assigned");
    else status(n, "assigned");
    tell(n, name);
  }
  void drive(const std::string& n, std::int64_t fare = 1'000) {
    say(n, "DriverArrived", "DriverAssigned", "phone");
    status(n, "arrived");
    say(n, "BookingTripStarted", "DriverArrived", "phone");
    status(n, "started");
    say(n, "BookingTripCompleted", "BookingTripStarted", "phone").distance_m = (fare - 250) * 20 / 3;
    status(n, "completed");
    tell(n, "BookingTripCompleted");
    auto& price = say(n, "PricingPriceUpdated/final", "BookingTripCompleted");
    price.stage = "final";
    price.amount_minor = fare;
    note("driver", driver(n), booking(n), "");
  }
  void cancel(const std::string& n, const std::string& cause) {
    evidence.cancel_marks.insert(booking(n));
    say(n, "BookingCanceled", cause);
    status(n, "canceled");
    tell(n, "BookingCanceled");
  }
  void declined(const std::string& n) {
    begin(n);
    evidence.gateway.push_back({"charge", "key-" + n, "p-" + n, booking(n), "USD", 1'000, "declined", 0});
    say(n, "PaymentFailed", "FraudCheckCompleted");
    status(n, "payment_failed");
    cancel(n, "PaymentFailed");
  }
  void nobody(const std::string& n) {
    begin(n);
    pay(n);
    say(n, "DriverNotFound", "DriverAssignmentRequested");
    status(n, "no_driver");
    refund(n, "DriverNotFound");
    cancel(n, "DriverNotFound");
  }
  void refund(const std::string& n, const std::string& cause, std::int64_t amount = 1'000) {
    say(n, "PaymentRefunded", cause).amount_minor = amount;
    evidence.gateway.push_back({"refund", "refund-" + n, "p-" + n, booking(n), "USD", amount, "refunded", 0});
    evidence.bookings[booking(n)].refunded_minor = amount;
    evidence.bookings[booking(n)].story.push_back("refunded");
    tell(n, "PaymentRefunded");
  }
  // The rider, of this event.
  void tell(const std::string& n, const std::string& name) {
    const auto message = id(n, name) + "/rider";
    const auto about = name.substr(0, name.find('#'));
    for (const auto* type : {"NotificationRequested", "NotificationSent"}) {
      auto& one = say(n, type + ("#" + name), type == std::string("NotificationSent") ? "NotificationRequested#" + name : name);
      one.message_id = message;
      one.user_id = rider(n);
      if (type == std::string("NotificationRequested")) one.about = about;
    }
    evidence.gateway.push_back({"message", "key-" + message, "", booking(n), "", 0, "sent", 0, message, rider(n)});
  }

  std::int64_t offset_ = 0, time_ = 0;
};

}  // namespace city
