// What the audit must see: each test breaks one thing in a clean run and expects it to be named, at the booking it happened to.
#include "audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "synthetic_run.hpp"

namespace city {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

auto Names(const std::string& check, const std::string& who, const std::string& what) {
  return Contains(AllOf(Field("check", &Finding::check, check), Field("who", &Finding::who, who), Field("what", &Finding::what, HasSubstr(what))));
}
std::string b(const std::string& n) { return SyntheticRun::booking(n); }
std::string d(const std::string& n) { return SyntheticRun::driver(n); }

class Audit : public ::testing::Test {
 protected:
  std::vector<Finding> findings() { return audit(run.evidence).findings; }
  SyntheticRun run;
};

TEST_F(Audit, ACleanRunHasNoFindingsAndItsMoneyIsCounted) {
  const auto verdict = audit(run.evidence);
  EXPECT_THAT(verdict.findings, IsEmpty()) << verdict.findings.front().check << " " << verdict.findings.front().who << " " << verdict.findings.front().what;
  EXPECT_EQ(verdict.bookings, 5);
  EXPECT_EQ(verdict.completed, 3);
  EXPECT_EQ(verdict.canceled, 2);
  EXPECT_EQ(verdict.captured_minor, 4'000);
  EXPECT_EQ(verdict.refunded_minor, 1'000);
  EXPECT_EQ(verdict.kept_minor, 3'000);
}

TEST_F(Audit, AResentEventIsNoFinding) {
  auto copy = run.event("1", "DriverAssigned");
  copy.offset = 900;
  run.evidence.events.push_back(copy);
  const auto verdict = audit(run.evidence);
  EXPECT_TRUE(verdict.clean());
  EXPECT_EQ(verdict.resends, 1);
}

TEST_F(Audit, AnUnconfirmedOrderThatLeftNoTraceIsNoFinding) {
  run.evidence.city.ordered["b-t-9"] = {"b-t-9", "r", "1:1", "USD", 0, 0, 700, 0};
  EXPECT_TRUE(audit(run.evidence).clean());
}

// --- rides with more of a story ---

TEST_F(Audit, ARideThatTheSecondDriverTakesIsNoFinding) {
  run.rejected("6");
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Audit, ARiderMayCancelAtAnyMoment) {
  run.rider_cancels("6", false);
  run.rider_cancels("7", true);
  const auto verdict = audit(run.evidence);
  EXPECT_THAT(verdict.findings, IsEmpty());
  EXPECT_EQ(verdict.canceled, 4);
  EXPECT_EQ(verdict.refunded_minor, 3'000);
}

TEST_F(Audit, AnAnswerAfterItsDeadlineIsNoFindingAsLongAsTheMoneyGoesBack) {
  run.pays_too_late("6");
  EXPECT_THAT(findings(), IsEmpty());
  run.lose("6", "PaymentRefunded");
  EXPECT_THAT(findings(), Names("ended", b("6"), "not given back"));
}

TEST_F(Audit, ADeadlineThatARejectionSetMaySpeakBesideTheRequestThatFollowedIt) {
  run.rejected_and_nobody("6");
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Audit, ARejectionAfterWhichNobodyWasAskedIsLost) {
  run.rejected("6");
  run.lose("6", "DriverAssignmentRequested#2");
  EXPECT_THAT(findings(), Names("lost", b("6"), "1 drivers rejected it, but there were 1 requests and 2 drivers"));
}

TEST_F(Audit, ASecondDriverWhomNobodyMadeRoomForIsNamed) {
  run.rejected("6");
  run.lose("6", "DriverRejected");
  EXPECT_THAT(findings(), AllOf(Names("doubled", b("6"), "DriverAssigned happened twice"), Names("drivers", b("6"), "was given to 2 drivers")));
}

TEST_F(Audit, ABookingThatWentBackToWhoRejectedItIsNamed) {
  run.rejected("6");
  run.event("6", "DriverAssigned").driver_id = d("6a");
  EXPECT_THAT(findings(), Names("drivers", b("6"), "was given a second time to d-t-6a"));
}

TEST_F(Audit, ABookingThatTwoDriversHadAtOnceIsNamed) {
  run.rejected("6");
  auto& trail = run.evidence.trail;
  const auto freed = std::find_if(trail.begin(), trail.end(), [](const Change& change) { return change.key == d("6a") && change.is.empty(); });
  std::rotate(freed, freed + 1, trail.end());
  EXPECT_THAT(findings(), Names("drivers", b("6"), "was given to d-t-6 while d-t-6a still had it"));
}

TEST_F(Audit, AnAssignmentThatHasItsEventButNotItsRowIsTornAlsoInTheSecondRound) {
  run.rejected("6");
  run.evidence.assignments[b("6")].erase(d("6"));
  EXPECT_THAT(findings(), AllOf(Names("torn", b("6"), "the assignment's row is not there"), Names("drivers", b("6"), "the event says d-t-6, the row says d-t-6a")));
}

TEST_F(Audit, ARowThatHeardOfOneOfTwoDriversIsNamed) {
  run.rejected("6");
  auto& story = run.evidence.bookings[b("6")].story;
  story.erase(std::find(story.begin(), story.end(), "assigned"));
  EXPECT_THAT(findings(), Names("lost", b("6"), "its row heard of DriverAssigned 1 of 2 times"));
}

TEST_F(Audit, ACancelThatNeitherTheRiderNorAnEventCausedIsNamed) {
  run.rider_cancels("6", false);
  run.evidence.city.sent.erase(SyntheticRun::id("6", "BookingCanceled"));
  EXPECT_THAT(findings(), Names("causes", b("6"), "BookingCanceled names the cause \"\", which does not exist"));
}

TEST_F(Audit, ACancelThatTheAppWasToldAndThatIsNotOnItsTopicIsLost) {
  run.rider_cancels("6", true);
  run.lose("6", "BookingCanceled");
  EXPECT_THAT(findings(), Names("lost", b("6"), "was acknowledged and is not there"));
}

// --- prices, fraud and messages ---

TEST_F(Audit, ATripThatCostsLessThanWasCapturedKeepsItsFareAlone) {
  run.shorter("6");
  const auto verdict = audit(run.evidence);
  EXPECT_THAT(verdict.findings, IsEmpty());
  EXPECT_EQ(verdict.kept_minor, 3'400);
  EXPECT_EQ(verdict.refunded_minor, 1'600);
}

TEST_F(Audit, AFareThatItsMeterDoesNotExplainIsNamed) {
  run.shorter("6");
  run.event("6", "PricingPriceUpdated/final").amount_minor = 500;
  EXPECT_THAT(findings(), Names("money", b("6"), "its final fare is 500, by its meter it costs 400"));
}

TEST_F(Audit, WhatWasCapturedBeyondTheFareAndNotGivenBackIsNamed) {
  run.shorter("6");
  std::erase_if(run.evidence.gateway, [](const Entry& entry) { return entry.kind == "refund" && entry.booking_id == b("6"); });
  EXPECT_THAT(findings(), AllOf(Names("money", b("6"), "captured 10.00 - refunded 0.00 - kept 4.00 = 6.00"), Names("money", b("6"), "the events tell of 6.00 refunded")));
}

TEST_F(Audit, ATripThatWasNeverSettledIsLost) {
  run.lose("1", "PricingPriceUpdated/final");
  EXPECT_THAT(findings(), Names("lost", b("1"), "BookingTripCompleted was never followed by PricingPriceUpdated/final"));
}

TEST_F(Audit, ARideAtTheQuotedPriceIsNoFinding) {
  run.asks_first("6");
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Audit, AQuestionWithoutAnAnswerIsLost) {
  run.asks_first("6");
  run.lose("6", "PricingPriceUpdated/quote");
  EXPECT_THAT(findings(), Names("lost", b("6"), "PricingRequested was never followed by a quote"));
  run.lose("6", "PricingRequested");
  EXPECT_THAT(findings(), Names("lost", b("6"), "PricingRequested never reached its topic"));
}

TEST_F(Audit, AQuoteThatNoPriceLevelExplainsIsNamedAndSoIsAnOrderAtAnotherPrice) {
  run.asks_first("6");
  run.event("6", "PricingPriceUpdated/quote").amount_minor = 1'100;
  EXPECT_THAT(findings(), AllOf(Names("money", b("6"), "was quoted 1100"), Names("money", b("6"), "was ordered for 1000 and quoted 1100")));
}

TEST_F(Audit, APaymentThatWasDeniedIsCanceledAndNeverCharged) {
  run.steals("6");
  EXPECT_THAT(findings(), IsEmpty());
  run.evidence.gateway.push_back({"charge", "key-6", "p-6", b("6"), "USD", 60'000, "captured", 0});
  EXPECT_THAT(findings(), Names("money", b("6"), "captured 600.00 - refunded 0.00 - kept 0.00"));
}

TEST_F(Audit, AVerdictThatTheRulesDoNotExplainIsNamed) {
  run.steals("6");
  run.event("6", "FraudCheckCompleted").verdict = "approved";
  run.event("1", "FraudCheckCompleted").verdict = "denied";
  EXPECT_THAT(findings(), AllOf(Names("money", b("6"), "costs 60000 and was judged \"approved\""), Names("money", b("1"), "costs 1000 and was judged \"denied\""),
                                Names("money", b("1"), "was denied and paid")));
}

TEST_F(Audit, APaymentThatNobodyJudgedIsNamed) {
  run.lose("1", "FraudCheckCompleted");
  EXPECT_THAT(findings(), AllOf(Names("lost", b("1"), "FraudCheckRequested was never followed by FraudCheckCompleted"), Names("lost", b("1"), "nobody had judged the payment")));
}

TEST_F(Audit, ARiderWhoWasNotToldIsNamed) {
  run.lose("1", "NotificationRequested#DriverAssigned");
  run.lose("2", "NotificationSent#DriverAssigned");
  std::erase_if(run.evidence.gateway, [](const Entry& entry) { return entry.kind == "message" && entry.booking_id == b("3"); });
  EXPECT_THAT(findings(), AllOf(Names("lost", b("1"), "DriverAssigned happened 1 times, its rider was told 0 times"), Names("lost", b("2"), "was followed by NotificationSent 0 times"),
                                Names("lost", b("3"), "was never brought to anybody"), Names("torn", "DriverAssigned/1/rider", "nobody had asked for it")));
}

TEST_F(Audit, ARiderWhoWasToldTwiceIsNamed) {
  run.twice("1", "NotificationRequested#DriverAssigned");
  run.evidence.gateway.push_back({"message", "another key", "", b("2"), "", 0, "sent", 0, "DriverAssigned/2/rider", SyntheticRun::rider("2")});
  EXPECT_THAT(findings(), AllOf(Names("doubled", b("1"), "DriverAssigned happened 1 times, its rider was told 2 times"), Names("doubled", b("2"), "was brought 2 times")));
}

TEST_F(Audit, AStrangerWhoWasToldIsNamed) {
  run.event("1", "NotificationRequested#BookingTripCompleted").user_id = "r-t-2";
  EXPECT_THAT(findings(), Names("torn", b("1"), "r-t-2 was told of a ride that is not his"));
}

TEST_F(Audit, PoisonMustEndAsADeadLetter) {
  run.evidence.city.poison = {"poison-1", "poison-2"};
  run.evidence.dead = {"poison-1"};
  EXPECT_THAT(findings(), Names("lost", "poison-2", "it is no dead letter"));
  run.evidence.dead.insert("poison-2");
  EXPECT_THAT(findings(), IsEmpty());
}

// --- ended, lost ---

TEST_F(Audit, ABookingThatDidNotEndIsNamedWithTheLastThatWasHeardOfIt) {
  for (const auto* type : {"BookingTripCompleted", "PricingPriceUpdated/final", "NotificationRequested#BookingTripCompleted", "NotificationSent#BookingTripCompleted"})
    run.lose("2", type);
  EXPECT_THAT(findings(), Names("ended", b("2"), "BookingTripStarted"));
}

TEST_F(Audit, ACanceledBookingWithoutItsMoneyBackDidNotEnd) {
  run.lose("5", "PaymentRefunded");
  EXPECT_THAT(findings(), AllOf(Names("ended", b("5"), "not given back"), Names("lost", b("5"), "DriverNotFound was never followed by PaymentRefunded")));
}

TEST_F(Audit, ALostStepIsNamedWithTheEventThatItShouldHaveFollowed) {
  for (const auto* type : {"PaymentSucceeded", "DriverAssignmentRequested", "DriverAssigned", "DriverArrived", "BookingTripStarted", "BookingTripCompleted"}) run.lose("1", type);
  EXPECT_THAT(findings(), Names("lost", b("1"), "FraudCheckCompleted was never followed by PaymentSucceeded or PaymentFailed"));
}

TEST_F(Audit, AConfirmedOrderWithoutBookingCreatedIsLost) {
  run.lose("3", "BookingCreated");
  EXPECT_THAT(findings(), Names("lost", b("3"), "BookingCreated never reached its topic"));
}

TEST_F(Audit, AConfirmedOrderThatIsGoneAltogetherIsLost) {
  run.evidence.city.ordered["b-t-9"] = {"b-t-9", "r", "1:1", "USD", 0, 0, 700, 0};
  run.evidence.city.confirmed.insert("b-t-9");
  EXPECT_THAT(findings(), Names("lost", "b-t-9", "confirmed and is gone"));
}

TEST_F(Audit, AnOutboxRowThatTheRelayNeverSentIsLost) {
  run.evidence.outbox["row-17"] = "PaymentRefunded";
  EXPECT_THAT(findings(), Names("lost", "row-17", "never reached its topic"));
}

TEST_F(Audit, AStatusThatWasToldButNotAppliedIsLost) {
  run.evidence.bookings[b("1")].status = "started";
  EXPECT_THAT(findings(), Names("lost", b("1"), "the topics say completed, the row says started"));
}

TEST_F(Audit, AStepThatARowNeverHeardOfIsLost) {
  std::erase(run.evidence.bookings[b("1")].story, "arrived");
  EXPECT_THAT(findings(), Names("lost", b("1"), "its row never heard of DriverArrived"));
}

TEST_F(Audit, ALastPositionThatWasNotAppliedIsLost) {
  run.evidence.driver_positions[d("2")] = 900;
  EXPECT_THAT(findings(), Names("lost", d("2"), "its last position"));
}

// --- doubled ---

TEST_F(Audit, ADoubledChargeIsNamedWithBothKeysAndTheMoneyDoesNotBalance) {
  run.evidence.gateway.push_back({"charge", "key-1-again", "p-1", b("1"), "USD", 1'000, "captured", 0});
  EXPECT_THAT(findings(), AllOf(Names("doubled", b("1"), "under the keys key-1 and key-1-again"), Names("money", b("1"), "captured 20.00 - refunded 0.00 - kept 10.00 = 10.00")));
}

class DoubledEvent : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(DoubledEvent, IsNamed) {
  const auto [booking, type] = GetParam();
  SyntheticRun run;
  run.twice(booking, type);
  EXPECT_THAT(audit(run.evidence).findings, Names("doubled", b(booking), std::string(type) + " happened twice"));
}
INSTANTIATE_TEST_SUITE_P(OfEveryKind, DoubledEvent,
                         ::testing::Values(std::pair{"1", "PaymentInitiated"}, std::pair{"1", "PaymentSucceeded"}, std::pair{"1", "DriverAssignmentRequested"},
                                           std::pair{"1", "DriverAssigned"}, std::pair{"1", "BookingTripCompleted"}, std::pair{"4", "PaymentFailed"},
                                           std::pair{"4", "BookingCanceled"}, std::pair{"5", "PaymentRefunded"}, std::pair{"5", "DriverNotFound"}));

TEST_F(Audit, TwoAnswersToOneQuestionAreDoubled) {
  auto other = run.event("1", "DriverAssigned");
  other.id = SyntheticRun::id("1", "DriverNotFound");
  other.type = "DriverNotFound";
  other.offset = 950;
  run.evidence.events.push_back(other);
  run.evidence.outbox[other.id] = other.type;
  EXPECT_THAT(findings(), Names("doubled", b("1"), "followed by both DriverAssigned and DriverNotFound"));
}

TEST_F(Audit, OneIdWithTwoContentsIsNamed) {
  auto copy = run.event("1", "PaymentSucceeded");
  copy.offset = 901;
  copy.content = 12345;
  run.evidence.events.push_back(copy);
  EXPECT_THAT(findings(), Names("doubled", b("1"), "two events with other contents share the id"));
}

TEST_F(Audit, ASumAppliedTwiceIsDoubled) {
  run.evidence.bookings[b("1")].captured_minor = 2'000;
  EXPECT_THAT(findings(), Names("doubled", b("1"), "captured_minor is 2000, the events sum up to 1000"));
}

TEST_F(Audit, MoneyGivenBackTwiceIsNamed) {
  run.evidence.gateway.push_back({"refund", "refund-5-again", "p-5", b("5"), "USD", 1'000, "refunded", 0});
  EXPECT_THAT(findings(), AllOf(Names("doubled", b("5"), "got its money back 2 times"), Names("money", b("5"), "= -10.00")));
}

TEST_F(Audit, APositionAppliedTwiceIsDoubled) {
  run.note("position", d("1"), "2026-01-01 00:00:01+00", "2026-01-01 00:00:01+00");
  EXPECT_THAT(findings(), Names("doubled", d("1"), "applied twice"));
}

// --- order ---

TEST_F(Audit, AStoryOutOfOrderOnItsTopicIsNamed) {
  run.swap_offsets("1", "DriverAssigned", "BookingTripCompleted");
  EXPECT_THAT(findings(), Names("order", b("1"), "came before DriverAssigned"));
}

TEST_F(Audit, AnEventBeforeItsCauseIsNamed) {
  run.swap_offsets("5", "DriverNotFound", "BookingCanceled");
  EXPECT_THAT(findings(), Names("order", b("5"), "BookingCanceled lies before its cause DriverNotFound"));
}

TEST_F(Audit, AStoryInTwoPartitionsIsNamed) {
  run.event("2", "DriverAssigned").partition = 8;
  EXPECT_THAT(findings(), Names("order", b("2"), "another partition"));
}

TEST_F(Audit, AStatusThatWentBackIsNamed) {
  run.note("booking", b("1"), "completed", "started");
  EXPECT_THAT(findings(), Names("order", b("1"), "went back from completed to started"));
}

TEST_F(Audit, ARowThatHeardOfALaterStepFirstIsNamed) {
  run.evidence.bookings[b("1")].story = {"paying", "paid", "searching", "assigned", "started", "arrived", "completed"};
  EXPECT_THAT(findings(), Names("order", b("1"), "heard of started before arrived"));
}

TEST_F(Audit, ARowThatHeardOfOneStepTwiceIsNamed) {
  run.evidence.bookings[b("1")].story = {"paying", "paid", "paid", "searching", "assigned", "arrived", "started", "completed"};
  EXPECT_THAT(findings(), Names("doubled", b("1"), "heard of paid twice"));
}

TEST_F(Audit, StepsOfOtherPartitionsMayComeInAnyOrder) {
  run.evidence.bookings[b("1")].story = {"searching", "assigned", "paying", "arrived", "paid", "started", "completed"};
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Audit, APositionThatWentBackIsNamed) {
  run.note("position", d("1"), "2026-01-01 00:00:02+00", "2026-01-01 00:00:01+00");
  EXPECT_THAT(findings(), Names("order", d("1"), "its position went back"));
}

// --- money ---

TEST_F(Audit, MoneyThatWasToldButNeverGivenBackIsNamed) {
  std::erase_if(run.evidence.gateway, [](const Entry& entry) { return entry.kind == "refund"; });
  EXPECT_THAT(findings(), Names("money", b("5"), "captured 10.00 - refunded 0.00 - kept 0.00 = 10.00"));
}

TEST_F(Audit, AFareThatIsNotTheOrderedOneIsNamed) {
  run.event("1", "PaymentInitiated").amount_minor = 900;
  EXPECT_THAT(findings(), Names("money", b("1"), "PaymentInitiated is about 9.00, the rider was told 10.00"));
}

TEST_F(Audit, APaymentThatFailedAfterTheMoneyWasTakenIsNamed) {
  auto& gateway = run.evidence.gateway;
  std::find_if(gateway.begin(), gateway.end(), [](const Entry& entry) { return entry.status == "declined"; })->status = "captured";
  EXPECT_THAT(findings(), Names("money", b("4"), "PaymentFailed, but the gateway captured 10.00"));
}

// --- drivers ---

TEST_F(Audit, ADriverGivenTwoBookingsAtOnceIsNamed) {
  run.note("driver", d("1"), "", b("1"));
  run.note("driver", d("1"), b("1"), b("2"));
  EXPECT_THAT(findings(), AllOf(Names("drivers", d("1"), "was given to b-t-2 while still with b-t-1"), Names("drivers", b("2"), "was given to 2 drivers")));
}

TEST_F(Audit, OverlappingRidesOfOneDriverOnTheTopicsAreNamed) {
  run.event("2", "DriverAssigned").driver_id = d("1");
  run.event("2", "DriverAssigned").told_ms = run.event("1", "DriverArrived").told_ms;
  EXPECT_THAT(findings(), Names("drivers", d("1"), "got b-t-2 before b-t-1 was over"));
}

TEST_F(Audit, ADriverMayBeFreedAndGivenAwayInOneAndTheSameMillisecond) {
  run.rider_cancels("9", false);  // sorts behind ride 1, and was given the same driver before it, by the same transaction
  run.event("9", "DriverAssigned").driver_id = d("1");
  run.event("9", "DriverAssigned").told_ms = run.event("1", "DriverAssigned").told_ms;
  run.event("9", "BookingCanceled").told_ms = run.event("1", "DriverAssigned").told_ms - 1;
  run.evidence.assignments[b("9")] = {d("1")};
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Audit, ADriverWhoWasNeverFreedIsNamed) {
  run.evidence.drivers_not_free[d("3")] = b("3");
  EXPECT_THAT(findings(), Names("drivers", d("3"), "never freed"));
}

// --- causes ---

TEST_F(Audit, ACauseThatDoesNotExistIsNamed) {
  run.event("1", "PaymentInitiated").causation = "never-happened";
  EXPECT_THAT(findings(), Names("causes", b("1"), "names the cause \"never-happened\""));
}

TEST_F(Audit, AMadeUpCauseOfATimeoutIsNamed) {
  run.pays_too_late("6");
  run.event("6", "PaymentFailed").causation = "a-timer";
  EXPECT_THAT(findings(), Names("causes", b("6"), "PaymentFailed names the cause \"a-timer\", which does not exist"));
}

TEST_F(Audit, ABookingNobodyOrderedIsNamed) {
  run.evidence.city.ordered.erase(b("1"));
  EXPECT_THAT(findings(), Names("causes", b("1"), "nobody ordered"));
}

// --- torn ---

TEST_F(Audit, AnEventWithoutItsRowIsTorn) {
  run.evidence.assignments.erase(b("1"));
  EXPECT_THAT(findings(), Names("torn", b("1"), "DriverAssigned is on its topic, the assignment's row is not there"));
}

TEST_F(Audit, ARowWithoutItsEventIsTorn) {
  run.lose("1", "DriverAssigned");
  EXPECT_THAT(findings(), Names("torn", b("1"), "the assignment's row is there, DriverAssigned is not"));
}

TEST_F(Audit, AnOrderOfWhichOnlyTheRowExistsIsTorn) {
  run.evidence.city.confirmed.erase(b("1"));
  std::erase_if(run.evidence.events, [](const Seen& seen) { return seen.booking_id == b("1"); });
  EXPECT_THAT(findings(), Names("torn", b("1"), "the business row is there, BookingCreated is not"));
}

TEST_F(Audit, AnEventThatNoCommittedTransactionToldIsTorn) {
  run.evidence.outbox.erase(SyntheticRun::id("1", "PaymentInitiated"));
  EXPECT_THAT(findings(), Names("torn", b("1"), "nothing that was committed says so"));
}

TEST_F(Audit, ARowThatHeardOfWhatIsNotOnItsTopicIsTorn) {
  run.evidence.bookings[b("1")].story.push_back("refunded");
  EXPECT_THAT(findings(), Names("torn", b("1"), "its row has heard of PaymentRefunded"));
}

TEST_F(Audit, ACancelMarkWithoutTheCancelIsTorn) {
  run.evidence.cancel_marks.insert(b("2"));
  EXPECT_THAT(findings(), Names("torn", b("2"), "the cancel's mark is there"));
}

// --- what is left ---

TEST_F(Audit, ABookingBothCompletedAndCanceledIsNamed) {
  auto canceled = run.event("4", "BookingCanceled");
  canceled.id = "canceled-too";
  canceled.booking_id = canceled.correlation = b("1");
  canceled.causation = SyntheticRun::id("1", "PaymentSucceeded");
  run.evidence.events.push_back(canceled);
  EXPECT_THAT(findings(), Names("ended", b("1"), "completed and canceled both"));
}

TEST_F(Audit, APhonesEventThatIsNotOnItsTopicIsLost) {
  run.evidence.city.sent["arrived-77"] = b("1");
  EXPECT_THAT(findings(), Names("lost", b("1"), "a phone's event arrived-77"));
}

TEST_F(Audit, ADriverOfWhomNoPositionWasAppliedIsNamed) {
  run.evidence.driver_positions.erase(d("2"));
  EXPECT_THAT(findings(), Names("lost", d("2"), "none of its 3 positions"));
}

TEST_F(Audit, AnEventOfOneRideThatCarriesAnothersCorrelationIsNamed) {
  run.event("1", "PaymentInitiated").correlation = b("2");
  EXPECT_THAT(findings(), Names("causes", b("1"), "carries correlationid \"b-t-2\""));
}

TEST_F(Audit, ACauseInAnotherRideIsNamed) {
  run.event("1", "PaymentInitiated").causation = SyntheticRun::id("2", "BookingCreated");
  EXPECT_THAT(findings(), Names("causes", b("1"), "was caused by an event of b-t-2"));
}

TEST_F(Audit, BookingCreatedWithoutItsBusinessRowIsTorn) {
  run.evidence.bookings.erase(b("1"));
  EXPECT_THAT(findings(), Names("torn", b("1"), "the business row is not there"));
}

TEST_F(Audit, ARowThatEndedWithoutAnEventIsTorn) {
  run.lose("1", "BookingTripCompleted");
  EXPECT_THAT(findings(), Names("torn", b("1"), "the row says completed, the topics do not"));
}

TEST_F(Audit, AStatusThatDoesNotFollowFromTheOneBeforeIsNamed) {
  run.change("booking", b("1"), "paid").was = "created";
  EXPECT_THAT(findings(), Names("order", b("1"), "went on from \"created\", but stood at \"paying\""));
}

TEST_F(Audit, AStatusThatNobodyKnowsIsNamed) {
  run.note("booking", b("1"), "completed", "teleported");
  EXPECT_THAT(findings(), Names("order", b("1"), "a status that nobody knows, \"teleported\""));
}

TEST_F(Audit, PaymentSucceededWithoutAChargeIsNamed) {
  std::erase_if(run.evidence.gateway, [](const Entry& entry) { return entry.booking_id == b("1"); });
  EXPECT_THAT(findings(), Names("money", b("1"), "the gateway captured nothing"));
}

TEST_F(Audit, AnAssignmentThatChangedHandsIsNamed) {
  run.note("assignment", b("1"), d("1"), d("2"));
  EXPECT_THAT(findings(), Names("drivers", b("1"), "was taken from d-t-1 and given to d-t-2"));
}

TEST_F(Audit, ADriverWhoLetsGoOfABookingHeDoesNotCarryIsNamed) {
  run.note("driver", d("1"), b("3"), "");
  EXPECT_THAT(findings(), Names("drivers", d("1"), "let go of \"b-t-3\" while carrying \"\""));
}

TEST_F(Audit, AnAssignmentsRowThatNamesAnotherDriverThanItsEventIsNamed) {
  run.evidence.assignments[b("1")] = {d("2")};
  EXPECT_THAT(findings(), Names("drivers", b("1"), "the event says d-t-1, the row says d-t-2"));
}

}  // namespace
}  // namespace city
