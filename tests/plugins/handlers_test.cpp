// Running: batches go through a library and come back with an outcome for every event, whatever the library does.
#include "plugin/handlers.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "plugin/emission.hpp"
#include "plugins/world.hpp"

namespace gofuture {
namespace {

using plugin_world::batch;
using plugin_world::manifest;
using plugin_world::outcomes;
using plugin_world::World;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kBooking = R"({"booking_id": "b-1", "region_id": "r-7"})";

std::string script(const std::string& words) { return R"({"booking_id": "b-1", "do": ")" + words + "\"}"; }

class Twin : public ::testing::TestWithParam<const char*> {
 protected:
  std::string called(const std::string& library) { return library + GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(InCAndInCpp, Twin, ::testing::Values("", "_cpp"),
                         [](const auto& twin) { return *twin.param == '\0' ? "C" : "Cpp"; });

TEST_P(Twin, AFunctionHandlesABatchFromEndToEnd) {
  World world(called("identity"));
  const BatchPtr done = world.handle({{"r-7", kBooking}, {"r-8", kBooking}});
  EXPECT_THAT(outcomes(*done), Each(Outcome::kOk));
  ASSERT_THAT(done->emissions, SizeIs(2));
  const Emission& emitted = done->emissions[1];
  EXPECT_EQ(emitted.event, 1U);
  EXPECT_EQ(emitted.ordinal, 0U);
  EXPECT_EQ(emitted.type, "PaymentInitiated");
  EXPECT_EQ(emitted.topic, "payments.status");
  EXPECT_EQ(emitted.key, "b-1");      // from the data, as the catalogue says
  EXPECT_EQ(emitted.subject, "b-1");
  EXPECT_EQ(emitted.data, kBooking);
  EXPECT_EQ(emitted.id.version(), 7);
  EXPECT_EQ(emitted.id.unix_ms(), world.clock.unix_ms());
  EXPECT_EQ(emitted.time_ms, world.clock.unix_ms());
  EXPECT_EQ(emitted.traceparent.size(), 55U);
  EXPECT_NE(done->emissions[0].id, emitted.id);
  EXPECT_THAT(world.probe.sentences(), IsEmpty());
}

TEST_P(Twin, AnEventThatIsNeverFinishedComesAgainAndItsFollowersWait) {
  World world(called("never_finishes"));
  const BatchPtr done = world.handle({{"a", kBooking}, {"a", kBooking}, {"b", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kRetry, Outcome::kHeld, Outcome::kRetry));
  EXPECT_EQ(done->events[0]->message, "the function began event 1 before it finished event 0");
  EXPECT_EQ(done->events[2]->message, "the function returned without finishing event 2");
  EXPECT_THAT(world.probe.sentences(),
              ElementsAre("function_misbehaving: identity began event 1 before it finished event 0",
                          "function_misbehaving: identity returned without finishing event 2"));
}

TEST_P(Twin, AnEventThatIsFinishedTwiceComesAgainWithoutEffects) {
  World world(called("finishes_twice"));
  const BatchPtr done = world.handle({{"a", kBooking}, {"b", kBooking}});
  EXPECT_THAT(outcomes(*done), Each(Outcome::kRetry));
  EXPECT_EQ(done->events[0]->message, "the function finished this event twice");
  EXPECT_THAT(done->emissions, IsEmpty());
  EXPECT_THAT(world.probe.sentences(), Contains("function_misbehaving: identity finished event 0 twice"));
}

TEST_P(Twin, EventsThatWereLeftOutComeAgain) {
  World world(called("returns_early"));
  const BatchPtr done = world.handle({{"a", kBooking}, {"b", kBooking}, {"b", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kOk, Outcome::kRetry, Outcome::kHeld));
  EXPECT_EQ(done->events[1]->message, "the function did not begin this event");
}

TEST_P(Twin, AnEmissionOfAnUnknownTypeRejectsItsEventAndSaysWhereToDeclareIt) {
  World world(called("emits_unknown_type"));
  const BatchPtr done = world.handle({{"a", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kReject));
  EXPECT_EQ(done->events[0]->failure, FailureClass::kBusiness);
  EXPECT_EQ(done->events[0]->message,
            "emitted \"PaymentEaten\", which is not in [emits] of manifests/identity.toml; add it there or emit another type");
  EXPECT_THAT(done->emissions, IsEmpty());
}

TEST_P(Twin, AnEmissionThatIsNoJsonRejectsItsEvent) {
  World world(called("emits_bad_json"));
  const BatchPtr done = world.handle({{"a", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kReject));
  EXPECT_THAT(done->events[0]->message,
              HasSubstr("emitted PaymentInitiated that breaks its schema schemas/PaymentInitiated.json: "));
}

TEST_P(Twin, CallsFromAThreadOfItsOwnAreIgnoredAndLogged) {
  World world(called("calls_from_elsewhere"));
  const BatchPtr done = world.handle({{"a", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kOk));
  EXPECT_THAT(world.probe.sentences(),
              Contains("function_misbehaving: identity called finish() outside of handle() or from a thread of its own"));
}

TEST_P(Twin, OutcomesArriveWithTheirClassAndMessage) {
  World world(called("scripted"));
  const BatchPtr done = world.handle({{"a", script("skip")},
                                      {"b", script("retry")},
                                      {"c", script("reject")},
                                      {"d", script("later")},
                                      {"e", script("odd")},
                                      {"f", script("nothing")}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kSkip, Outcome::kRetry, Outcome::kReject, Outcome::kLater, Outcome::kRetry,
                                           Outcome::kOk));
  EXPECT_EQ(done->events[1]->failure, FailureClass::kTransient);
  EXPECT_EQ(done->events[1]->message, "busy");
  EXPECT_EQ(done->events[2]->failure, FailureClass::kBusiness);
  EXPECT_EQ(done->events[2]->message, "card ? expired");  // text that Postgres and Kafka headers take
  EXPECT_EQ(done->events[3]->failure, FailureClass::kDependency);
  EXPECT_EQ(done->events[4]->message, "the function finished with the unknown outcome 99");
}

TEST_P(Twin, EventsOfAKeySeeEachOthersStateAndAFailureTakesOnlyItsOwnBack) {
  World world(called("scripted"));
  BatchPtr given = batch(*world.made, {{"a", script("count")},
                                       {"a", script("count emit reject")},
                                       {"a", script("count skip")},
                                       {"a", script("count emit")},
                                       {"b", script("count erase")}});
  given->slots[0].row.state = given->slots[0].state = "x";
  given->slots[1].row.state = given->slots[1].state = "old";
  const BatchPtr done = world.handle(std::move(given));
  EXPECT_EQ(done->slots[0].state, "xxx");
  EXPECT_TRUE(done->slots[0].dirty);
  EXPECT_EQ(done->slots[1].state, std::nullopt);
  EXPECT_TRUE(done->slots[1].dirty);
  ASSERT_THAT(done->emissions, SizeIs(1));
  EXPECT_EQ(done->emissions[0].event, 3U);
}

TEST_P(Twin, AfterARetryTheKeyIsHeldAndItsStateIsAsBefore) {
  World world(called("scripted"));
  const BatchPtr done = world.handle({{"a", script("count retry")}, {"a", script("count")}, {"b", script("count")}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kRetry, Outcome::kHeld, Outcome::kOk));
  EXPECT_EQ(done->slots[0].state, std::nullopt);
  EXPECT_FALSE(done->slots[0].dirty);
  EXPECT_EQ(done->slots[1].state, "x");
}

TEST_P(Twin, TouchingAnotherEventOrBeginningAgainCostsTheOpenEventARetry) {
  World world(called("scripted"));
  const BatchPtr done =
      world.handle({{"a", script("other")}, {"b", script("count")}, {"c", script("begin-again")}, {"d", script("leave-out")}, {"e", script("-")}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kRetry, Outcome::kOk, Outcome::kRetry, Outcome::kRetry, Outcome::kOk));
  EXPECT_EQ(done->events[0]->message, "the function called set_state() for event 1, which is not open");
  EXPECT_EQ(done->events[2]->message, "the function began event 2 before it finished event 2");
  EXPECT_EQ(done->events[3]->message, "the function did not begin this event");
  EXPECT_EQ(done->slots[1].state, "x");
}

TEST_P(Twin, DecidedEventsAreNeverShownToTheFunction) {
  World world(called("scripted"));
  BatchPtr given = batch(*world.made, {{"a", script("count")}, {"a", script("count")}, {"b", script("count emit")}});
  given->events[0]->decided = true;
  given->events[0]->outcome = Outcome::kSkip;
  const BatchPtr done = world.handle(std::move(given));
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kSkip, Outcome::kOk, Outcome::kOk));
  EXPECT_EQ(done->slots[0].state, "x");
  EXPECT_EQ(done->emissions.at(0).event, 2U);  // the batch's number, not the one that the function saw
}

TEST_P(Twin, EmissionsNeedAKeyThatFitsTheTopicAndAreBoundInSizeAndHops) {
  World world(called("scripted"));
  BatchPtr given = batch(*world.made, {{"a", script("keyed")},
                                       {"b", script("blob")},
                                       {"c", script("no-key")},
                                       {"d", script("emit " + std::string(400, 'z'))},
                                       {"e", script("emit")}});
  given->events[4]->envelope.hops = 64;
  const BatchPtr done = world.handle(std::move(given));
  EXPECT_EQ(done->emissions.at(0).key, "chosen");
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kOk, Outcome::kReject, Outcome::kReject, Outcome::kReject, Outcome::kReject));
  EXPECT_EQ(done->events[1]->message,
            "emitted PaymentInitiated with a key that is not plain text; keys are UTF-8 without control characters");
  EXPECT_THAT(done->events[2]->message, HasSubstr("emitted PaymentInitiated without a key: "));
  EXPECT_THAT(done->events[2]->message, HasSubstr("; set it in the data or pass a key to emit()"));
  EXPECT_EQ(done->events[3]->message, "emitted PaymentInitiated with " + std::to_string(done->events[3]->envelope.data.size()) +
                                          " bytes of data, payments.status takes 400; send a reference instead of the content");
  EXPECT_EQ(done->events[4]->message,
            "emitted PaymentInitiated although this event has already come through 64 functions (hops = 64 in "
            "manifests/identity.toml); look for functions that trigger each other");
}

TEST_P(Twin, TimersAreNotedInOrderAndThoseOfAnEventThatDidNotEndOkAreNot) {
  World world(called("sets_timers"));
  const BatchPtr done = world.handle({{"a", script("in-a-minute")},
                                      {"b", script("in-a-minute retry")},
                                      {"c", script("in-a-minute unset")},
                                      {"d", script("unset reject")},
                                      {"a", script("unset skip")}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kOk, Outcome::kRetry, Outcome::kOk, Outcome::kReject, Outcome::kSkip));
  ASSERT_THAT(done->timers, SizeIs(3));
  EXPECT_EQ(done->timers[0].event, 0U);
  EXPECT_EQ(done->timers[0].name, "deadline");
  EXPECT_EQ(done->timers[0].due_ms, world.clock.unix_ms() + 60'000);
  EXPECT_EQ(done->timers[1].event, 2U);
  EXPECT_EQ(done->timers[1].due_ms, world.clock.unix_ms() + 60'000);
  EXPECT_EQ(done->timers[2].event, 2U);
  EXPECT_EQ(done->timers[2].due_ms, std::nullopt);
}

TEST_P(Twin, ATimerBelongsToTheBatchsNumberOfItsEventNotToTheOneThatTheFunctionSaw) {
  World world(called("sets_timers"));
  BatchPtr given = batch(*world.made, {{"a", script("-")}, {"b", script("in-a-minute")}});
  given->events[0]->decided = true;
  given->events[0]->outcome = Outcome::kSkip;
  EXPECT_EQ(world.handle(std::move(given))->timers.at(0).event, 1U);
}

TEST_P(Twin, ATimerThatCannotBeKeptRejectsItsEvent) {
  World world(called("sets_timers"));
  const BatchPtr done = world.handle({{"a", script("misnamed")}, {"b", script("never")}, {"c", script("other-timer")}, {"d", script("-")}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kReject, Outcome::kReject, Outcome::kRetry, Outcome::kOk));
  EXPECT_EQ(done->events[0]->message, "set or canceled a timer: \"at the deadline\" is no name for one: use 1 to 64 letters, digits, '_', "
                                      "'-' and '.'");
  EXPECT_EQ(done->events[1]->message,
            "set or canceled a timer: \"deadline\" for 9223372036854775807 ms after 1970, which is not between that year and 9999");
  EXPECT_EQ(done->events[2]->message, "the function called schedule() for event 3, which is not open");
  EXPECT_THAT(done->timers, IsEmpty());
}

TEST_P(Twin, TimersThatWereNotDescribedAreMisbehaviour) {
  World world(called("sets_timers_unasked"));
  const BatchPtr done = world.handle({{"a", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kRetry));
  EXPECT_THAT(done->timers, IsEmpty());
  EXPECT_EQ(done->events[0]->message, "the function sets timers, but describes itself as one that does not (uses_timers = 0)");
}

TEST_P(Twin, AnEmissionMayBeDelayedWhereSomebodyKeepsIt) {
  World world(called("scripted"));
  const BatchPtr done = world.handle({{"a", script("delayed")}, {"b", script("early")}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kOk, Outcome::kReject));
  EXPECT_EQ(done->emissions.at(0).delay_ms, 1500);
  EXPECT_EQ(done->events[1]->message,
            "emitted PaymentInitiated with a delay of -1 ms; a delay is at most 366 days, and not negative");

  FunctionManifest of = manifest();  // nothing is kept there
  of.mode = Mode::kAtLeastOnce;
  const auto made = plugin_world::plan(of);
  EmissionMaker maker(*made, world.clock, 1);
  const auto given = batch(*made, {{"a", kBooking}});
  const auto refused = maker.make(*given->events[0], 0, 0, {"PaymentInitiated", kBooking, "", 1500});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "emitted PaymentInitiated with a delay, which only mode = \"postgres\" keeps; set it in "
                                       "manifests/identity.toml or emit at once");
}

TEST(HandlersTest, WhatAnEventMustNotLeadToIsNotEmitted) {
  plugin_world::ManualClock clock;
  FunctionManifest of = manifest();
  of.leads_to["BookingCreated"] = {};
  const auto none = plugin_world::plan(of);
  const auto given = batch(*none, {{"a", kBooking}});
  const auto refused = EmissionMaker(*none, clock, 1).make(*given->events[0], 0, 0, {"PaymentInitiated", kBooking, "", 0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "emitted PaymentInitiated at BookingCreated, which [leads_to] of manifests/identity.toml does not allow; add it there "
                                       "or emit another type");
  of.leads_to["BookingCreated"] = {"PaymentInitiated"};
  const auto one = plugin_world::plan(of);
  EXPECT_TRUE(EmissionMaker(*one, clock, 1).make(*given->events[0], 0, 0, {"PaymentInitiated", kBooking, "", 0}));
}

TEST(HandlersTest, AnExceptionEndsTheBatchAndNothingElse) {
  World world("handle_throws");
  const BatchPtr done = world.handle({{"a", kBooking}, {"b", kBooking}, {"c", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kOk, Outcome::kRetry, Outcome::kHeld));
  EXPECT_EQ(done->events[1]->message, "the function threw from handle(): out of seats");
  EXPECT_THAT(world.probe.sentences(), Contains(HasSubstr("no exception may leave a function library")));
  EXPECT_THAT(outcomes(*world.handle({{"a", kBooking}})), ElementsAre(Outcome::kOk));
}

TEST(HandlersTest, AnExceptionBeforeAnyEventCostsTheFirstOneARetry) {
  World world("handle_throws_at_once");
  const BatchPtr done = world.handle({{"a", kBooking}, {"b", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kRetry, Outcome::kHeld));
  EXPECT_EQ(done->events[0]->message, "the function threw from handle(): something that is no std::exception");
}

class CreateFails : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};
TEST_P(CreateFails, AndTheReasonArrives) {
  const auto made = plugin_world::plan(manifest());
  plugin_world::FakeProbe probe;
  plugin_world::ManualClock clock;
  plugin_world::FakeAnswers answers;
  auto library = Library::open(plugin_world::library_path(GetParam().first), manifest());
  ASSERT_TRUE(library) << library.error().message();
  const auto handlers = PluginHandlers::make(*library, made, &answers, clock, probe, nullptr, {});
  ASSERT_FALSE(handlers);
  EXPECT_EQ(handlers.error().message(), plugin_world::library_path(GetParam().first) + GetParam().second);
}
INSTANTIATE_TEST_SUITE_P(
    Zoo, CreateFails,
    ::testing::Values(std::pair("create_fails", " could not create a handler: the gateway's key is not in [config]"),
                      std::pair("create_fails_cpp", " could not create a handler: the gateway's key is not in [config]"),
                      std::pair("create_fails_silently", " could not create a handler: it gave no reason"),
                      std::pair("create_throws", " threw from create(): no such bank; no exception may leave a function library"),
                      std::pair("create_throws_a_number",
                                " threw from create(): something that is no std::exception; no exception may leave a function library")),
    [](const auto& one) { return one.param.first; });

TEST(HandlersTest, AFunctionThatCallsItselfStatelessMayNotKeepState) {
  World world("sets_state_unasked");
  const BatchPtr done = world.handle({{"a", kBooking}});
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kRetry));
  EXPECT_EQ(done->events[0]->message, "the function keeps state, but describes itself as one that does not (stateful = 0)");
  EXPECT_EQ(done->slots[0].state, std::nullopt);
}

TEST(HandlersTest, AtLeastOnceARerunEmitsTheSameIds) {
  FunctionManifest of = manifest();
  of.mode = Mode::kAtLeastOnce;
  World world("identity", of);
  const BatchPtr first = world.handle({{"a", kBooking}});
  world.clock.steady_ += 1'000;
  const BatchPtr second = world.handle({{"a", kBooking}});
  EXPECT_EQ(first->emissions.at(0).id, second->emissions.at(0).id);
  EXPECT_EQ(first->emissions.at(0).id, Uuid::v5(kDerivedSpace, first->events[0]->event_id.text() + "/identity/0"));
}

TEST(HandlersTest, NewestFenceSkipsWhatIsOlderButNotWhatFollowsAFailure) {
  FunctionManifest of = manifest();
  of.fence = Fence{"/observed_at", false};
  World world("scripted", of);
  BatchPtr given = batch(*world.made, {{"a", script("-")}, {"a", script("-")}, {"b", script("reject")}, {"b", script("-")}, {"c", script("retry")}});
  const std::int64_t times[] = {20, 10, 20, 10, 20};
  for (std::size_t i = 0; i < 5; ++i) given->events[i]->newest_us = times[i];
  const BatchPtr done = world.handle(std::move(given));
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kOk, Outcome::kSkip, Outcome::kReject, Outcome::kOk, Outcome::kRetry));
  EXPECT_FALSE(done->events[1]->decided);  // should the store refuse the first one, this one counts again
  EXPECT_EQ(done->slots[0].newest_us, 20);
  EXPECT_TRUE(done->slots[0].dirty);
  EXPECT_EQ(done->slots[1].newest_us, 10);
  EXPECT_EQ(done->slots[2].newest_us, kNeverSeen);
  EXPECT_FALSE(done->slots[2].dirty);
}

TEST(HandlersTest, CoalescingShowsOnlyTheNewestOfAKeyAndCountsTheOthersAsSeen) {
  FunctionManifest of = manifest();
  of.fence = Fence{"/observed_at", true};
  World world("scripted", of);
  BatchPtr given = batch(*world.made, {{"a", script("count")}, {"a", script("count")}, {"b", script("count")}, {"b", script("retry")}});
  for (std::size_t i = 0; i < 4; ++i) given->events[i]->newest_us = 10 + static_cast<std::int64_t>(i);
  const BatchPtr done = world.handle(std::move(given));
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kSkip, Outcome::kOk, Outcome::kSkip, Outcome::kRetry));
  EXPECT_EQ(done->slots[0].state, "x");
  EXPECT_EQ(done->slots[0].newest_us, 11);
  EXPECT_EQ(done->slots[1].newest_us, 12);  // of the one that was replaced, not of the one that comes again
  EXPECT_TRUE(done->slots[1].dirty);
}

TEST(HandlersTest, ManyBatchesOverManyThreadsAreAnsweredOnceEach) {
  World world("identity", manifest(), {4, 0, 7});
  for (std::uint64_t i = 0; i < 200; ++i) {
    BatchPtr given = batch(*world.made, {{"a", kBooking}, {"b", kBooking}});
    given->id = i;
    world.handlers->handle(std::move(given));
  }
  std::map<std::uint64_t, int> answered;
  for (int i = 0; i < 200; ++i) {
    const BatchPtr done = world.answers.next();
    ++answered[done->id];
    EXPECT_THAT(outcomes(*done), Each(Outcome::kOk));
  }
  EXPECT_THAT(answered, SizeIs(200));
}

TEST(HandlersTest, AfterStopBatchesComeBackUnhandled) {
  World world("identity");
  EXPECT_TRUE(world.handlers->stop(10'000));
  EXPECT_TRUE(world.handlers->stop(10'000));
  EXPECT_THAT(outcomes(*world.handle({{"a", kBooking}})), ElementsAre(Outcome::kHeld));
}

TEST(HandlersTest, AStuckHandlerCanBeSeenAndIsReportedOnce) {
  const std::string go_on = plugin_world::library_path("go-on-" + std::to_string(::getpid()));
  FunctionManifest of = manifest();
  of.config_json = "{" + go_on + "}";
  World world("waits", of);
  world.handlers->handle(batch(*world.made, {{"a", kBooking}}));
  while (world.probe.lines().empty()) std::this_thread::yield();
  EXPECT_EQ(world.probe.lines()[0].offset, 0);  // the line knows its event
  const Running running = world.handlers->running().at(0);
  EXPECT_EQ(running.worker, "identity/0");
  EXPECT_EQ(running.topic, "booking.events");
  EXPECT_EQ(running.partition, 3);
  EXPECT_THAT(world.handlers->watch(0), IsEmpty());
  EXPECT_THAT(world.probe.sentences(), Not(Contains(HasSubstr("timeout"))));
  world.clock.steady_ += 501;
  EXPECT_THAT(world.handlers->watch(0), IsEmpty());
  EXPECT_THAT(world.handlers->watch(0), IsEmpty());
  EXPECT_THAT(world.probe.sentences(),
              ElementsAre("waiting for the test", "handler identity/0 has been in event " + running.event_id.text() +
                              " (booking.events/3@0) for 501 ms; its key waits. When it is over its timeout of 1000 ms "
                              "(manifests/identity.toml) this process ends, and the attempt has failed"));
  world.clock.steady_ += 500;
  const auto overruns = world.handlers->watch(0);
  ASSERT_EQ(overruns.size(), 1U);
  EXPECT_EQ(overruns[0].mark, kMarkHang);
  EXPECT_THAT(overruns[0].sentence, HasSubstr("for 1001 ms, timeout = 1000 ms in manifests/identity.toml"));
  EXPECT_EQ(overruns[0].slot->ids[0], running.event_id);
  const auto grown = world.handlers->watch(of.memory_max + 1);
  ASSERT_EQ(grown.size(), 1U);
  EXPECT_EQ(grown[0].mark, kMarkMemory);
  EXPECT_THAT(grown[0].sentence, HasSubstr("the process has grown by 512 MiB since; memory = 512 MiB in manifests/identity.toml"));
  std::ofstream(go_on) << "go";
  const BatchPtr done = world.answers.next();
  std::filesystem::remove(go_on);
  EXPECT_THAT(outcomes(*done), ElementsAre(Outcome::kOk));
  EXPECT_THAT(world.handlers->running(), IsEmpty());
}

TEST(HandlersTest, StopWaitsForAHandlerOnlySoLongAndSaysWhereItIs) {
  const std::string go_on = plugin_world::library_path("go-on-" + std::to_string(::getpid()));
  FunctionManifest of = manifest();
  of.config_json = "{" + go_on + "}";
  World world("waits", of);
  world.handlers->handle(batch(*world.made, {{"a", kBooking}}));
  while (world.probe.lines().empty()) std::this_thread::yield();
  world.clock.steady_ += 12'000;
  EXPECT_FALSE(world.handlers->stop(10));
  const Running running = world.handlers->running().at(0);
  EXPECT_THAT(world.handlers->stuck(),
              ElementsAre("handler identity/0 has been in event " + running.event_id.text() + " (booking.events/3@0) for 12000 ms"));
  std::ofstream(go_on) << "go";
  EXPECT_THAT(outcomes(*world.answers.next()), ElementsAre(Outcome::kOk)) << "what ends after all is answered";
  EXPECT_TRUE(world.handlers->stop(10'000));
  std::filesystem::remove(go_on);
}

TEST(HandlersTest, StopWaitsOnlySoLongForAHandlerInsideATransactionToo) {
  struct NoSql : SqlSession {
    Result<SqlRows> execute(std::string_view, const std::vector<std::optional<std::string_view>>&) override { return SqlRows{}; }
  } session;
  const std::string go_on = plugin_world::library_path("go-on-" + std::to_string(::getpid()));
  FunctionManifest of = manifest();
  of.config_json = "{" + go_on + "}";
  World world("waits", of, {0, 1, 42});
  const BatchPtr first = batch(*world.made, {{"a", kBooking}}), second = batch(*world.made, {{"b", kBooking}});
  std::thread committer([&] { world.handlers->run(*first, session); });
  while (world.probe.lines().empty()) std::this_thread::yield();
  EXPECT_FALSE(world.handlers->stop(10));
  EXPECT_THAT(world.handlers->stuck(), ElementsAre(HasSubstr("handler identity/0 has been in event")));
  world.handlers->run(*second, session);
  EXPECT_THAT(outcomes(*second), ElementsAre(Outcome::kHeld)) << "nothing begins any more";
  std::ofstream(go_on) << "go";
  committer.join();
  std::filesystem::remove(go_on);
  EXPECT_TRUE(world.handlers->stop(10'000));
  EXPECT_THAT(outcomes(*first), ElementsAre(Outcome::kOk));
}

}  // namespace
}  // namespace gofuture
