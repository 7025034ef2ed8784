#include "postgres/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "event/envelope.hpp"
#include "postgres/trace_text.hpp"

namespace gofuture {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::int64_t kNoon = *parse_time_us("2025-11-22T12:00:01.204Z");

// One ride as the tables would tell it.
struct Ride {
  void event(const std::string& id, const std::string& type, const std::string& source, const std::string& cause, int after_ms) {
    TraceRows::Outbox row;
    row.id = id;
    row.type = type;
    row.topic = "booking.events";
    row.source = source;
    row.key = "3776:-12243";
    row.causation = cause;
    row.time_us = row.created_us = kNoon + after_ms * 1000;
    row.seq = ++seq;
    rows.outbox.push_back(row);
  }
  void done(const std::string& event, const std::string& function, int after_ms, int epoch = 1, int outcome = 0, int attempts = 1) {
    rows.inbox.push_back({event, function, epoch, outcome, attempts, 0, kNoon + after_ms * 1000});
  }
  Trace trace() const { return build_trace("b-7f3a", rows); }
  TraceRows rows;
  std::int64_t seq = 0;
};

Ride canceled_ride() {
  Ride ride;
  ride.event("e1", "BookingCreated", "riders-app", "", 0);
  ride.done("e1", "start_payment", 11, 3);
  ride.event("e2", "PaymentInitiated", "gofuture/start_payment", "e1", 10);
  ride.done("e2", "capture_payment", 262, 1, 0, 2);
  ride.event("e3", "PaymentSucceeded", "gofuture/capture_payment", "e2", 261);
  ride.done("e3", "request_driver", 300);
  ride.event("e4", "DriverNotFound", "gofuture/request_driver", "e3", 299);
  ride.done("e4", "refund_payment", 310);
  ride.done("e4", "cancel_booking", 320);
  ride.event("e5", "PaymentRefunded", "gofuture/refund_payment", "e4", 309);
  ride.event("e6", "BookingCanceled", "gofuture/cancel_booking", "e4", 319);
  return ride;
}

TEST(Trace, HangsEachEventUnderTheReactionThatEmittedIt) {
  const Trace trace = canceled_ride().trace();
  ASSERT_EQ(trace.roots.size(), 1u);
  EXPECT_EQ(trace.events, 6u);
  const TraceEvent& root = trace.roots[0];
  EXPECT_EQ(root.type, "BookingCreated");
  ASSERT_EQ(root.reactions.size(), 1u);
  EXPECT_EQ(root.reactions[0].function, "start_payment");
  EXPECT_EQ(root.reactions[0].epoch, 3);
  const TraceEvent& paid = root.reactions[0].emitted.at(0).reactions.at(0).emitted.at(0);
  EXPECT_EQ(paid.type, "PaymentSucceeded");
  const TraceEvent& not_found = paid.reactions.at(0).emitted.at(0);
  ASSERT_EQ(not_found.reactions.size(), 2u);
  EXPECT_EQ(not_found.reactions[0].function, "refund_payment") << "in the order of time";
  EXPECT_EQ(not_found.reactions[1].emitted.at(0).type, "BookingCanceled");
}

TEST(Trace, ReadsAsATreeWithTimes) {
  EXPECT_EQ(trace_text(canceled_ride().trace()),
            "b-7f3a  6 events  320 ms\n"
            "12:00:01.204  BookingCreated                    riders-app\n"
            "   +11 ms     └ start_payment v3   → PaymentInitiated\n"
            "  +262 ms       └ capture_payment v1   attempt 2   → PaymentSucceeded\n"
            "  +300 ms         └ request_driver v1   → DriverNotFound\n"
            "  +310 ms           ├ refund_payment v1   → PaymentRefunded\n"
            "  +320 ms           └ cancel_booking v1   → BookingCanceled\n");
}

TEST(Trace, ShowsACauseThatNoOutboxKnowsAsARootFromOutside) {
  Ride ride;
  ride.event("e1", "BookingCreated", "riders-app", "", 0);
  ride.done("p1", "booking_status", 5'000);
  ride.done("p1", "free_driver", 5'010);
  ride.event("e2", "DriverFreed", "gofuture/free_driver", "p1", 5'009);
  const Trace trace = ride.trace();
  ASSERT_EQ(trace.roots.size(), 2u);
  EXPECT_TRUE(trace.roots[1].outside);
  EXPECT_EQ(trace.roots[1].id, "p1");
  EXPECT_EQ(trace.roots[1].at_us, kNoon + 5'000'000);
  EXPECT_EQ(trace.roots[1].reactions.size(), 2u) << "also the one that emitted nothing";
  EXPECT_THAT(trace_text(trace), HasSubstr("from outside"));
}

TEST(Trace, TellsWhyAnEventIsDead) {
  Ride ride;
  ride.event("e1", "BookingCreated", "riders-app", "", 0);
  ride.done("e1", "start_payment", 20, 1, 2, 6);
  ride.rows.dead.push_back({"e1", "start_payment", "BookingCreated", "booking.events", "business", "card\nexpired", 6, 1, kNoon + 20'000});
  ride.rows.dead.push_back({"x9", "assign_driver", "DriverRejected", "booking.events", "corrupted", "no key", 1, 1, kNoon + 30'000});
  const Trace trace = ride.trace();
  EXPECT_EQ(trace.dead, 2u);
  ASSERT_EQ(trace.roots.size(), 2u) << "a dead letter of an event from outside is a root";
  EXPECT_EQ(trace.roots[1].type, "DriverRejected");
  const std::string text = trace_text(trace);
  EXPECT_THAT(text, HasSubstr("b-7f3a  2 events, 2 dead"));
  EXPECT_THAT(text, HasSubstr("start_payment v1   attempt 6   DEAD (business: card expired)"));
}

TEST(Trace, TellsWhatAnEventWaitsFor) {
  Ride ride;
  ride.event("e1", "BookingCreated", "riders-app", "", 0);
  ride.done("e1", "start_payment", 11);
  ride.event("e2", "PaymentInitiated", "gofuture/start_payment", "e1", 10);
  ride.done("e2", "capture_payment", 20, 1, 3);  // as it was parked first
  ride.done("e2", "booking_status", 21, 1, 3, 0);
  ride.rows.parked.push_back({"e2", "capture_payment", "PaymentInitiated", "payments.status", "transient", "gateway\n503", 2, kNoon + 900'000, kNoon + 20'000, false});
  ride.rows.parked.push_back({"e2", "booking_status", "PaymentInitiated", "payments.status", "", "", 0, 0, kNoon + 21'000, false});
  const Trace trace = ride.trace();
  EXPECT_EQ(trace.parked, 2u);
  EXPECT_EQ(trace.roots.at(0).reactions.at(0).emitted.at(0).reactions.at(0).attempts, 2) << "the parked row counts them";
  EXPECT_EQ(trace_text(trace),
            "b-7f3a  2 events, 2 parked  21 ms\n"
            "12:00:01.204  BookingCreated                    riders-app\n"
            "   +11 ms     └ start_payment v1   → PaymentInitiated\n"
            "   +20 ms       ├ capture_payment v1   parked after attempt 2 (transient: gateway 503), next attempt 12:00:02.104\n"
            "   +21 ms       └ booking_status v1   parked behind an earlier event of its key\n");
}

TEST(Trace, TellsThatADeadLetterHoldsItsKey) {
  Ride ride;
  ride.event("e1", "BookingCreated", "riders-app", "", 0);
  ride.done("e1", "start_payment", 20, 1, 2, 6);
  ride.rows.dead.push_back({"e1", "start_payment", "BookingCreated", "booking.events", "transient", "503", 6, 1, kNoon + 20'000});
  ride.rows.parked.push_back({"e1", "start_payment", "BookingCreated", "booking.events", "transient", "503", 6, 0, kNoon, true});
  EXPECT_EQ(ride.trace().parked, 0u) << "it waits for nobody: it is dead";
  EXPECT_THAT(trace_text(ride.trace()), HasSubstr("start_payment v1   attempt 6   DEAD (transient: 503)   its key is held"));
}

TEST(Trace, ShowsTimersWithTheReactionThatSetThem) {
  Ride ride;
  ride.event("e1", "PaymentInitiated", "gofuture/start_payment", "", 0);
  ride.done("e1", "payment_deadline", 11);
  ride.rows.timers.push_back({"e1", "payment_deadline", "b-7f3a", "answer", kNoon + 120'000'000, kNoon + 10'000});
  ride.rows.timers.push_back({"p1", "driver_deadline", "b-7f3a", "arrival", kNoon + 180'000'000, kNoon + 30'000});
  const Trace trace = ride.trace();
  EXPECT_EQ(trace.timers, 2u);
  ASSERT_EQ(trace.roots.size(), 2u) << "one was set by an event from outside";
  EXPECT_EQ(trace.roots[1].at_us, kNoon + 30'000);
  EXPECT_THAT(trace_text(trace), HasSubstr("b-7f3a  2 events, 2 timers set"));
  EXPECT_THAT(trace_text(trace), HasSubstr("payment_deadline v1   [timer answer due 12:02:01.204]"));
}

TEST(Trace, ShowsAnEventThatLeavesLater) {
  Ride ride;
  ride.event("e1", "BookingCreated", "riders-app", "", 0);
  ride.done("e1", "remind", 11);
  ride.event("e2", "NotificationRequested", "gofuture/remind", "e1", 60'000);
  ride.rows.outbox.back().due_us = kNoon + 60'000'000;
  EXPECT_THAT(trace_text(ride.trace()), HasSubstr("remind v1   → NotificationRequested (leaves 12:01:01.204)"));
  const auto json = boost::json::parse(trace_json(ride.trace()));
  EXPECT_EQ(json.at("roots").at(0).at("reactions").at(0).at("emitted").at(0).at("leaves"), "2025-11-22T12:01:01.204Z");
}

TEST(Trace, ShowsAParkedEventThatNothingElseTellsOf) {
  TraceRows rows;
  rows.parked.push_back({"p1", "track_drivers", "DriverLocationUpdated", "driver.location", "transient", "busy", 1, kNoon + 400'000, kNoon, false});
  const Trace trace = build_trace("d-1", rows);
  ASSERT_EQ(trace.roots.size(), 1u);
  EXPECT_EQ(trace.roots[0].type, "DriverLocationUpdated");
  EXPECT_EQ(trace.roots[0].reactions.at(0).outcome, "parked");
}

TEST(Trace, ShowsAnEmittingFunctionThatHasNoInboxRow) {
  Ride ride;
  ride.event("e1", "BookingCreated", "riders-app", "", 0);
  ride.event("e2", "Noticed", "gofuture/notice", "e1", 7);
  const Trace trace = ride.trace();
  ASSERT_EQ(trace.roots.at(0).reactions.size(), 1u);
  EXPECT_EQ(trace.roots[0].reactions[0].outcome, "");
  EXPECT_THAT(trace_text(trace), HasSubstr("+7 ms     └ notice   → Noticed"));
}

TEST(Trace, HasNoCircleWhateverTheCausationsSay) {
  Ride ride;
  ride.event("e1", "Chicken", "gofuture/egg", "e2", 0);
  ride.event("e2", "Egg", "gofuture/chicken", "e1", 1);
  ride.event("e3", "Own", "gofuture/own", "e3", 2);
  const Trace trace = ride.trace();
  EXPECT_EQ(trace.events, 3u);
  EXPECT_EQ(trace.roots.size(), 2u);
}

TEST(Trace, SurvivesAnEndlessChain) {
  Ride ride;
  ride.event("e0", "Step", "start", "", 0);
  for (int i = 1; i < 10'000; ++i) ride.event("e" + std::to_string(i), "Step", "gofuture/step", "e" + std::to_string(i - 1), i);
  EXPECT_EQ(ride.trace().events, 10'000u);
}

TEST(Trace, SaysThatNothingIsKnown) {
  EXPECT_THAT(trace_text(build_trace("b-none", {})), HasSubstr("b-none  nothing is known"));
}

TEST(Trace, DoesNotLetATerminalObeyItsContent) {
  Ride ride;
  ride.event("e1", "Booking\033[2JCreated", "riders\napp", "", 0);
  EXPECT_THAT(trace_text(ride.trace()), Not(HasSubstr("\033")));
}

TEST(Trace, IsOneLineOfJsonForPrograms) {
  const std::string text = trace_json(canceled_ride().trace());
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  const auto json = boost::json::parse(text);
  EXPECT_EQ(json.at("correlation_id"), "b-7f3a");
  EXPECT_EQ(json.at("events"), 6);
  const auto& reaction = json.at("roots").at(0).at("reactions").at(0);
  EXPECT_EQ(reaction.at("function"), "start_payment");
  EXPECT_EQ(reaction.at("done"), "2025-11-22T12:00:01.215Z");
  EXPECT_EQ(reaction.at("emitted").at(0).at("type"), "PaymentInitiated");
}

TEST(Trace, TellsProgramsWhatWaits) {
  Ride ride;
  ride.event("e1", "PaymentInitiated", "gofuture/start_payment", "", 0);
  ride.done("e1", "capture_payment", 20, 1, 3);
  ride.rows.parked.push_back({"e1", "capture_payment", "PaymentInitiated", "payments.status", "transient", "503", 2, kNoon + 900'000, kNoon, false});
  ride.rows.timers.push_back({"e1", "capture_payment", "b-7f3a", "answer", kNoon + 120'000'000, kNoon});
  ride.rows.calls.push_back({"e1", "capture_payment", "charge", "POST", "http://gateway/v1/charges", "", 503, kNoon, kNoon + 5'000});
  const auto json = boost::json::parse(trace_json(ride.trace()));
  EXPECT_EQ(json.at("parked"), 1);
  EXPECT_EQ(json.at("timers"), 1);
  const auto& reaction = json.at("roots").at(0).at("reactions").at(0);
  EXPECT_EQ(reaction.at("parked").at("attempts"), 2);
  EXPECT_EQ(reaction.at("parked").at("message"), "503");
  EXPECT_EQ(reaction.at("parked").at("held"), false);
  EXPECT_EQ(reaction.at("parked").at("next"), "2025-11-22T12:00:02.104Z");
  EXPECT_EQ(reaction.at("timers").at(0).at("name"), "answer");
  EXPECT_EQ(reaction.at("timers").at(0).at("due"), "2025-11-22T12:02:01.204Z");
  EXPECT_EQ(reaction.at("calls").at(0).at("status"), 503);
}

}  // namespace
}  // namespace gofuture
