// What the ride functions' SQL does, on a real Postgres: the libraries as they are built, each on a connection of its
// own whose transactions the test opens and ends, so that two "replicas" can be made to meet at any point.
#include <dlfcn.h>
#include <libpq-fe.h>
#include <unistd.h>
#include <ride/events.hpp>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <gofuture/testing.hpp>
#include <iterator>
#include <memory>
#include <thread>

namespace {

using namespace gofuture;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Assigned = ride::DriverAssigned;
using NotFound = ride::DriverNotFound;

class Connection {
 public:
  explicit Connection(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str()), &PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    run("SET lock_timeout = '5s'");  // a wait that should not be fails the test instead of hanging it
  }
  // Several statements, no parameters; a failure is the test's.
  std::string run(const std::string& sql) {
    const Result result(PQexec(connection_.get(), sql.c_str()), &PQclear);
    const auto status = PQresultStatus(result.get());
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        << sql << ": " << PQresultErrorMessage(result.get());
    return status == PGRES_TUPLES_OK && PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }
  FakeSql::Answer serve(const FakeSql::Statement& statement) {
    std::vector<const char*> parameters;
    for (const auto& parameter : statement.parameters) parameters.push_back(parameter ? parameter->c_str() : nullptr);
    const Result result(PQexecParams(connection_.get(), statement.text.c_str(), static_cast<int>(parameters.size()),
                                     nullptr, parameters.data(), nullptr, nullptr, 0),
                        &PQclear);
    FakeSql::Answer answer;
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      answer.error = PQresultErrorMessage(result.get());
      return answer;
    }
    for (int column = 0; column < PQnfields(result.get()); ++column)
      answer.columns.emplace_back(PQfname(result.get(), column));
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      auto& cells = answer.rows.emplace_back();
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        if (PQgetisnull(result.get(), row, column) != 0)
          cells.emplace_back();
        else
          cells.emplace_back(PQgetvalue(result.get(), row, column));
      }
    }
    answer.affected = std::atoll(PQcmdTuples(result.get()));
    return answer;
  }

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

const gofuture_entry& entry_of(const std::string& function) {
  void* library = dlopen((std::string(FUNCTION_DIR) + "/" + function + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  return *static_cast<const gofuture_entry*>(dlsym(library, GOFUTURE_ENTRY_SYMBOL));
}

// One handler of a function on a connection of its own.
class Replica {
 public:
  Replica(const std::string& function, const std::string& conninfo, const std::string& config = "{}")
      : connection(conninfo), host(entry_of(function)) {
    host.config = config;
    host.sql.served_by([this](const FakeSql::Statement& statement) { return connection.serve(statement); });
  }
  template <class E>
  Outcome open(const std::string& key, const E& event) {  // handles it and leaves the transaction open
    connection.run("BEGIN");
    return host.handle({delivery(key, event)}).front();
  }
  void commit() { connection.run("COMMIT"); }
  void roll_back() { connection.run("ROLLBACK"); }
  template <class E>
  Outcome on(const std::string& key, const E& event) {
    auto outcome = open(key, event);
    commit();
    return outcome;
  }
  // One batch, one transaction: for each key what is made of it.
  template <class Make>
  std::vector<Outcome> all(const std::vector<std::string>& keys, Make make) {
    std::vector<Delivery> batch;
    for (const std::string& key : keys) batch.push_back(delivery(key, make(key)));
    connection.run("BEGIN");
    auto outcomes = host.handle(std::move(batch));
    commit();
    return outcomes;
  }
  template <class E>
  static Delivery delivery(const std::string& key, const E& event) {
    return {.type = std::string(type_name<E>()), .data = to_json(event), .key = key};
  }

  Connection connection;
  FakeHost host;
};

class FunctionsSqlTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* server = std::getenv("GOFUTURE_POSTGRES");
    if (server == nullptr || *server == '\0') return;
    const std::string name = "gofuture_functions_" + std::to_string(::getpid());
    Connection admin(server);
    admin.run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    admin.run("CREATE DATABASE " + name);
    const std::string base = server;
    conninfo_ = base.find("://") == std::string::npos
                    ? base + " dbname=" + name
                    : base + (base.find('?') == std::string::npos ? "?" : "&") + "dbname=" + name;
    for (const char* migration : {"001_tables.sql", "002_search.sql", "003_rejections.sql", "004_rank_inline.sql"}) {
      std::ifstream file(std::string(GOFUTURE_SOURCE_DIR) + "/functions/ride/migrations/" + migration);
      Connection(conninfo_).run(std::string(std::istreambuf_iterator<char>(file), {}));
    }
  }
  static void TearDownTestSuite() {
    if (conninfo_.empty()) return;
    Connection(std::getenv("GOFUTURE_POSTGRES"))
        .run("DROP DATABASE gofuture_functions_" + std::to_string(::getpid()) + " WITH (FORCE)");
  }
  void SetUp() override {
    if (conninfo_.empty()) GTEST_SKIP() << "GOFUTURE_POSTGRES is not set";
    ask("TRUNCATE ride.bookings, ride.drivers, ride.driver_positions, ride.canceled_bookings, ride.assignments");
  }

  static std::string ask(const std::string& sql) { return Connection(conninfo_).run(sql); }
  static std::unique_ptr<Replica> assigner() {
    return std::make_unique<Replica>("assign_driver", conninfo_,
                                     R"({"radii_m":[300,1000,3000,9000],"silent_after_s":600})");
  }
  static std::unique_ptr<Replica> tracker() { return std::make_unique<Replica>("track_drivers", conninfo_); }
  static ride::DriverLocationUpdated position(const std::string& driver, double lat,
                                              const std::string& status = "available",
                                              const std::string& time = "2026-01-01T00:00:00Z") {
    return {driver, "3776:-12243", lat, -122.425, status, time};
  }
  static void driver_at(const std::string& driver, double lat, const std::string& status = "available") {
    EXPECT_THAT(tracker()->on(driver, position(driver, lat, status)), IsOk());
  }
  static ride::DriverAssignmentRequested request(const std::string& booking) {
    return {booking, "3776:-12243", 37.765, -122.425};
  }

  static inline std::string conninfo_;
};

TEST_F(FunctionsSqlTest, TwoBookingsThatMeetAtOneDriverGetHimOnce) {
  driver_at("d-1", 37.766);
  auto first = assigner(), second = assigner();
  EXPECT_THAT(first->open("b-1", request("b-1")), IsOk());
  EXPECT_THAT(second->open("b-2", request("b-2")), IsOk()) << "the second must not wait for the first";
  EXPECT_THAT(first->host.emitted, ElementsAre(Event<Assigned>(Field(&Assigned::driver_id, "d-1"))));
  EXPECT_THAT(second->host.emitted, ElementsAre(Event<NotFound>()));
  second->commit();
  first->commit();
  EXPECT_EQ(ask("SELECT string_agg(booking_id || driver_id, ',') FROM ride.assignments"), "b-1d-1");
  EXPECT_EQ(ask("SELECT string_agg(booking_id || driver_id, ',') FROM ride.drivers"), "b-1d-1");
}

TEST_F(FunctionsSqlTest, AnAssignmentThatDidNotCommitLeavesTheDriverFree) {
  driver_at("d-1", 37.766);
  auto first = assigner(), second = assigner();
  EXPECT_THAT(first->open("b-1", request("b-1")), IsOk());
  first->roll_back();
  EXPECT_THAT(second->on("b-2", request("b-2")), IsOk());
  EXPECT_THAT(second->host.emitted, ElementsAre(Event<Assigned>(Field(&Assigned::driver_id, "d-1"))));
}

TEST_F(FunctionsSqlTest, AManyHandedRushGivesEveryDriverExactlyOnce) {
  constexpr int kDrivers = 12, kHands = 4, kBookingsPerHand = 10;
  for (int i = 0; i < kDrivers; ++i) driver_at("d-" + std::to_string(i), 37.76 + i * 0.001);
  std::atomic<int> given = 0;
  std::vector<std::thread> hands;
  for (int hand = 0; hand < kHands; ++hand) {
    hands.emplace_back([&given, hand] {
      auto replica = assigner();
      const int together = hand % 2 == 0 ? 1 : 5;  // in one batch
      for (int i = 0; i < kBookingsPerHand; i += together) {
        std::vector<std::string> bookings;
        for (int n = i; n < i + together; ++n) bookings.push_back("b-" + std::to_string(hand) + "-" + std::to_string(n));
        EXPECT_THAT(replica->all(bookings, request), Each(IsOk()));
      }
      for (const auto& emitted : replica->host.emitted) given += emitted.type == "DriverAssigned" ? 1 : 0;
    });
  }
  for (auto& hand : hands) hand.join();
  EXPECT_EQ(given, kDrivers) << "free drivers were left over, or one was given twice";
  EXPECT_EQ(ask("SELECT count(*) || ' ' || count(DISTINCT driver_id) FROM ride.assignments"), "12 12");
  EXPECT_EQ(ask("SELECT count(*) FROM ride.drivers d JOIN ride.assignments a USING (driver_id, booking_id)"), "12");
}

TEST_F(FunctionsSqlTest, TheNearestFreeDriverIsTaken) {
  driver_at("d-far", 37.785);
  driver_at("d-busy", 37.7655, "busy");
  driver_at("d-silent", 37.7655);
  driver_at("d-near", 37.768);
  ask("UPDATE ride.driver_positions SET seen_at = now() - interval '1 hour' WHERE driver_id = 'd-silent'");
  auto replica = assigner();
  for (const char* booking : {"b-1", "b-2", "b-3"}) EXPECT_THAT(replica->on(booking, request(booking)), IsOk());
  EXPECT_THAT(replica->host.emitted,
              ElementsAre(Event<Assigned>(Field(&Assigned::driver_id, "d-near"), Field(&Assigned::distance_m, 334)),
                          Event<Assigned>(Field(&Assigned::driver_id, "d-far"), Field(&Assigned::distance_m, 2226)),
                          Event<NotFound>(Field(&NotFound::reason, "no free driver within 9 km"))));
}

TEST_F(FunctionsSqlTest, OfABatchEachGetsTheNearestThatIsLeft) {
  for (const int others : {0, 70}) {
    ask("TRUNCATE ride.drivers, ride.driver_positions, ride.assignments");
    for (int i = 0; i < 7; ++i) driver_at("d-" + std::to_string(i), 37.7652 + i * 0.004);
    ask("INSERT INTO ride.drivers (driver_id) SELECT 'd-elsewhere-' || n FROM generate_series(1, " + std::to_string(others) + ") n");
    auto replica = assigner();
    const std::vector<std::string> bookings{"b-0", "b-1", "b-2", "b-3", "b-4", "b-5", "b-6", "b-7"};
    EXPECT_THAT(replica->all(bookings, request), Each(IsOk()));
    ASSERT_EQ(replica->host.emitted.size(), 8U);
    EXPECT_THAT(replica->host.emitted.back(), Event<NotFound>(Field(&NotFound::booking_id, "b-7")));
    EXPECT_EQ(ask("SELECT string_agg(booking_id || ' ' || driver_id, ',' ORDER BY booking_id) FROM ride.assignments"),
              "b-0 d-0,b-1 d-1,b-2 d-2,b-3 d-3,b-4 d-4,b-5 d-5,b-6 d-6");
  }
}

// With 70 free drivers the search goes by the cells, with fewer by the drivers who are free; who is found must not depend on it.
TEST_F(FunctionsSqlTest, TheNearestIsTheSameWhetherManyAreFreeOrFew) {
  driver_at("d-near", 37.7656);
  driver_at("d-far", 37.785);
  ask("INSERT INTO ride.drivers (driver_id) SELECT 'd-elsewhere-' || n FROM generate_series(1, 70) n");
  auto replica = assigner();
  for (const char* booking : {"b-1", "b-2"}) EXPECT_THAT(replica->open(booking, request(booking)), IsOk());
  replica->roll_back();
  ask("DELETE FROM ride.drivers WHERE driver_id LIKE 'd-elsewhere-%'");
  for (const char* booking : {"b-1", "b-2", "b-3"}) EXPECT_THAT(replica->on(booking, request(booking)), IsOk());
  const auto near = Event<Assigned>(Field(&Assigned::driver_id, "d-near"));
  const auto far = Event<Assigned>(Field(&Assigned::driver_id, "d-far"));
  EXPECT_THAT(replica->host.emitted, ElementsAre(near, far, near, far, Event<NotFound>()));
}

// A search that locked all whom it looked at would leave nobody for the others.
TEST_F(FunctionsSqlTest, ASearchLocksNobodyButTheDriverItTakes) {
  for (const int others : {0, 70}) {
    ask("TRUNCATE ride.drivers, ride.driver_positions, ride.assignments");
    for (int i = 0; i < 5; ++i) driver_at("d-" + std::to_string(i), 37.7652 + i * 0.0002);
    ask("INSERT INTO ride.drivers (driver_id) SELECT 'd-elsewhere-' || n FROM generate_series(1, " + std::to_string(others) + ") n");
    auto first = assigner(), second = assigner();
    EXPECT_THAT(first->open("b-1", request("b-1")), IsOk());
    EXPECT_THAT(second->open("b-2", request("b-2")), IsOk());
    EXPECT_THAT(first->host.emitted, ElementsAre(Event<Assigned>(Field(&Assigned::driver_id, "d-0"))));
    EXPECT_THAT(second->host.emitted, ElementsAre(Event<Assigned>(Field(&Assigned::driver_id, "d-1"))));
    first->commit();
    second->commit();
  }
}

TEST_F(FunctionsSqlTest, ARequestThatMeetsTheMarkAssignsNobody) {
  driver_at("d-1", 37.766);
  auto replica = assigner();
  EXPECT_THAT(replica->on("b-1", ride::BookingCanceled{"b-1", "3776:-12243", "changed my mind"}), IsOk());
  EXPECT_THAT(replica->on("b-1", request("b-1")), IsSkip());
  EXPECT_THAT(replica->host.emitted, IsEmpty());
  EXPECT_EQ(ask("SELECT count(*) FROM ride.drivers WHERE booking_id IS NULL"), "1");
}

TEST_F(FunctionsSqlTest, ADriverWhoRejectsIsFreeForOthersAndNeverGetsThatBookingAgain) {
  driver_at("d-near", 37.766);
  driver_at("d-far", 37.785);
  auto replica = assigner();
  const auto reject = [&](const std::string& driver) {
    EXPECT_THAT(replica->on("b-1", ride::DriverRejected{"b-1", "3776:-12243", driver}), IsOk());
  };
  EXPECT_THAT(replica->on("b-1", request("b-1")), IsOk());
  reject("d-far");  // he does not have it
  EXPECT_THAT(replica->on("b-1", request("b-1")), IsSkip()) << "it has a driver";
  reject("d-near");
  reject("d-near");
  EXPECT_THAT(replica->on("b-1", request("b-1")), IsOk());
  EXPECT_THAT(replica->on("b-2", request("b-2")), IsOk());
  reject("d-near");  // an echo: he carries b-2 now
  const auto near = Event<Assigned>(Field(&Assigned::driver_id, "d-near"));
  const auto far = Event<Assigned>(Field(&Assigned::driver_id, "d-far"));
  const auto other = Event<Assigned>(Field(&Assigned::booking_id, "b-2"), Field(&Assigned::driver_id, "d-near"));
  EXPECT_THAT(replica->host.emitted, ElementsAre(near, far, other));
  reject("d-far");
  EXPECT_THAT(replica->on("b-1", request("b-1")), IsOk());
  EXPECT_THAT(replica->host.emitted.back(), Event<NotFound>()) << "d-far is free, and has rejected it";
  EXPECT_EQ(ask("SELECT string_agg(concat_ws(' ', booking_id, driver_id, ended_by), ',' ORDER BY booking_id, driver_id)"
                " FROM ride.assignments"),
            "b-1 d-far rejected,b-1 d-near rejected,b-2 d-near");
  EXPECT_EQ(ask("SELECT string_agg(concat_ws(' ', driver_id, booking_id), ',' ORDER BY driver_id) FROM ride.drivers"),
            "d-far,d-near b-2");
}

TEST_F(FunctionsSqlTest, ACancelAndATripsEndFreeTheDriver) {
  driver_at("d-1", 37.766);
  auto replica = assigner();
  EXPECT_THAT(replica->on("b-1", request("b-1")), IsOk());
  EXPECT_THAT(replica->on("b-1", ride::BookingCanceled{"b-1", "3776:-12243", "changed my mind"}), IsOk());
  EXPECT_THAT(replica->on("b-2", request("b-2")), IsOk());
  EXPECT_THAT(replica->on("b-2", ride::BookingTripCompleted{"b-2", "3776:-12243", "d-1"}), IsOk());
  EXPECT_THAT(replica->on("b-1", ride::BookingTripCompleted{"b-1", "3776:-12243", "d-1"}), IsOk());
  EXPECT_EQ(ask("SELECT count(*) FROM ride.drivers WHERE booking_id IS NULL"), "1");
  EXPECT_EQ(ask("SELECT string_agg(booking_id || ' ' || ended_by, ',' ORDER BY booking_id) FROM ride.assignments"),
            "b-1 canceled,b-2 completed");
}

TEST_F(FunctionsSqlTest, AnOlderPositionNeverOverwritesANewerOne) {
  auto replica = tracker();
  EXPECT_THAT(replica->on("d-1", position("d-1", 37.2, "busy", "2026-01-01T00:00:02Z")), IsOk());
  EXPECT_THAT(replica->on("d-1", position("d-1", 37.1, "available", "2026-01-01T00:00:01Z")), IsOk());
  EXPECT_THAT(replica->on("d-1", position("d-1", 37.3, "available", "2026-01-01T00:00:02Z")), IsOk());
  EXPECT_EQ(ask("SELECT lat || status FROM ride.driver_positions"), "37.2busy");
}

TEST_F(FunctionsSqlTest, OfADriversPositionsInOneBatchTheNewestStays) {
  auto replica = tracker();
  replica->connection.run("BEGIN");
  replica->host.handle({Replica::delivery("d-1", position("d-1", 37.1, "busy", "2026-01-01T00:00:01+00:00")),
                        Replica::delivery("d-1", position("d-1", 37.2, "available", "2026-01-01T01:00:02+01:00")),
                        Replica::delivery("d-2", position("d-2", 37.5))});
  replica->commit();
  EXPECT_EQ(ask("SELECT string_agg(driver_id || lat || cell_lat || cell_lon, ' ' ORDER BY driver_id) FROM "
                "ride.driver_positions"),
            "d-137.214880-48970 d-237.515000-48970");
  EXPECT_EQ(ask("SELECT count(*) FROM ride.drivers"), "2");
}

TEST_F(FunctionsSqlTest, APositionNeitherFreesADriverNorHidesHimFromAnAssignment) {
  driver_at("d-1", 37.766);
  auto positions = tracker();
  EXPECT_THAT(positions->open("d-1", position("d-1", 37.767, "available", "2026-01-01T00:00:05Z")), IsOk());
  auto replica = assigner();
  EXPECT_THAT(replica->on("b-1", request("b-1")), IsOk()) << "while the position is still uncommitted";
  EXPECT_THAT(replica->host.emitted, ElementsAre(Event<Assigned>(Field(&Assigned::driver_id, "d-1"))));
  positions->commit();
  EXPECT_EQ(ask("SELECT booking_id FROM ride.drivers"), "b-1");
}

TEST_F(FunctionsSqlTest, AStatusNeverMovesBackwardsAndMoneyIsSummedOnce) {
  ask("INSERT INTO ride.bookings (booking_id, rider_id, region_id, pickup_lat, pickup_lon, amount_minor, currency)"
      " SELECT b, 'r-1', '3776:-12243', 37.765, -122.425, 1250, 'USD' FROM unnest('{b-1,b-2}'::text[]) b");
  Replica status("booking_status", conninfo_);
  status.connection.run("BEGIN");
  status.host.handle(
      {Replica::delivery("b-1", ride::DriverAssigned{"b-1", "3776:-12243", "d-1", 10}),
       Replica::delivery("b-1", ride::PaymentSucceeded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"}),
       Replica::delivery("b-2", ride::PaymentInitiated{"b-2", "3776:-12243", "p-b-2", "r-1", 1250, "USD"})});
  status.commit();
  EXPECT_EQ(ask("SELECT string_agg(concat_ws(' ', booking_id, status, driver_id, captured_minor), ', ' ORDER BY "
                "booking_id) FROM ride.bookings"),
            "b-1 assigned d-1 1250, b-2 paying 0");
  EXPECT_THAT(status.on("b-1", ride::DriverRejected{"b-1", "3776:-12243", "d-1"}), IsOk());
  EXPECT_EQ(ask("SELECT status || ' ' || story FROM ride.bookings WHERE booking_id = 'b-1'"), "assigned assigned paid rejected ");
  EXPECT_THAT(status.on("b-1", ride::BookingCanceled{"b-1", "3776:-12243", "changed my mind"}), IsOk());
  EXPECT_THAT(status.on("b-1", ride::BookingTripCompleted{"b-1", "3776:-12243", "d-1"}), IsOk());
  EXPECT_THAT(status.on("b-1", ride::PaymentRefunded{"b-1", "3776:-12243", "p-b-1", 1250, "USD"}), IsOk());
  EXPECT_EQ(ask("SELECT concat_ws(' ', status, driver_id, captured_minor, refunded_minor) FROM ride.bookings WHERE "
                "booking_id = 'b-1'"),
            "canceled d-1 1250 1250");
}

TEST_F(FunctionsSqlTest, NewsOfABookingWithoutARowIsNotTakenForDone) {
  ask("INSERT INTO ride.bookings (booking_id, rider_id, region_id, pickup_lat, pickup_lon, amount_minor, currency)"
      " VALUES ('b-1', 'r-1', '3776:-12243', 37.765, -122.425, 1250, 'USD')");
  Replica status("booking_status", conninfo_);
  status.connection.run("BEGIN");
  EXPECT_THAT(
      status.host.handle(
          {Replica::delivery("b-1", ride::PaymentInitiated{"b-1", "3776:-12243", "p-b-1", "r-1", 1250, "USD"}),
           Replica::delivery("b-2", ride::PaymentInitiated{"b-2", "3776:-12243", "p-b-2", "r-1", 1250, "USD"})}),
      ElementsAre(IsOk(), IsRetry("booking b-2 has no row yet")));
  status.roll_back();
}

}  // namespace
