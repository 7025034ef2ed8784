#include "faults/ride_world.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <regex>
#include <utility>
#include <vector>

#include "faults/until.hpp"
#include "support/contents.hpp"

namespace gofuture::test {

namespace fs = std::filesystem;

RideWorld::RideWorld() {
  garden_.make(std::vector<WantedTopic>{{payments_ + "-capture_payment-dlt", 1, {}}});
  std::string made = (fs::temp_directory_path() / "gofuture-rides-XXXXXX").string();
  folder_ = ::mkdtemp(made.data());
  copy_manifests();
  for (const std::string part : {"functions", "relay"})
    std::ofstream(folder_ / (part + ".toml")) << "[runtime]\nstate = \"" << (folder_ / ("state-" + part)).string() << "\"\ngroup_prefix = \""
                                              << bookings_ << "-\"\n[relay]\nenabled = " << (part == "relay" ? "true" : "false")
                                              << "\nslot = \"" << database_.name() << "\"\n";
  const auto migrate = start("relay", "migrate");
  EXPECT_EQ(migrate->end(), "status 0") << migrate->log();
}

RideWorld::~RideWorld() {
  let_drivers_go();
  gateway_.let_go();
  functions_.reset();
  relay_.reset();
  if (testing::Test::HasFailure())
    for (int run = 1; run <= started_; ++run)
      std::fprintf(stderr, "--- process %d\n%s", run, contents(folder_ / ("log" + std::to_string(run))).c_str());
  database_.wait_until("NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '" + database_.name() + "' AND active)");
  database_.run("SELECT pg_drop_replication_slot('" + database_.name() + "')");  // a database with one cannot be dropped
  fs::remove_all(folder_);
}

// A minute of the saga becomes two seconds; names and addresses become this test's.
void RideWorld::copy_manifests() {
  const std::pair<std::regex, std::string> changes[] = {
      {std::regex("\"booking\\.events\""), "\"" + bookings_ + "\""},
      {std::regex("\"payments\\.status\""), "\"" + payments_ + "\""},
      {std::regex("\"driver\\.location\""), "\"" + positions_ + "\""},
      {std::regex("\"pricing\\.events\""), "\"" + prices_ + "\""},
      {std::regex("\"fraud\\.events\""), "\"" + checks_ + "\""},
      {std::regex("\"notification\\.events\""), "\"" + messages_ + "\""},
      {std::regex("partitions = \\d+"), "partitions = " + std::to_string(kPartitions)},
      {std::regex("http://127\\.0\\.0\\.1:9480"), gateway_.url()},
      {std::regex("(deadline_s +)= 20 "), "$1= 2 "},
      {std::regex("(deadline_s +)= 120"), "$1= 4"},
      {std::regex("(deadline_s +)= 180"), "$1= 6"}};
  const fs::path from = fs::path(GOFUTURE_SOURCE_DIR) / "manifests";
  for (const std::string part : {"functions", "relay"}) {
    fs::create_directories(folder_ / part);
    fs::copy(from / "schemas", folder_ / part / "schemas");
    for (const auto& file : fs::directory_iterator(from)) {
      const std::string name = file.path().filename();
      if (!name.ends_with(".toml")) continue;
      const bool catalogue = name == "topics.toml" || name == "events.toml", drives = name == "track_drivers.toml";
      if (!catalogue && drives != (part == "relay")) continue;
      std::string text = contents(file.path());
      for (const auto& [pattern, mine] : changes) text = std::regex_replace(text, pattern, mine);
      std::ofstream(folder_ / part / name) << text;
    }
  }
  EXPECT_THAT(contents(folder_ / "functions/request_fraud_check.toml"), testing::HasSubstr("= 2 "));
  EXPECT_THAT(contents(folder_ / "functions/start_payment.toml"), testing::HasSubstr("= 4 "));
  EXPECT_THAT(contents(folder_ / "functions/request_driver.toml"), testing::HasSubstr("= 6 "));
}

std::unique_ptr<Program> RideWorld::start(const std::string& part, const std::string& command) {
  const std::map<std::string, std::string> environment = {
      {"GOFUTURE_KAFKA", kafka_brokers()},
      {"GOFUTURE_POSTGRES", database_.conninfo()},
      {"GOFUTURE_MANIFESTS", (folder_ / part).string()},
      {"GOFUTURE_FUNCTIONS", RIDE_FUNCTIONS},
      {"GOFUTURE_MIGRATIONS", GOFUTURE_SOURCE_DIR "/functions/ride/migrations"},
      {"GOFUTURE_INSTANCE", part},
      {"GOFUTURE_LISTEN", "127.0.0.1:0"}};
  return std::make_unique<Program>(GOFUTURE_BINARY_DIR "/bin/gofuture",
                                   std::vector<std::string>{"--settings", (folder_ / (part + ".toml")).string(), command}, environment,
                                   (folder_ / ("log" + std::to_string(++started_))).string());
}

void RideWorld::start_functions() {
  functions_ = start("functions", "run");
  ASSERT_TRUE(until([this] { return functions_->says("running 13 functions") || !functions_->ended().empty(); }));
  ASSERT_EQ(functions_->ended(), "");
  // Where a partition was begun is noted as soon as it is assigned.
  database_.wait_until("NOT EXISTS (SELECT id FROM gofuture.functions EXCEPT SELECT function_id FROM gofuture.start_offsets)");
}

void RideWorld::start_relay() { relay_ = start("relay", "run"); }

void RideWorld::order(const std::string& name, int count) {
  database_.run(
      "WITH place AS (SELECT '" + name + "-' || n AS booking_id, 37.005 + n / 100.0 AS lat, -122.415 AS lon FROM generate_series(1, " +
      std::to_string(count) + ") n),"
      " new AS (SELECT *, floor(lat * 100)::int || ':' || floor(lon * 100)::int AS region_id FROM place),"
      " driver AS (INSERT INTO ride.drivers (driver_id) SELECT 'driver of ' || booking_id FROM new),"
      " position AS (INSERT INTO ride.driver_positions (driver_id, lat, lon, region_id, status, observed_at)"
      "  SELECT 'driver of ' || booking_id, lat, lon, region_id, 'available', now() FROM new),"
      " business AS (INSERT INTO ride.bookings (booking_id, rider_id, region_id, pickup_lat, pickup_lon, amount_minor, currency)"
      "  SELECT booking_id, 'rider of ' || booking_id, region_id, lat, lon, 1250, 'USD' FROM new)"
      "INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, correlationid)"
      " SELECT gen_random_uuid(), 'riders-app', region_id, 'BookingCreated', '" + bookings_ + "', convert_to(json_build_object("
      "'booking_id', booking_id, 'rider_id', 'rider of ' || booking_id, 'region_id', region_id, 'pickup_lat', lat, 'pickup_lon', lon,"
      " 'amount_minor', 1250, 'currency', 'USD')::text, 'UTF8'), booking_id, booking_id FROM new");
}

void RideWorld::hold_drivers() {
  auto opened = PgConnection::open(database_.conninfo(), "gofuture test");
  ASSERT_TRUE(opened) << opened.error().message();
  driver_lock_ = std::make_unique<PgConnection>(std::move(*opened));
  const auto held = driver_lock_->run("BEGIN; LOCK TABLE ride.assignments IN EXCLUSIVE MODE");  // which may still be read
  ASSERT_TRUE(held.ok()) << held.failure().sentence();
}

std::int64_t RideWorld::records(const std::string& topic) const {
  std::int64_t all = 0;
  for (int partition = 0; partition < kPartitions; ++partition) all += log_end(topic, partition);
  return all;
}

}  // namespace gofuture::test
