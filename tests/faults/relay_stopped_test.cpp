// The relay stands still for ten minutes of ride time (a minute is two seconds here), longer than any deadline of the saga. The answers
// that were queued meanwhile win against the deadlines; what has no answer ends by its deadline as ever.
#include <gtest/gtest.h>

#include <string>

#include "faults/ride_world.hpp"
#include "faults/until.hpp"

namespace gofuture::test {
namespace {

constexpr int kRides = 20, kUnanswered = 2;

TEST(RelayStopped, ForTenMinutesOfRideTimeRefundsNoRideThatHadItsAnswerQueued) {
  RideWorld world;
  TestDatabase& database = world.database();
  world.start_relay();
  world.start_functions();
  if (HasFailure()) return;

  // These have paid, their requests for a driver are in Kafka, and no driver is given away yet.
  world.hold_drivers();
  world.order("searching", kRides);
  ASSERT_TRUE(until([&] { return world.booking_records() == 2 * kRides && world.payment_records() == 2 * kRides; }));
  // These are being paid, or try to.
  world.gateway().hold();
  world.order("paying", kRides);
  world.order("unanswered", kUnanswered);
  ASSERT_TRUE(until([&] { return world.payment_records() == 3 * kRides + kUnanswered && world.check_records() == 2 * (2 * kRides + kUnanswered); }));

  world.kill_relay();
  const std::string stopped = database.ask("SELECT clock_timestamp()");
  world.gateway().let_go();
  world.let_drivers_go();
  database.wait_until("(SELECT count(*) FROM gofuture.events_outbox WHERE type = 'PaymentSucceeded') = " + std::to_string(2 * kRides) +
                      " AND (SELECT count(*) FROM gofuture.events_outbox WHERE type = 'DriverAssigned') = " + std::to_string(kRides));
  database.run(
      "CREATE TABLE in_time AS SELECT o.subject AS booking_id, t.name AS step FROM gofuture.events_outbox o JOIN gofuture.timers t"
      " ON t.state_key = o.subject AND (t.name, o.type) IN (('payment-deadline', 'PaymentSucceeded'), ('driver-deadline', 'DriverAssigned'))"
      " WHERE t.due_at > clock_timestamp()");
  for (const std::string step : {"payment-deadline", "driver-deadline"})
    ASSERT_GT(database.number("SELECT count(*) FROM in_time WHERE step = '" + step + "'"), 0) << "no answer came before the " << step;

  database.wait_until("clock_timestamp() > timestamptz '" + stopped + "' + interval '20 s'");
  ASSERT_EQ(database.number("SELECT count(*) FROM gofuture.timers WHERE due_at > now()"), 0) << "every deadline has passed";
  EXPECT_EQ(database.ask("SELECT string_agg(type || ' of ' || subject, ', ') FROM gofuture.events_outbox"
                         " WHERE type IN ('PaymentFailed', 'DriverNotFound')"), "") << "while the relay stands still nobody knows who has answered";

  world.start_relay();
  database.wait_until("NOT EXISTS (SELECT FROM ride.bookings WHERE status NOT IN ('assigned', 'canceled'))");
  database.wait_until("NOT EXISTS (SELECT FROM gofuture.timers)");
  EXPECT_EQ(database.ask("SELECT string_agg(type || ' of ' || subject, ', ') FROM gofuture.events_outbox JOIN in_time ON booking_id = subject"
                         " WHERE type IN ('PaymentFailed', 'DriverNotFound', 'BookingCanceled', 'PaymentRefunded')"), "");
  EXPECT_EQ(database.ask("SELECT string_agg(booking_id || ': ' || story, ', ') FROM ride.bookings JOIN in_time USING (booking_id)"
                         " WHERE status <> 'assigned' OR captured_minor <> amount_minor OR refunded_minor <> 0"), "");
  std::string refunded;
  for (const std::string& booking : world.gateway().refunded())
    if (database.ask("SELECT EXISTS (SELECT FROM in_time WHERE booking_id = '" + booking + "')") == "t") refunded += booking + " ";
  EXPECT_EQ(refunded, "");

  // The deadlines were late, not dead.
  EXPECT_EQ(database.number("SELECT count(*) FROM gofuture.events_outbox JOIN ride.bookings ON booking_id = subject"
                            " WHERE booking_id LIKE 'unanswered-%' AND type = 'PaymentFailed' AND convert_from(payload, 'UTF8') LIKE '%timeout%'"
                            " AND status = 'canceled' AND captured_minor = 0"), kUnanswered);
}

}  // namespace
}  // namespace gofuture::test
