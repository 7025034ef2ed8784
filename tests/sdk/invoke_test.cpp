// `gofuture invoke`: what the examples' functions do with one event, and what a mistake is answered with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "support/command_line.hpp"
#include "support/json_shape.hpp"

namespace gofuture::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using test::Output;
using test::Said;

class InvokeTest : public ::testing::Test {
 protected:
  ~InvokeTest() override { std::filesystem::remove(event_); }

  Said invoke(std::vector<std::string> words, Output output = Output::kPipe) const {
    words.insert(words.begin(), "invoke");
    return test::command(folder, std::move(words), output, {{"GOFUTURE_MANIFESTS", manifests}, {"GOFUTURE_FUNCTIONS", functions}});
  }
  boost::json::value answer(std::vector<std::string> words) const {
    const Said said = invoke(std::move(words));
    EXPECT_EQ(said.error, "");
    return boost::json::parse(said.out);
  }
  void use(const std::string& other, const std::string& libraries) {
    folder = other;
    functions = libraries;
  }
  std::string event(const std::string& text) const {
    std::ofstream(event_) << text;
    return event_;
  }

  std::string folder = EXAMPLES "/shop", manifests = "manifests", functions = BUILT "/shop/functions";
  const std::string event_ = std::filesystem::temp_directory_path() / ("gofuture-invoke-" + std::to_string(::getpid()) + ".json");
};

TEST_F(InvokeTest, TellsOutcomeEmissionsAndStateBeforeAndAfter) {
  const auto told = answer({"reserve_stock", "--event", "order.json", "--state", R"({"free": 5, "reserved": {}})"});
  EXPECT_EQ(told.at("outcome"), "ok");
  EXPECT_EQ(told.at("key"), "mug-blue") << "state_key = \"data:/sku\"";
  EXPECT_EQ(told.at("state").at("before").at("free"), 5);
  EXPECT_EQ(told.at("state").at("after").at("free"), 3);
  const auto& emitted = told.at("emitted").as_array();
  ASSERT_EQ(emitted.size(), 1U);
  EXPECT_EQ(emitted[0].at("topic"), "shop.orders");
  EXPECT_EQ(emitted[0].at("event").at("type"), "StockReserved");
  EXPECT_EQ(emitted[0].at("event").at("causationid"), "3f0c4d7e-5a53-4f0e-9d52-6d1a5d1f7a10");
}

TEST_F(InvokeTest, PeopleGetText) {
  const Said said = invoke({"reserve_stock", "--event", "order.json", "--state", R"({"free": 1, "reserved": {}})"}, Output::kTerminal);
  EXPECT_EQ(said.status, kDone);
  EXPECT_THAT(said.out, AllOf(HasSubstr("reserve_stock v1   OrderPlaced   key mug-blue\nok\n"), HasSubstr("OrderFailed → shop.orders   key o-1001"),
                              HasSubstr(R"("reason":"sold out")"), HasSubstr("after    the same")));
}

TEST_F(InvokeTest, WhatOneFunctionEmitsTheNextOneTakes) {
  const auto reserved = answer({"reserve_stock", "--event", "order.json", "--state", R"({"free": 5, "reserved": {}})"});
  const auto asked = answer({"pay_order", "--event", event(boost::json::serialize(reserved.at("emitted").at(0).at("event")))});
  EXPECT_EQ(asked.at("outcome"), "ok");
  EXPECT_EQ(asked.at("emitted").at(0).at("event").at("type"), "ChargeRequested");
  EXPECT_EQ(asked.at("timers").at(0).at("name"), "deadline");
  EXPECT_EQ(asked.at("timers").at(0).at("after_ms"), 900'000);
  for (const auto& told : {reserved, asked}) EXPECT_THAT(test::differences(test::documented("gofuture invoke"), told), ::testing::IsEmpty());
}

TEST_F(InvokeTest, ATimerThatIsDueIsHandledWithTheStateOfItsKey) {
  const auto late = answer({"pay_order", "--timer", "deadline", "--key", "o-1", "--state", R"({"stage": "kWaiting", "sku": "mug-blue"})"});
  EXPECT_EQ(late.at("emitted").at(0).at("event").at("data").at("reason"), "no answer in 900 s");
  EXPECT_THAT(invoke({"pay_order", "--timer", "deadline"}).error, HasSubstr("name it with --key"));
  EXPECT_THAT(invoke({"reserve_stock", "--timer", "deadline", "--key", "x"}).error, HasSubstr("reserve_stock sets no timers"));
}

TEST_F(InvokeTest, DataAloneNeedsATypeOnlyWhereThereAreSeveral) {
  use(EXAMPLES "/iot", BUILT "/iot/functions");
  const auto state = R"({"hot_ms": [1789999990000, 1789999995000], "alarm": false})";
  EXPECT_EQ(answer({"watch_sensor", "--event", "reading.json", "--state", state}).at("emitted").at(0).at("event").at("type"), "AlarmRaised");
  use(EXAMPLES "/shop", BUILT "/shop/functions");
  const std::string paid = event(R"({"order_id": "o-1", "amount_minor": 5})");
  const Said which = invoke({"pay_order", "--event", paid});
  EXPECT_EQ(which.status, kFailed);
  EXPECT_THAT(which.error, HasSubstr("pay_order handles several types; name one with --type"));
  EXPECT_EQ(answer({"pay_order", "--event", paid, "--type", "CardCharged"}).at("outcome"), "reject");
  EXPECT_THAT(invoke({"pay_order", "--event", paid, "--type", "CardChargd"}).error, HasSubstr("pay_order does not handle CardChargd; did you mean \"CardCharged\"?"));
  EXPECT_THAT(invoke({"reserve_stock", "--event", "order.json", "--type", "OrderPlaced"}).error, HasSubstr("leave --type out"));
}

TEST_F(InvokeTest, TheKeyIsTheEventsUnlessItIsGiven) {
  const std::string paid = event(R"({"order_id": "o-1", "amount_minor": 5})");
  EXPECT_EQ(answer({"pay_order", "--event", paid, "--type", "CardCharged"}).at("key"), "o-1");
  EXPECT_EQ(answer({"pay_order", "--event", paid, "--type", "CardCharged", "--key", "o-2"}).at("key"), "o-2");
}

TEST_F(InvokeTest, AnEventThatBreaksItsSchemaIsTheDeadLetterThatItWouldBe) {
  const Said said = invoke({"pay_order", "--event", event(R"({"order_id": "o-1", "amount_minor": 0})"), "--type", "CardCharged"});
  EXPECT_EQ(said.status, kFailed);
  const auto told = boost::json::parse(said.out);
  EXPECT_EQ(told.at("outcome"), "reject");
  EXPECT_EQ(told.at("class"), "corrupted");
  EXPECT_THAT(std::string(told.at("message").as_string()), HasSubstr("/amount_minor"));
  EXPECT_EQ(told.at("emitted").as_array().size(), 0U);
}

TEST_F(InvokeTest, NothingOutsideIsAsked) {
  use(GOFUTURE_SOURCE_DIR, GOFUTURE_BINARY_DIR "/functions");
  const auto assigned = answer({"assign_driver", "--type", "BookingTripCompleted", "--event",
                                event(R"({"booking_id": "b-1", "region_id": "1:1", "driver_id": "d-1"})")});
  EXPECT_EQ(assigned.at("outcome"), "retry");
  EXPECT_THAT(std::string(assigned.at("message").as_string()), HasSubstr("SQL is not available in `gofuture invoke`"));
  use(GOFUTURE_SOURCE_DIR "/tests/sdk/odd", BUILT "/odd");
  const auto priced = answer({"odd", "--event", event(R"({"what": "lookup"})")});
  EXPECT_EQ(priced.at("outcome"), "retry");
  const auto asked = answer({"odd", "--event", event(R"({"what": "http"})")});
  EXPECT_EQ(asked.at("outcome"), "later");
  EXPECT_THAT(std::string(asked.at("message").as_string()), HasSubstr("HTTP is not available in `gofuture invoke`"));
  EXPECT_THAT(std::string(priced.at("message").as_string()), HasSubstr("look-ups are not available in `gofuture invoke`"));
}

TEST_F(InvokeTest, AFunctionIsHeldToWhatTheRuntimeHoldsItTo) {
  use(GOFUTURE_SOURCE_DIR "/tests/sdk/odd", BUILT "/odd");
  EXPECT_EQ(invoke({"odd", "--event", event(R"({"what": "skip"})")}).status, kDone);
  const Said refused = invoke({"odd", "--event", event(R"({"what": "emit"})")});
  EXPECT_EQ(refused.status, kFailed);
  EXPECT_THAT(refused.out, AllOf(HasSubstr(R"("outcome":"reject")"), HasSubstr("breaks its schema Told.json")));
  const Said hanging = invoke({"odd", "--event", event(R"({"what": "hang"})")});
  EXPECT_EQ(hanging.status, kFailed);
  EXPECT_THAT(hanging.error, HasSubstr("odd did not return within its timeout of 100 ms (manifests/odd.toml)"));
}

TEST_F(InvokeTest, MistakesSayWhatToDo) {
  EXPECT_THAT(invoke({"reserve_stok", "--event", "order.json"}).error, HasSubstr("there is no function \"reserve_stok\" in manifests; did you mean \"reserve_stock\"?"));
  EXPECT_THAT(invoke({"reserve_stock", "--event", "ordr.json"}).error, HasSubstr("cannot read ordr.json"));
  EXPECT_THAT(invoke({"reserve_stock", "--event", event("{")}).error, HasSubstr("is not JSON"));
  EXPECT_THAT(invoke({"reserve_stock", "--event", event(R"({"specversion": "1.0"})")}).error, HasSubstr("id is missing"));
  EXPECT_THAT(invoke({"reserve_stock", "--event", "order.json", "--state", "free=1"}).error, HasSubstr("--state is neither a file nor JSON: free=1"));
  const Said neither = invoke({"reserve_stock"});
  EXPECT_EQ(neither.status, kWrongUsage);
  EXPECT_THAT(neither.error, HasSubstr("--event FILE"));
  functions = "/nowhere";
  EXPECT_THAT(invoke({"reserve_stock", "--event", "order.json"}).error, AllOf(HasSubstr("/nowhere/reserve_stock.so"), HasSubstr("build the function")));
}

}  // namespace
}  // namespace gofuture::cli
