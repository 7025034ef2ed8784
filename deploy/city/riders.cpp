#include "riders.hpp"

#include "database.hpp"
#include "payloads.hpp"

namespace city {
namespace {

// Both rows or none: one statement is one transaction.
constexpr const char* kOrder = R"(
WITH new AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::bigint[], $7::text[], $8::uuid[], $9::text[], $10::text[], $11::text[])
    AS n(booking_id, rider_id, region_id, lat, lon, amount, currency, event_id, payload, time, traceparent)
), business AS (
  INSERT INTO ride.bookings (booking_id, rider_id, region_id, pickup_lat, pickup_lon, amount_minor, currency)
  SELECT booking_id, rider_id, region_id, lat, lon, amount, currency FROM new
)
INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid, traceparent)
SELECT event_id, 'riders-app', region_id, 'BookingCreated', 'booking.events', convert_to(payload, 'UTF8'), booking_id, time, booking_id, traceparent FROM new)";

constexpr const char* kCancel = R"(
INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid, traceparent)
SELECT $1::uuid, 'riders-app', $2, 'BookingCanceled', 'booking.events', convert_to($3, 'UTF8'), $4, $5, $4, $6
WHERE NOT EXISTS (SELECT FROM gofuture.events_outbox WHERE correlationid = $4 AND id = $1::uuid))";

constexpr const char* kAsk = R"(
INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid, traceparent)
SELECT $1::uuid, 'riders-app', $2, 'PricingRequested', 'pricing.events', convert_to($3, 'UTF8'), $2, $4, $2, $5
WHERE NOT EXISTS (SELECT FROM gofuture.events_outbox WHERE correlationid = $2 AND id = $1::uuid))";

}  // namespace

RidersApp::RidersApp(std::string postgres, std::uint64_t seed, std::function<void(const std::vector<Booking>&)> ordered,
                     std::function<void(const std::vector<Booking>&)> confirmed,
                     std::function<void(const std::string&, const std::string&)> canceled)
    : postgres_(std::move(postgres)), dice_(seed), ordered_(std::move(ordered)), confirmed_(std::move(confirmed)), canceled_(std::move(canceled)), thread_([this] { write(); }) {}

RidersApp::~RidersApp() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void RidersApp::ask(Booking booking) { add(questions_, std::move(booking)); }
void RidersApp::order(Booking booking) { add(queue_, std::move(booking)); }
void RidersApp::cancel(Booking booking) { add(cancels_, std::move(booking)); }

void RidersApp::add(std::vector<Booking>& to, Booking booking) {
  {
    const std::lock_guard lock(mutex_);
    to.push_back(std::move(booking));
  }
  changed_.notify_one();
}

std::size_t RidersApp::waiting() {
  const std::lock_guard lock(mutex_);
  return questions_.size() + queue_.size() + cancels_.size() + writing_;
}

// Until it is done; false: the app is closed first.
bool RidersApp::insist(std::unique_ptr<Database>& db, const std::function<void(Database&)>& work) {
  for (;;) {
    try {
      if (!db) db = std::make_unique<Database>(postgres_);
      work(*db);
      return true;
    } catch (const Trouble&) {
      db.reset();
      std::unique_lock lock(mutex_);
      if (stop_) return false;
      changed_.wait_for(lock, std::chrono::milliseconds(300), [&] { return stop_; });
    }
  }
}

void RidersApp::write() {
  std::unique_ptr<Database> db;
  for (;;) {
    std::vector<Booking> questions, batch, cancels;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || !questions_.empty() || !queue_.empty() || !cancels_.empty(); });
      if (questions_.empty() && queue_.empty() && cancels_.empty()) return;
      questions.swap(questions_);
      batch.swap(queue_);
      cancels.swap(cancels_);
      writing_ = questions.size() + batch.size() + cancels.size();
    }
    if (!batch.empty() && !write_orders(db, batch)) return;  // never confirmed: the audit asks only that it is all there or not at all
    for (const auto& b : questions) {
      if (!write_question(db, b)) return;
    }
    for (const auto& b : cancels) {  // after the orders: a ride is ordered before it is canceled
      if (!write_cancel(db, b)) return;
    }
    const std::lock_guard lock(mutex_);
    writing_ = 0;
  }
}

bool RidersApp::write_cancel(std::unique_ptr<Database>& db, const Booking& b) {
  const auto at = now_ms();
  const auto id = uuid7(at, dice_);
  const std::vector<std::string> row{id, b.region_id, booking_canceled(b), b.booking_id, rfc3339(at), traceparent(dice_)};
  const bool done = insist(db, [&](Database& open) { open.ask(kCancel, row); });
  if (done) canceled_(id, b.booking_id);
  return done;
}

bool RidersApp::write_question(std::unique_ptr<Database>& db, const Booking& b) {
  const auto at = now_ms();
  const std::vector<std::string> row{uuid7(at, dice_), b.booking_id, pricing_requested(b), rfc3339(at), traceparent(dice_)};
  return insist(db, [&](Database& open) { open.ask(kAsk, row); });
}

bool RidersApp::write_orders(std::unique_ptr<Database>& db, const std::vector<Booking>& batch) {
  ordered_(batch);
  std::vector<std::vector<std::string>> columns(11);
  for (const auto& b : batch) {
    const auto at = now_ms();
    const std::string row[] = {b.booking_id, b.rider_id, b.region_id, std::to_string(b.lat), std::to_string(b.lon), std::to_string(b.amount_minor),
                               b.currency, uuid7(at, dice_), booking_created(b), rfc3339(at), traceparent(dice_)};
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].push_back(row[i]);
  }
  std::vector<std::string> parameters;
  for (const auto& column : columns) parameters.push_back(array_of(column));
  // A lost connection leaves it unknown whether the commit happened: then the first row tells.
  const bool done = insist(db, [&](Database& open) {
    if (open.ask("SELECT 1 FROM ride.bookings WHERE booking_id = $1", {batch.front().booking_id}).empty()) open.ask(kOrder, parameters);
  });
  if (done) confirmed_(batch);
  return done;
}

}  // namespace city
