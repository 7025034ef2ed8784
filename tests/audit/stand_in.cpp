// Stand-in: the whole saga as one small loop, honest or with one planted misdeed, so that the city and its audit can be tried
// against something that is not the runtime. It promises nothing (no crash safety, no replicas) and is only for tests.
//
//   stand_in --prepare                 topics and tables, on a stack of the tests' own
//   stand_in --gateway URL [--plant lose|double|reorder|tear]   until SIGTERM
#include <librdkafka/rdkafka.h>

#include <boost/json.hpp>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "database.hpp"
#include "http_client.hpp"
#include "ids.hpp"
#include "kafka.hpp"

namespace {

using namespace city;
namespace json = boost::json;

volatile std::sig_atomic_t stopped = 0;

void prepare(const std::string& brokers, const std::string& postgres) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), error, sizeof error);
  rd_kafka_t* kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  std::vector<rd_kafka_NewTopic_t*> topics;
  for (const auto& [name, partitions] : std::map<const char*, int>{{"booking.events", 128}, {"driver.location", 256}, {"payments.status", 64},
                                                                   {"pricing.events", 64}, {"fraud.events", 32}, {"notification.events", 32}}) {
    topics.push_back(rd_kafka_NewTopic_new(name, partitions, 1, error, sizeof error));
  }
  rd_kafka_queue_t* queue = rd_kafka_queue_new(kafka);
  rd_kafka_CreateTopics(kafka, topics.data(), topics.size(), nullptr, queue);
  rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 60'000));
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy_array(topics.data(), topics.size());
  rd_kafka_destroy(kafka);
  Database db(postgres);
  if (!db.ask("SELECT to_regclass('ride.bookings')").front().front().empty()) return;
  for (const char* folder : {"runtime/postgres/migrations", "functions/ride/migrations"}) {
    std::set<std::filesystem::path> files;  // in order of their numbers
    for (const auto& file : std::filesystem::directory_iterator(std::string(GOFUTURE_SOURCE_DIR "/") + folder)) files.insert(file.path());
    for (const auto& file : files) {
      std::stringstream text;
      text << std::ifstream(file).rdbuf();
      db.script(text.str());
    }
  }
}

class StandIn {
 public:
  StandIn(const std::string& brokers, const std::string& postgres, std::string gateway, std::string plant)
      : db_(postgres), reader_(brokers), producer_(brokers), gateway_(std::move(gateway)), plant_(std::move(plant)) {
    reader_.start(reader_.ends({"booking.events", "payments.status", "pricing.events", "fraud.events", "notification.events", "driver.location"}));
    first_ = 1 + std::stoll(db_.ask("SELECT coalesce(max(seq), 0) FROM gofuture.events_outbox").front().front());
  }

  void run() {
    std::cout << "ready" << std::endl;
    while (stopped == 0) {
      std::vector<Event> batch;
      reader_.poll(20, [&](Event&& event) { batch.push_back(std::move(event)); });
      if (plant_ == "reorder") swap_neighbours(batch);
      db_.ask("BEGIN");
      for (const auto& event : batch) {
        if (!heard_.insert(event.id).second) continue;
        handle(event);
        if (plant_ == "double" && event.type == "BookingCreated" && ++counted_ % 5 == 0) handle(event);
      }
      db_.ask("COMMIT");
      relay();
    }
  }

 private:
  // The first two events of one ride that lie side by side change places.
  static void swap_neighbours(std::vector<Event>& batch) {
    std::map<std::string, std::size_t> last;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch[i].topic != "booking.events") continue;
      if (const auto before = last.find(batch[i].subject); before != last.end()) std::swap(batch[i], batch[before->second]);
      last[batch[i].subject] = i;
    }
  }

  void emit(const Event& cause, const std::string& type, json::object data) {
    if (plant_ == "lose" && type == "DriverAssignmentRequested" && ++counted_ % 5 == 0) return;
    const auto& booking = cause.correlation;
    data["booking_id"] = booking;
    data["region_id"] = regions_[booking];
    const std::string topic = type.starts_with("Payment") ? "payments.status" : type.starts_with("Fraud") ? "fraud.events" : type.starts_with("Pricing") ? "pricing.events"
                            : type.starts_with("Notification") ? "notification.events" : "booking.events";
    const bool notification = topic == "notification.events";
    const auto subject = notification ? std::string(data.at("user_id").as_string()) : booking;
    const auto key = topic == "booking.events" ? regions_[booking] : topic == "fraud.events" ? "p-" + booking : subject;
    db_.ask("INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid, causationid, hops) "
            "VALUES ($1, 'stand-in', $2, $3, $4, convert_to($5, 'UTF8'), $6, $7, $8, $9, $10)",
            {uuid7(now_ms(), dice_), key, type, topic, json::serialize(data), subject, rfc3339(now_ms()), booking, cause.id, std::to_string(cause.hops + 1)});
  }

  bool post(const std::string& path, json::object body, const std::string& booking, const std::string& key) {
    body["booking_id"] = booking;
    const auto answer = http_call(gateway_ + path, 20'000, json::serialize(body), {{"Idempotency-Key", key}});
    if (!answer) throw Trouble("the gateway does not answer");
    return answer->status == 200;
  }

  // Whoever is told is the rider.
  void tell(const Event& event) {
    emit(event, "NotificationRequested", {{"notification_id", event.id + "/rider"}, {"user_id", riders_[event.subject]}, {"kind", event.type}, {"text", "It happened."}});
  }

  void refund(const Event& event, std::int64_t amount) {
    if (amount == 0) return;
    const json::object money{{"amount_minor", amount}, {"currency", "USD"}, {"payment_id", "p-" + event.subject}};
    post("/v1/refunds", money, event.subject, event.id);
    emit(event, "PaymentRefunded", money);
  }

  void status(const Event& event, const std::string& to) {
    db_.ask("UPDATE ride.bookings SET status = $2, story = story || $2 || ' ' WHERE booking_id = $1", {event.subject, to});
  }

  void handle(const Event& event) {
    const auto o = json::parse(event.data).as_object();
    const auto& type = event.type;
    if (type == "DriverLocationUpdated") return position(o);
    const auto money = [&] { return json::object{{"amount_minor", fares_[event.subject]}, {"currency", "USD"}, {"payment_id", "p-" + event.subject}}; };
    if (type == "BookingCreated") {
      regions_[event.subject] = event.key;
      fares_[event.subject] = o.at("amount_minor").as_int64();
      riders_[event.subject] = o.at("rider_id").as_string();
      places_[event.subject] = {o.at("pickup_lat").to_number<double>(), o.at("pickup_lon").to_number<double>()};
      emit(event, "PaymentInitiated", money());
    } else if (type == "PaymentInitiated") {
      status(event, "paying");
      emit(event, "FraudCheckRequested", money());
    } else if (type == "FraudCheckRequested") {
      auto check = money();
      check["verdict"] = fares_[event.subject] > 50'000 ? "denied" : "approved";
      emit(event, "FraudCheckCompleted", check);
    } else if (type == "FraudCheckCompleted") {
      const bool paid = o.at("verdict") == "approved" && post("/v1/charges", money(), event.subject, event.id);
      emit(event, paid ? "PaymentSucceeded" : "PaymentFailed", money());
    } else if (type == "PaymentSucceeded") {
      db_.ask("UPDATE ride.bookings SET status = 'paid', story = story || 'paid ', captured_minor = captured_minor + amount_minor WHERE booking_id = $1", {event.subject});
      emit(event, "DriverAssignmentRequested", {});
    } else if (type == "DriverAssignmentRequested") {
      status(event, "searching");
      assign(event);
    } else if (type == "DriverAssigned") {
      status(event, "assigned");
      tell(event);
    } else if (type == "DriverArrived") {
      status(event, "arrived");
    } else if (type == "BookingTripStarted") {
      status(event, "started");
    } else if (type == "BookingTripCompleted") {
      status(event, "completed");
      db_.ask("UPDATE ride.drivers SET booking_id = NULL WHERE booking_id = $1", {event.subject});
      db_.ask("UPDATE ride.assignments SET ended_at = now(), ended_by = 'completed' WHERE booking_id = $1", {event.subject});
      const auto metered = std::llround(250 + 0.150 * o.at("distance_m").to_number<double>() + 40.0 / 60 * o.at("duration_s").to_number<double>());
      const auto fare = std::min<std::int64_t>(fares_[event.subject], metered);
      emit(event, "PricingPriceUpdated", {{"amount_minor", fare}, {"currency", "USD"}, {"stage", "final"}});
      refund(event, fares_[event.subject] - fare);
      tell(event);
    } else if (type == "PaymentFailed" || type == "DriverNotFound") {
      status(event, type == "PaymentFailed" ? "payment_failed" : "no_driver");
      db_.ask("INSERT INTO ride.canceled_bookings VALUES ($1, $2) ON CONFLICT DO NOTHING", {event.subject, type});
      if (type == "DriverNotFound") refund(event, fares_[event.subject]);
      emit(event, "BookingCanceled", {{"reason", type}});
    } else if (type == "PaymentRefunded") {
      db_.ask("UPDATE ride.bookings SET story = story || 'refunded ', refunded_minor = refunded_minor + $2::bigint WHERE booking_id = $1",
              {event.subject, std::to_string(o.at("amount_minor").as_int64())});
      tell(event);
    } else if (type == "BookingCanceled") {
      status(event, "canceled");
      tell(event);
    } else if (type == "PricingRequested") {
      regions_[event.subject] = o.at("region_id").as_string();
      const auto number = [&](const char* name) { return o.at(name).to_number<double>(); };
      const double north = number("dropoff_lat") - number("pickup_lat"), east = (number("dropoff_lon") - number("pickup_lon")) * std::cos(number("pickup_lat") * M_PI / 180);
      const auto fare = std::max<std::int64_t>(500, std::llround(350 + 190 * 111.32 * std::hypot(north, east)));
      emit(event, "PricingPriceUpdated", {{"amount_minor", fare}, {"currency", "USD"}, {"stage", "quote"}});
    } else if (type == "NotificationRequested") {
      auto sent = o;
      post("/v1/messages", o, event.correlation, event.id);
      sent["channel"] = "push";
      emit(event, "NotificationSent", std::move(sent));
    }
  }

  void position(const json::object& o) {
    const auto text = [&](const char* name) { return std::string(o.at(name).as_string()); };
    db_.ask("INSERT INTO ride.drivers (driver_id) VALUES ($1) ON CONFLICT DO NOTHING", {text("driver_id")});
    db_.ask("INSERT INTO ride.driver_positions AS p (driver_id, lat, lon, region_id, status, observed_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (driver_id) DO UPDATE "
            "SET lat = excluded.lat, lon = excluded.lon, region_id = excluded.region_id, status = excluded.status, observed_at = excluded.observed_at WHERE p.observed_at < excluded.observed_at",
            {text("driver_id"), std::to_string(o.at("lat").to_number<double>()), std::to_string(o.at("lon").to_number<double>()), text("region_id"), text("status"), text("observed_at")});
  }

  void assign(const Event& event) {
    const auto [lat, lon] = places_[event.subject];
    const auto found = db_.ask("SELECT driver_id FROM ride.driver_positions p JOIN ride.drivers d USING (driver_id) WHERE d.booking_id IS NULL AND p.status = 'available' "
                               "AND abs(lat - $1::float8) < 0.1 AND abs(lon - $2::float8) < 0.1 ORDER BY (lat - $1::float8) ^ 2 + (lon - $2::float8) ^ 2 LIMIT 1",
                               {std::to_string(lat), std::to_string(lon)});
    if (found.empty()) return emit(event, "DriverNotFound", {{"reason", "nobody near"}});
    const auto& driver = found.front().front();
    if (!db_.ask("SELECT 1 FROM ride.assignments WHERE booking_id = $1", {event.subject}).empty()) return emit(event, "DriverAssigned", {{"driver_id", driver}, {"distance_m", 0}});
    const bool torn = plant_ == "tear" && ++counted_ % 5 == 0;  // the event without its rows
    if (!torn) {
      db_.ask("UPDATE ride.drivers SET booking_id = $2 WHERE driver_id = $1", {driver, event.subject});
      db_.ask("INSERT INTO ride.assignments (booking_id, driver_id, region_id, distance_m) VALUES ($1, $2, $3, 0)", {event.subject, driver, event.key});
    }
    emit(event, "DriverAssigned", {{"driver_id", driver}, {"distance_m", 0}});
  }

  void relay() {
    for (const auto& r : db_.ask("SELECT seq, id, topic, aggregateid, aggregatetype, type, convert_from(payload, 'UTF8'), subject, time, correlationid, causationid, hops "
                                 "FROM gofuture.events_outbox WHERE seq > $1::bigint - 500 ORDER BY seq", {std::to_string(std::max(relayed_, first_))})) {
      // Two writers take numbers before they commit, so a lower number may appear later: look back, send once.
      if (std::stoll(r[0]) < first_ || !sent_.insert(r[1]).second) continue;
      producer_.send({.topic = r[2], .key = r[3], .id = r[1], .type = r[5], .source = r[4], .subject = r[7], .correlation = r[9], .causation = r[10], .traceparent = {}, .time = r[8],
                      .data = r[6], .hops = std::stoi(r[11])});
      relayed_ = std::max<std::int64_t>(relayed_, std::stoll(r[0]));
    }
    producer_.serve();
  }

  Database db_;
  Reader reader_;
  Producer producer_;
  std::string gateway_, plant_;
  Dice dice_{static_cast<std::uint64_t>(now_ms())};
  std::int64_t first_ = 0, relayed_ = 0, counted_ = 0;
  std::set<std::string> heard_, sent_;
  std::map<std::string, std::string> regions_, riders_;
  std::map<std::string, std::int64_t> fares_;
  std::map<std::string, std::pair<double, double>> places_;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGTERM, [](int) { stopped = 1; });
  std::signal(SIGINT, [](int) { stopped = 1; });
  std::string gateway, plant;
  bool only_prepare = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--prepare") == 0) only_prepare = true;
    if (std::strcmp(argv[i], "--gateway") == 0 && i + 1 < argc) gateway = argv[++i];
    if (std::strcmp(argv[i], "--plant") == 0 && i + 1 < argc) plant = argv[++i];
  }
  try {
    if (only_prepare) prepare(environment("GOFUTURE_KAFKA"), environment("GOFUTURE_POSTGRES"));
    else StandIn(environment("GOFUTURE_KAFKA"), environment("GOFUTURE_POSTGRES"), gateway, plant).run();
    return 0;
  } catch (const std::exception& trouble) {
    std::cerr << "stand_in: " << trouble.what() << std::endl;
    return 1;
  }
}
