#include "ledger.hpp"

#include <boost/json.hpp>

#include "database.hpp"  // Trouble

namespace city {
namespace json = boost::json;

Ledger::Ledger(const std::string& path, const RunHead& head) : out_(path, std::ios::trunc) {
  if (!out_) throw Trouble("the city cannot write its ledger " + path);
  json::object start;
  for (const auto& [topic, offsets] : head.start) start[topic] = json::value_from(offsets);
  out_ << json::serialize(json::object{{"run", head.run}, {"seed", head.seed}, {"started_ms", head.started_ms}, {"start", start}}) << "\n";
  flush();
}

void Ledger::asked(const Booking& b) {
  const std::lock_guard lock(mutex_);
  out_ << json::serialize(json::object{{"asked", b.booking_id}, {"region", b.region_id}, {"lat", b.lat}, {"lon", b.lon}, {"to_lat", b.to_lat}, {"to_lon", b.to_lon}}) << "\n";
}

void Ledger::ordered(const std::vector<Booking>& bookings) {
  const std::lock_guard lock(mutex_);
  for (const auto& b : bookings) {
    out_ << json::serialize(json::object{{"ordered", b.booking_id}, {"rider", b.rider_id}, {"region", b.region_id}, {"lat", b.lat},
                                         {"lon", b.lon}, {"amount", b.amount_minor}, {"currency", b.currency}, {"at", b.at_ms}}) << "\n";
  }
  flush();
}

void Ledger::confirmed(const std::vector<Booking>& bookings) {
  const std::lock_guard lock(mutex_);
  json::array ids;
  for (const auto& b : bookings) ids.emplace_back(b.booking_id);
  out_ << json::serialize(json::object{{"confirmed", ids}}) << "\n";
}

void Ledger::sent(const std::string& event_id, const std::string& type, const std::string& booking_id) {
  const std::lock_guard lock(mutex_);
  out_ << json::serialize(json::object{{"sent", event_id}, {"type", type}, {"booking", booking_id}}) << "\n";
}

void Ledger::poisoned(const std::string& event_id) {
  const std::lock_guard lock(mutex_);
  out_ << json::serialize(json::object{{"poison", event_id}}) << "\n";
  flush();
}

void Ledger::last_positions(const std::map<std::string, LastPosition>& positions) {
  const std::lock_guard lock(mutex_);
  for (const auto& [driver, last] : positions) {
    out_ << json::serialize(json::object{{"driver", driver}, {"last", last.observed_ms}, {"count", last.count}}) << "\n";
  }
  flush();
}

void Ledger::flush() {
  out_.flush();
  if (!out_) throw Trouble("the city cannot write its ledger: is the disk full?");
}

LedgerContents read_ledger(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw Trouble("there is no ledger " + path + "; `city run` writes one per run");
  LedgerContents out;
  for (std::string line; std::getline(in, line);) {
    boost::system::error_code error;
    const auto value = json::parse(line, error);
    if (error) continue;  // the torn last line of a city that was killed
    const auto& o = value.as_object();
    const auto text = [&](const char* name) { return std::string(o.at(name).as_string()); };
    const auto number = [&](const char* name) { return o.at(name).to_number<std::int64_t>(); };
    if (o.contains("run")) {
      out.head = {text("run"), o.at("seed").to_number<std::uint64_t>(), number("started_ms"), {}};
      for (const auto& [topic, offsets] : o.at("start").as_object()) out.head.start[topic] = json::value_to<std::vector<std::int64_t>>(offsets);
    } else if (o.contains("asked")) {
      const auto degrees = [&](const char* name) { return o.at(name).to_number<double>(); };
      out.asked[text("asked")] = {.booking_id = text("asked"), .rider_id = {}, .region_id = text("region"), .currency = {}, .lat = degrees("lat"),
                                  .lon = degrees("lon"), .to_lat = degrees("to_lat"), .to_lon = degrees("to_lon")};
    } else if (o.contains("ordered")) {
      out.ordered[text("ordered")] = {text("ordered"), text("rider"), text("region"), text("currency"), o.at("lat").to_number<double>(),
                                      o.at("lon").to_number<double>(), number("amount"), number("at")};
    } else if (o.contains("confirmed")) {
      for (const auto& id : o.at("confirmed").as_array()) out.confirmed.emplace(id.as_string());
    } else if (o.contains("sent")) {
      out.sent[text("sent")] = text("booking");
    } else if (o.contains("poison")) {
      out.poison.insert(text("poison"));
    } else if (o.contains("driver")) {
      out.positions[text("driver")] = {number("last"), number("count")};
    }
  }
  if (out.head.run.empty()) throw Trouble(path + " is not a ledger of `city run`");
  return out;
}

}  // namespace city
