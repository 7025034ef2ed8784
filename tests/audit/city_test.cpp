// The parts of the city on which the audit leans: ids, the gateway's ledger, the replayed fleet, what it reads of /metrics; and
// what its table says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "board.hpp"
#include "display.hpp"
#include "fleet.hpp"
#include "gateway_ledger.hpp"
#include "ids.hpp"
#include "ledger.hpp"
#include "replay.hpp"
#include "runtime_view.hpp"
#include "troubles.hpp"

namespace city {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

TEST(City, RetriesAreWhatWasParkedToBeTriedAgainAndNotWhatWaitsBehindIt) {
  const auto load = load_of("gofuture_events_parked_total{function=\"a\",outcome=\"retry\"} 3\ngofuture_events_parked_total{function=\"b\",outcome=\"retry\"} 1\n"
                            "gofuture_events_parked_total{function=\"a\",outcome=\"later\"} 10\ngofuture_events_parked_total{function=\"a\",outcome=\"held\"} 100\n"
                            "gofuture_events_total{function=\"a\",outcome=\"ok\"} 50\ngofuture_timers_fired_total{function=\"a\"} 2\n");
  EXPECT_EQ(load.counted.retries, 14);
  EXPECT_EQ(load.counted.events, 50);
  EXPECT_EQ(load.counted.timers_fired, 2);
}

TEST(City, WhatTheRuntimeCountedSurvivesItsRestarts) {
  CountsOverRestarts counts;
  counts.see({100, 5, 1});
  counts.see({200, 7, 1});
  EXPECT_EQ(counts.total().retries, 7);
  counts.see({3, 0, 0});  // a new process
  EXPECT_EQ(counts.total().retries, 7);
  counts.see({90, 4, 2});
  counts.see({1, 0, 0});  // and another one
  counts.see({10, 1, 0});
  EXPECT_EQ(counts.total().retries, 12);
  EXPECT_EQ(counts.total().timers_fired, 3);
  EXPECT_EQ(counts.total().events, 300);
}

TEST(City, ANewProcessIsKnownByItsEventsThoughItHasRetriedMoreThanTheOldOne) {
  CountsOverRestarts counts;
  counts.see({500, 2, 0});
  counts.see({40, 9, 0});
  EXPECT_EQ(counts.total().retries, 11);
}

TEST(City, TheTableTellsWhatWaits) {
  Sight sight;
  sight.runtime_seen = sight.runtime_up = true;
  sight.lag = 4;
  sight.in_flight = 2;
  sight.retries = 9;
  sight.waiting = {3, 1, 2, 5};
  EXPECT_EQ(work_line(sight), "lag 4   in flight 2   retries 9   parked 3 events of 1 key   dead letters 2   timers waiting 5");
  EXPECT_EQ(troubles_line(sight), "");
}

TEST(City, WhatWasCountedStaysInSightWhileWhoCountsItIsDown) {
  Sight sight;
  sight.runtime_seen = true;
  sight.store_up = false;
  sight.retries = 9;
  sight.kills = 2;
  sight.troubles.postgres_kills = 1;
  sight.troubles.replicas_joined = 1;
  EXPECT_EQ(work_line(sight), "runtime down   retries 9   parked 0 events of 0 keys   dead letters 0   timers waiting 0   Postgres down");
  EXPECT_EQ(troubles_line(sight), "kills: runtime 2, Postgres 1   two replicas");
}

TEST_F(CityFiles, TroublesAreReadAsFarAsTheyAreWritten) {
  const auto path = write("troubles", "postgres-kill 1.2\nreplica-joi");
  Troubles troubles(path);
  EXPECT_THAT(troubles.news(), ElementsAre("Postgres was killed and answers again after 1.2 s"));
  EXPECT_THAT(troubles.news(), IsEmpty());
  EXPECT_EQ(troubles.counts().replicas_joined, 0);
  std::ofstream(path, std::ios::app) << "ned\nkafka-kill 6.5\npostgres-kill 0.8\nreplica-left\n";
  EXPECT_EQ(troubles.news().size(), 4U);
  EXPECT_EQ(troubles.counts().postgres_kills, 2);
  EXPECT_DOUBLE_EQ(troubles.counts().postgres_away_s, 2.0);
  EXPECT_EQ(troubles.counts().kafka_kills, 1);
  EXPECT_EQ(troubles.counts().replicas_joined, 1);
  EXPECT_EQ(troubles.counts().replicas_left, 1);
  EXPECT_FALSE(troubles.counts().over);
  std::ofstream(path, std::ios::app) << "over\n";
  EXPECT_THAT(troubles.news(), IsEmpty());
  EXPECT_TRUE(troubles.counts().over);
}

TEST(City, WhereNobodyMakesTroubleThereIsNoneToWaitFor) {
  Troubles troubles("");
  EXPECT_THAT(troubles.news(), IsEmpty());
  EXPECT_TRUE(troubles.counts().over);
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

struct BoardTest : ::testing::Test {
  void hear(const std::string& booking, const std::string& type, const std::string& data = "{}", std::int64_t at = 0) {
    Event event;
    event.subject = event.correlation = booking;
    event.topic = type.starts_with("Notification") ? "notification.events" : "booking.events";
    event.type = type;
    event.data = data;
    event.id = booking + type + data;
    event.timestamp_ms = at;
    board.seen(event);
  }
  Board board{"t"};
};

TEST_F(BoardTest, ARideIsOverWhenItIsSettledOrItsMoneyIsBack) {
  for (const auto* booking : {"b-t-1", "b-t-2"}) {
    board.ordered(booking, 1'000);
    hear(booking, "BookingCreated", "{}", 100);
    hear(booking, "PaymentSucceeded");
  }
  hear("b-t-1", "DriverAssigned", "{}", 140);
  hear("b-t-1", "DriverAssigned", "{}", 190);  // a resend
  hear("b-t-1", "BookingTripCompleted");
  hear("b-t-2", "DriverNotFound");
  hear("b-t-2", "BookingCanceled");
  EXPECT_THAT(board.open(5), ElementsAre("b-t-1 money back", "b-t-2 money back"));
  hear("b-t-1", "PricingPriceUpdated", R"({"amount_minor":700,"stage":"quote"})");
  hear("b-t-1", "PricingPriceUpdated", R"({"amount_minor":400,"stage":"final"})");
  EXPECT_EQ(board.ended(), 0) << "600 are owed";
  hear("b-t-1", "PaymentRefunded", R"({"amount_minor":600})");
  EXPECT_EQ(board.at(Stage::kCompleted), 1);
  hear("b-t-2", "PaymentRefunded", R"({"amount_minor":1000})");
  EXPECT_EQ(board.ended(), 2);
  EXPECT_EQ(board.assigned_after().p50_ms, 40);
}

TEST_F(BoardTest, ARideThatItsRiderCanceledIsOverWhenItsPaymentIsKnown) {
  board.ordered("b-t-1", 1'000);
  for (const auto* type : {"BookingCreated", "BookingTripCompleted", "BookingCanceled"}) hear("b-t-1", type);
  EXPECT_EQ(board.ended(), 0) << "the money may still be taken";
  hear("b-t-1", "PaymentFailed");
  EXPECT_EQ(board.ended(), 1);
  hear("b-t-1", "PaymentSucceeded");  // after its deadline
  EXPECT_EQ(board.ended(), 0);
  hear("b-t-1", "PaymentRefunded", R"({"amount_minor":600})");
  hear("b-t-1", "PaymentRefunded", R"({"amount_minor":600})");  // a resend
  EXPECT_EQ(board.ended(), 0);
  hear("b-t-1", "PaymentRefunded", R"({"amount_minor":400})");
  EXPECT_EQ(board.at(Stage::kCanceled), 1);
}

TEST_F(BoardTest, WhoIsStillToBeToldIsCounted) {
  hear("b-t-1", "NotificationRequested", R"({"notification_id":"n1"})");
  hear("b-t-1", "NotificationSent", R"({"notification_id":"n2"})");  // its wish is on another partition
  EXPECT_EQ(board.untold(), 1);
  hear("b-t-1", "NotificationRequested", R"({"notification_id":"n2"})");
  hear("b-t-1", "NotificationSent", R"({"notification_id":"n1"})");
  hear("b-t-1", "NotificationSent", R"({"notification_id":"n1"})");
  EXPECT_EQ(board.untold(), 0);
  EXPECT_EQ(board.told(), 2);
}

}  // namespace
}  // namespace city
