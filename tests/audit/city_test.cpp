// The parts of the city on which the audit leans: ids, the gateway's ledger, the replayed fleet, what it reads of /metrics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "board.hpp"
#include "fleet.hpp"
#include "gateway_ledger.hpp"
#include "ids.hpp"
#include "ledger.hpp"
#include "replay.hpp"
#include "runtime_view.hpp"

namespace city {
namespace {

using ::testing::ElementsAre;

class CityFiles : public ::testing::Test {
 protected:
  CityFiles() { std::filesystem::create_directories(folder); }
  ~CityFiles() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return folder / name;
  }
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("city_test_" + std::to_string(::getpid()));
};

TEST(City, TheSameSeedOrdersTheSameBookings) {
  const auto one = nth_booking("t", 7, 12, 0.02), other = nth_booking("t", 7, 12, 0.02), another = nth_booking("t", 8, 12, 0.02);
  EXPECT_EQ(one.booking_id, "b-t-000012");
  EXPECT_EQ(one.amount_minor, other.amount_minor);
  EXPECT_EQ(one.lat, other.lat);
  EXPECT_NE(one.lat, another.lat);
}

TEST(City, ARegionIsTheCellThatHoldsThePlace) {
  EXPECT_EQ(region_of(37.765, -122.421), "3776:-12243");
  EXPECT_EQ(region_of(-0.001, 0.001), "-1:0");
}

TEST(City, TimesAreReadAsTheyAreWrittenHereAndInPostgres) {
  EXPECT_EQ(parse_rfc3339(rfc3339(1'211'328'000'123)), 1'211'328'000'123);
  EXPECT_EQ(parse_rfc3339("2008-05-21 00:00:00.12+00"), 1'211'328'000'120);
  EXPECT_EQ(parse_rfc3339("2008-05-21 00:00:00+00"), 1'211'328'000'000);
  EXPECT_EQ(parse_rfc3339("2008-05-21 02:00:00+02"), -1);
}

TEST(City, AUuidCarriesItsTimeAndVersion) {
  Dice dice(1);
  const auto id = uuid7(0x0123456789ab, dice);
  EXPECT_EQ(id.substr(0, 15), "01234567-89ab-7");
  EXPECT_EQ(id.size(), 36U);
}

TEST(City, AMetricIsTheSumOfItsSeriesAndOfNoOther) {
  const std::string metrics = "# HELP gofuture_events_in_flight x\ngofuture_events_in_flight{function=\"a b\"} 3\ngofuture_events_in_flight{function=\"c\"} 4\n"
                              "gofuture_events_in_flight_max 90\ngofuture_lag_events{function=\"a\",topic=\"t\"} 1e2\ngofuture_lag_events{function=\"b\"} NaN\n";
  EXPECT_EQ(sum_of(metrics, "gofuture_events_in_flight"), 7);
  EXPECT_EQ(sum_of(metrics, "gofuture_lag_events"), 100);
}

TEST_F(CityFiles, AGatewayThatWasKilledKeepsItsWord) {
  const std::string path = folder / "gateway.ledger";
  {
    GatewayLedger ledger(path);
    ledger.append({"charge", "k1", "p1", "b1", "USD", 500, "captured", 1});
    ledger.sync();
  }
  std::ofstream(path, std::ios::app) << "{\"kind\":\"charge\",\"key\":\"k2\"";  // killed while it wrote
  GatewayLedger ledger(path);
  ASSERT_NE(ledger.by_key("k1"), nullptr);
  EXPECT_EQ(ledger.charge_of("p1")->status, "captured");
  EXPECT_EQ(ledger.by_key("k2"), nullptr);
  ledger.append({"refund", "k3", "p1", "b1", "USD", 500, "refunded", 2});
  ledger.sync();
  EXPECT_EQ(read_gateway_ledger(path).size(), 2U);
}

TEST_F(CityFiles, TheLedgerOfARunIsReadAsItWasWritten) {
  const std::string path = folder / "t.ledger";
  {
    Ledger ledger(path, {"t", 3, 99, {{"booking.events", {5, 6}}}});
    const auto booking = nth_booking("t", 3, 1, 0);
    ledger.ordered({booking});
    ledger.confirmed({booking});
    ledger.sent("e1", "DriverArrived", booking.booking_id);
    ledger.poisoned("e2");
    ledger.last_positions({{"d-t-1", {1000, 2}}});
  }
  const auto read = read_ledger(path);
  EXPECT_EQ(read.head.run, "t");
  EXPECT_THAT(read.head.start.at("booking.events"), ElementsAre(5, 6));
  EXPECT_EQ(read.ordered.at("b-t-000001").amount_minor, nth_booking("t", 3, 1, 0).amount_minor);
  EXPECT_TRUE(read.confirmed.contains("b-t-000001"));
  EXPECT_EQ(read.sent.at("e1"), "b-t-000001");
  EXPECT_THAT(read.poison, ElementsAre("e2"));
  EXPECT_EQ(read.positions.at("d-t-1").observed_ms, 1000);
}

TEST_F(CityFiles, AReplayedCabPicksUpWhereItTurnsOccupiedAndOnlyOnTheChosenDay) {
  const auto path = write("fleet.csv",
                          "epoch_s,cab,lat,lon,occupied\n"
                          "86400,a,37.1,-122.1,0\n86400,b,37.2,-122.2,1\n"
                          "172800,a,37.3,-122.3,0\n172810,b,37.4,-122.4,1\n172820,a,37.5,-122.5,1\n172830,b,37.6,-122.6,0\n172900,a,37.7,-122.7,0\n"
                          "259200,a,37.8,-122.8,1\n");
  std::vector<std::string> story;
  const auto note = [&](const char* what) { return [&story, what](const Ping& ping) { story.push_back(what + (" " + ping.cab)); }; };
  const Replay::Listener listener{note("at"), note("up"), note("down")};
  Replay second_day(path, 2, 10);
  EXPECT_TRUE(second_day.play(2'500, listener));  // 25 s of the day
  EXPECT_THAT(story, ElementsAre("at a", "at b", "up a", "at a"));
  EXPECT_FALSE(second_day.play(60'000, listener));
  EXPECT_THAT(story, ElementsAre("at a", "at b", "up a", "at a", "at b", "down b", "at a", "down a"));
}

TEST(Board, ARideIsOverWhenItIsCompletedOrItsMoneyIsBack) {
  Board board("t");
  const auto hear = [&](const char* booking, const char* type, std::int64_t at) {
    Event event;
    event.subject = booking;
    event.type = type;
    event.timestamp_ms = at;
    board.seen(event);
  };
  for (const auto* booking : {"b-t-1", "b-t-2"}) {
    board.ordered(booking);
    hear(booking, "BookingCreated", 100);
    hear(booking, "PaymentSucceeded", 110);
  }
  hear("b-t-1", "DriverAssigned", 140);
  hear("b-t-1", "DriverAssigned", 190);  // a resend
  hear("b-t-1", "BookingTripCompleted", 200);
  hear("b-t-2", "DriverNotFound", 150);
  hear("b-t-2", "BookingCanceled", 160);
  EXPECT_EQ(board.ended(), 1);
  EXPECT_THAT(board.open(5), ElementsAre("b-t-2 money back"));
  hear("b-t-2", "PaymentRefunded", 170);
  EXPECT_EQ(board.ended(), 2);
  EXPECT_EQ(board.assigned_after().p50_ms, 40);
}

TEST(Board, ARideThatItsRiderCanceledIsOverWhenItsPaymentIsKnown) {
  Board board("t");
  const auto hear = [&](const char* type) {
    Event event;
    event.subject = "b-t-1";
    event.type = type;
    board.seen(event);
  };
  board.ordered("b-t-1");
  for (const auto* type : {"BookingCreated", "BookingTripCompleted", "BookingCanceled"}) hear(type);
  EXPECT_EQ(board.ended(), 0) << "the money may still be taken";
  hear("PaymentFailed");
  EXPECT_EQ(board.ended(), 1);
  hear("PaymentSucceeded");  // after its deadline
  EXPECT_EQ(board.ended(), 0);
  hear("PaymentRefunded");
  EXPECT_EQ(board.at(Stage::kCanceled), 1);
}

}  // namespace
}  // namespace city
