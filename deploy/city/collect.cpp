#include "collect.hpp"

#include <iterator>
#include <sstream>

#include "database.hpp"
#include "fields.hpp"
#include "ids.hpp"
#include "kafka.hpp"

namespace city {
namespace {

Seen seen_of(Event&& event) {
  Seen seen;
  seen.topic = event.topic;
  seen.partition = event.partition;
  seen.offset = event.offset;
  seen.told_ms = parse_rfc3339(event.time);
  seen.id = event.id;
  seen.type = event.type;
  seen.booking_id = event.type.starts_with("Notification") ? event.correlation : event.subject;  // a notification's subject is who is told
  seen.correlation = event.correlation;
  seen.causation = event.causation;
  seen.content = hash(event.type, hash(event.key, hash(event.data)));
  const Fields data(event.data);
  seen.driver_id = data.text("driver_id");
  seen.timeout = data.text("reason").starts_with("timeout");
  seen.amount_minor = data.number("amount_minor");
  seen.stage = data.text("stage");
  seen.verdict = data.text("verdict");
  seen.message_id = data.text("notification_id");
  seen.user_id = data.text("user_id");
  seen.about = data.text("kind");
  seen.distance_m = data.number("distance_m");
  seen.duration_s = data.number("duration_s");
  return seen;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

}  // namespace

Evidence collect(const Sources& sources) {
  Evidence out;
  out.city = read_ledger(sources.city_ledger);
  const auto& run = out.city.head.run;
  const auto bookings = "b-" + run + "-", drivers = "d-" + run + "-";

  Database db(sources.postgres);
  const auto all = [&](const std::string& sql, const std::string& prefix, const auto& take) {
    for (const auto& row : db.ask(sql, {prefix + "%"})) take(row);
  };
  all("SELECT booking_id, status, driver_id, amount_minor, captured_minor, refunded_minor, to_jsonb(b) ->> 'story' FROM ride.bookings b WHERE booking_id LIKE $1", bookings,
      [&](const auto& r) { out.bookings[r[0]] = {r[1], r[2], std::stoll(r[3]), std::stoll(r[4]), std::stoll(r[5]), words_of(r[6])}; });
  all("SELECT booking_id, driver_id FROM ride.assignments WHERE booking_id LIKE $1", bookings, [&](const auto& r) { out.assignments[r[0]].insert(r[1]); });
  all("SELECT booking_id FROM ride.canceled_bookings WHERE booking_id LIKE $1", bookings, [&](const auto& r) { out.cancel_marks.insert(r[0]); });
  all("SELECT id, type FROM gofuture.events_outbox WHERE correlationid LIKE $1", bookings, [&](const auto& r) { out.outbox[r[0]] = r[1]; });
  all("SELECT event_id FROM gofuture.dead_letters WHERE correlationid LIKE $1", bookings, [&](const auto& r) { out.dead.insert(r[0]); });
  all("SELECT driver_id, observed_at FROM ride.driver_positions WHERE driver_id LIKE $1", drivers, [&](const auto& r) { out.driver_positions[r[0]] = parse_rfc3339(r[1]); });
  all("SELECT driver_id, booking_id FROM ride.drivers WHERE booking_id IS NOT NULL AND driver_id LIKE $1", drivers, [&](const auto& r) { out.drivers_not_free[r[0]] = r[1]; });
  for (const auto& r : db.ask("SELECT seq, what, key, was, \"is\" FROM city.trail WHERE key LIKE $1 OR key LIKE $2 ORDER BY seq", {bookings + "%", drivers + "%"})) {
    out.trail.push_back({std::stoll(r[0]), r[1], r[2], r[3], r[4]});
  }

  // The tables first: what is on a topic but not in a table read before would be the audit's own doing, if the runtime still worked.
  Reader reader(sources.kafka);
  reader.read_all(out.city.head.start, [&](Event&& event) {
    if (out.city.poison.contains(event.id)) return;  // nobody ordered it; audit() asks what became of it
    if (event.subject.starts_with(bookings) || event.correlation.starts_with(bookings)) out.events.push_back(seen_of(std::move(event)));
  });
  for (auto& entry : read_gateway_ledger(sources.gateway_ledger)) {
    if (entry.booking_id.starts_with(bookings)) out.gateway.push_back(std::move(entry));
  }
  return out;
}

}  // namespace city
