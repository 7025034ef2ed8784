// The C++ face against the rules of abi.h: what is described, when state is written, what becomes of exceptions and of
// content that does not fit.
#include <gofuture/testing.hpp>

namespace shop {
struct Bought {
  std::string item;
  std::int64_t amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(Bought, (), (item, amount_minor))
struct Returned {
  std::string item;
};
BOOST_DESCRIBE_STRUCT(Returned, (), (item))
struct Ignored {
  std::string item;
};
BOOST_DESCRIBE_STRUCT(Ignored, (), (item))
struct Total {
  std::int64_t amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(Total, (), (amount_minor))
struct Spelled {
  static constexpr std::string_view kType = "spelled-otherwise";
  int n = 0;
};
BOOST_DESCRIBE_STRUCT(Spelled, (), (n))
using Events = gofuture::Events<Bought, Returned, Ignored, Total>;
}  // namespace shop
GOFUTURE_EVENTS(shop::Events)
GOFUTURE_EVENTS(gofuture::Events<shop::Spelled, shop::Bought>)

struct Sum {
  std::int64_t amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(Sum, (), (amount_minor))

class SumUp : public gofuture::Function<Sum> {
 public:
  Outcome on(const shop::Bought& bought) {
    state().amount_minor += bought.amount_minor;
    emit(shop::Total{state().amount_minor});
    if (bought.item == "retry") return retry("not now");
    if (bought.item == "skip") return skip();
    if (bought.item == "reject") return reject("not sold here");
    if (bought.item == "later") return later("the till is down");
    if (bought.item == "throw") throw std::runtime_error("dropped it");
    if (bought.item == "throw 7") throw 7;
    return ok();
  }
  Outcome on(const shop::Returned& returned) {
    if (returned.item == "all") erase_state();
    if (returned.item == "look") log_info("looked", "amount_minor", state().amount_minor, "stored", has_state());
    return ok();
  }
  Outcome on(const shop::Spelled&) { return ok(); }
  // An author's own words must not be taken for the SDK's.
  void open() { FAIL(); }
  void store() { FAIL(); }
  void forget() { FAIL(); }
};
GOFUTURE_LOCAL_FUNCTION(SumUp)

class CountPages : public gofuture::Function<>, public gofuture::UsesSql {
 public:
  static constexpr std::string_view kName = "page-counter";
  static constexpr std::string_view kVersion = "7";
  using Emits = gofuture::Events<shop::Total>;
  void on_batch(std::span<gofuture::In<shop::Bought, shop::Returned>> batch) {
    std::vector<std::string> items;
    for (auto& in : batch) {
      in.visit([&](const shop::Bought& bought) { items.push_back(bought.item); },
               [&](const shop::Returned&) { in.skip(); });
    }
    const auto rows = sql("SELECT count(*) AS n FROM unnest($1::text[])", items);
    batch[0].emit(shop::Total{rows[0].get<std::int64_t>("n")});
  }
};
GOFUTURE_LOCAL_FUNCTION(CountPages)

// Sells nothing to whoever has not paid in time, and says so later.
class AwaitPayment : public gofuture::Function<Sum>, public gofuture::UsesTimers {
 public:
  using Handles = gofuture::Events<shop::Bought, shop::Returned>;
  Outcome on(const shop::Bought& bought) {
    state().amount_minor = bought.amount_minor;
    schedule("deadline", std::chrono::minutes(2));
    schedule("reminder", now() + std::chrono::minutes(1));
    emit(shop::Ignored{bought.item}, std::chrono::seconds(90));
    if (bought.item == "retry") return retry("not now");
    return ok();
  }
  Outcome on(const shop::Returned&) {
    cancel("deadline");
    cancel("nothing-of-that-name");
    return ok();
  }
  Outcome on(const gofuture::Timer& timer) {
    log_info("due", "name", timer.name, "at", timer.due_at, "key", key());
    if (state().amount_minor == 13) return retry("unlucky");
    if (timer.name == "reminder" && state().amount_minor == 7) schedule("reminder", std::chrono::minutes(1));
    state().amount_minor += 1;
    return ok();
  }
};
GOFUTURE_LOCAL_FUNCTION(AwaitPayment)

namespace {

using namespace gofuture;  // NOLINT: the test is about all of it
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;  // NOLINT

std::vector<std::string> names(const gofuture_bytes* list, std::uint32_t count) {
  std::vector<std::string> result;
  for (std::uint32_t i = 0; i < count; ++i) result.emplace_back(static_cast<const char*>(list[i].data), list[i].size);
  return result;
}

TEST(BridgeTest, DescribesTheOverloadsThatTheClassHas) {
  const auto& description = detail::Bridge<SumUp>::kDescription;
  EXPECT_EQ(detail::view(description.name), "sum_up");
  EXPECT_EQ(description.stateful, 1U);
  EXPECT_EQ(description.uses_sql + description.uses_http, 0U);
  EXPECT_THAT(names(description.handled, description.handled_count),
              ElementsAre("Bought", "Returned", "spelled-otherwise"));
  EXPECT_EQ(description.emitted_count, 0U);
}

TEST(BridgeTest, DescribesABatchFunctionFromItsSignature) {
  const auto& description = detail::Bridge<CountPages>::kDescription;
  EXPECT_EQ(detail::view(description.name), "page-counter");
  EXPECT_EQ(detail::view(description.version), "7");
  EXPECT_EQ(description.stateful, 0U);
  EXPECT_EQ(description.uses_sql, 1U);
  EXPECT_THAT(names(description.handled, description.handled_count), ElementsAre("Bought", "Returned"));
  EXPECT_THAT(names(description.emitted, description.emitted_count), ElementsAre("Total"));
}

TEST(BridgeTest, StateIsWrittenOnceItHasChanged) {
  Harness<SumUp> shop{"s-1"};
  EXPECT_THAT(shop.on(shop::Returned{"look"}), IsOk());
  EXPECT_FALSE(shop.has_state()) << "looking at a fresh state must not store it";
  EXPECT_THAT(shop.batch(shop::Bought{"a", 5}, shop::Bought{"b", 7}), ElementsAre(IsOk(), IsOk()));
  EXPECT_EQ(shop.state().amount_minor, 12);
  EXPECT_THAT(shop.emitted(), ElementsAre(Event<shop::Total>(Field(&shop::Total::amount_minor, 5)),
                                          Event<shop::Total>(Field(&shop::Total::amount_minor, 12))));
  EXPECT_THAT(shop.on(shop::Returned{"all"}), IsOk());
  EXPECT_FALSE(shop.has_state());
  EXPECT_THAT(shop.logs(), ElementsAre("info looked amount_minor=0 stored=false"));
}

TEST(BridgeTest, StateOfOneKeyIsNeverSeenByAnother) {
  Harness<SumUp> shop;
  shop.queue("s-1", shop::Bought{"a", 5})
      .queue("s-2", shop::Bought{"a", 1})
      .queue("s-1", shop::Bought{"a", 5})
      .queue("s-2", shop::Bought{"a", 1});
  EXPECT_THAT(shop.handle(), ElementsAre(IsOk(), IsOk(), IsOk(), IsOk()));
  EXPECT_EQ(shop.key("s-1").state().amount_minor, 10);
  EXPECT_EQ(shop.key("s-2").state().amount_minor, 2);
}

TEST(BridgeTest, OnlyOkHasEffects) {
  for (const char* item : {"retry", "skip", "reject", "later", "throw", "throw 7"}) {
    Harness<SumUp> shop;
    EXPECT_THAT(shop.on(shop::Bought{"a", 5}), IsOk());
    shop.take_emitted();
    EXPECT_FALSE(shop.on(shop::Bought{item, 100}).is_ok()) << item;
    EXPECT_THAT(shop.emitted(), IsEmpty()) << item;
    EXPECT_THAT(shop.on(shop::Bought{"b", 1}), IsOk());
    EXPECT_EQ(shop.state().amount_minor, 6) << item;
  }
}

TEST(BridgeTest, AnExceptionIsARetryWithItsText) {
  Harness<SumUp> shop;
  EXPECT_THAT(shop.on(shop::Bought{"throw", 1}), IsRetry("dropped it"));
  EXPECT_THAT(shop.on(shop::Bought{"throw 7", 1}), IsRetry(HasSubstr("no std::exception")));
}

TEST(BridgeTest, AnEventThatDidNotEndHoldsThoseBehindIt) {
  Harness<SumUp> shop;
  EXPECT_THAT(shop.batch(shop::Bought{"retry", 1}, shop::Bought{"a", 1}),
              ElementsAre(IsRetry("not now"), IsLater(HasSubstr("held"))));
  EXPECT_FALSE(shop.has_state());
}

TEST(BridgeTest, ContentThatDoesNotFitIsRejectedWithThePlace) {
  Harness<SumUp> shop;
  EXPECT_THAT(shop.on_raw("Bought", R"({"item":"a"})"), IsReject("Bought /amount_minor: is missing"));
  EXPECT_THAT(shop.on_raw("Bought", "{"), IsReject(HasSubstr("not JSON")));
  EXPECT_THAT(shop.on_raw("Unheard", "{}"), IsReject(HasSubstr("no handler for events of type Unheard")));
}

TEST(BridgeTest, StateThatCannotBeReadIsARetryThatNamesTheKey) {
  Harness<SumUp> shop{"s-9"};
  shop.host().states["s-9"] = "[]";
  EXPECT_THAT(shop.on(shop::Bought{"a", 1}), IsRetry(HasSubstr("key \"s-9\" cannot be read")));
}

TEST(BridgeTest, StateMayGrowMembers) {
  Harness<SumUp> shop{"s-1"};
  shop.host().states["s-1"] = R"({"older":true})";
  EXPECT_THAT(shop.on(shop::Bought{"a", 3}), IsOk());
  EXPECT_EQ(shop.state().amount_minor, 3);
}

TEST(BridgeTest, AWholeBatchIsOneStatementAndEachEventHasItsOutcome) {
  Harness<CountPages> pages;
  pages.sql().rows({"n"}, {{"2"}});
  EXPECT_THAT(pages.batch(shop::Bought{"a", 1}, shop::Returned{"x"}, shop::Bought{"b \"c\"", 1}),
              ElementsAre(IsOk(), IsSkip(), IsOk()));
  ASSERT_EQ(pages.sql().statements().size(), 1U);
  EXPECT_THAT(pages.sql().statements()[0].parameters, ElementsAre(R"({"a","b \"c\""})"));
  EXPECT_THAT(pages.emitted(), ElementsAre(Event<shop::Total>(Field(&shop::Total::amount_minor, 2))));
}

TEST(BridgeTest, AnSqlErrorRetriesTheWholeBatch) {
  Harness<CountPages> pages;
  pages.sql().fails("deadlock detected");
  pages.queue("k-1", shop::Bought{"a", 1}).queue("k-2", shop::Bought{"b", 1});
  EXPECT_THAT(pages.handle(), ElementsAre(IsRetry("deadlock detected"), IsRetry("deadlock detected")));
}

TEST(BridgeTest, ABadEventOfABatchDoesNotKeepTheOthersBack) {
  Harness<CountPages> pages;
  pages.sql().rows({"n"}, {{"1"}});
  Delivery bad{.type = "Bought", .data = "{}", .key = "k-1"},
      good{.type = "Bought", .data = R"({"item":"a","amount_minor":1})", .key = "k-2"};
  EXPECT_THAT(pages.host().handle({bad, good}), ElementsAre(IsReject(HasSubstr("/item: is missing")), IsOk()));
}

TEST(BridgeTest, ATimerNeedsNoSubscription) {
  const auto& description = detail::Bridge<AwaitPayment>::kDescription;
  EXPECT_EQ(description.uses_timers, 1U);
  EXPECT_THAT(names(description.handled, description.handled_count), ElementsAre("Bought", "Returned"));
  EXPECT_EQ(detail::Bridge<SumUp>::kDescription.uses_timers, 0U);
}

TEST(BridgeTest, TimersOfAKeyFireInTheOrderOfTheirTimesAndSeeItsState) {
  Harness<AwaitPayment> shop{"s-1"};
  EXPECT_THAT(shop.on(shop::Bought{"a", 5}), IsOk());
  EXPECT_THAT(shop.timers(), ElementsAre(IsTimer("reminder", shop.now() + 1min), IsTimer("deadline", shop.now() + 2min)));
  EXPECT_THAT(shop.advance(59s), IsEmpty());
  EXPECT_THAT(shop.advance(3min), ElementsAre(IsOk(), IsOk()));
  EXPECT_THAT(shop.logs(), ElementsAre("info due name=reminder at=2026-01-01T00:01:00.000Z key=s-1",
                                       "info due name=deadline at=2026-01-01T00:02:00.000Z key=s-1"));
  EXPECT_EQ(shop.state().amount_minor, 7);
  EXPECT_THAT(shop.timers(), IsEmpty());
}

TEST(BridgeTest, SettingATimerAgainMovesItAndCancelingTakesItBack) {
  Harness<AwaitPayment> shop{"s-1"};
  EXPECT_THAT(shop.on(shop::Bought{"a", 5}), IsOk());
  shop.advance(30s);
  EXPECT_THAT(shop.on(shop::Bought{"b", 5}), IsOk());
  EXPECT_THAT(shop.timers(), ElementsAre(IsTimer("reminder", shop.now() + 1min), IsTimer("deadline", shop.now() + 2min)));
  EXPECT_THAT(shop.on(shop::Returned{"b"}), IsOk());
  EXPECT_THAT(shop.timers(), ElementsAre(IsTimer("reminder", shop.now() + 1min)));
}

TEST(BridgeTest, ATimerMaySetItselfAgain) {
  Harness<AwaitPayment> shop{"s-1"};
  EXPECT_THAT(shop.on(shop::Bought{"a", 7}), IsOk());
  EXPECT_THAT(shop.on(shop::Returned{"a"}), IsOk());
  EXPECT_THAT(shop.advance(1min), ElementsAre(IsOk()));
  EXPECT_THAT(shop.timers(), ElementsAre(IsTimer("reminder", shop.now() + 1min)));
}

TEST(BridgeTest, ATimerThatComesAgainStaysSet) {
  Harness<AwaitPayment> shop{"s-1"};
  EXPECT_THAT(shop.on(shop::Bought{"a", 13}), IsOk());
  EXPECT_THAT(shop.advance(2min), ElementsAre(IsRetry("unlucky"), IsRetry("unlucky")));
  EXPECT_EQ(shop.timers().size(), 2U);
}

TEST(BridgeTest, TimersAndDelayedEventsOfAnEventThatDidNotEndOkAreNotThere) {
  Harness<AwaitPayment> shop{"s-1"};
  EXPECT_THAT(shop.on(shop::Bought{"retry", 5}), IsRetry("not now"));
  EXPECT_THAT(shop.timers(), IsEmpty());
  shop.advance(10min);
  EXPECT_THAT(shop.emitted(), IsEmpty());
}

TEST(BridgeTest, ALostCommitLeavesNothingAndTheEventIsHandledAgain) {
  Harness<AwaitPayment> shop{"s-1"};
  shop.host().lose_commit = true;
  EXPECT_THAT(shop.on(shop::Bought{"a", 5}), IsOk()) << "the function does not know";
  EXPECT_FALSE(shop.has_state());
  EXPECT_THAT(shop.timers(), IsEmpty());
  shop.host().lose_commit = false;
  EXPECT_THAT(shop.on(shop::Bought{"a", 5}), IsOk());
  shop.host().lose_commit = true;
  EXPECT_THAT(shop.advance(1min), ElementsAre(IsOk()));
  EXPECT_EQ(shop.state().amount_minor, 5);
  EXPECT_EQ(shop.timers().size(), 2U) << "it fires again";
  EXPECT_THAT(shop.emitted(), IsEmpty());
}

TEST(BridgeTest, ADelayedEventLeavesWhenItsTimeHasCome) {
  Harness<AwaitPayment> shop{"s-1"};
  EXPECT_THAT(shop.on(shop::Bought{"a", 5}), IsOk());
  EXPECT_THAT(shop.on(shop::Returned{"a"}), IsOk());
  shop.advance(89s);
  EXPECT_THAT(shop.emitted(), IsEmpty());
  shop.advance(1s);
  EXPECT_THAT(shop.emitted(), ElementsAre(Event<shop::Ignored>(Field(&shop::Ignored::item, "a"))));
}

}  // namespace
