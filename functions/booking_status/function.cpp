// Everything that happens to a booking → ride.bookings: a projection for people and for the audit. A status applies only if its
// rank is higher, so late events never move a booking backwards; money is summed, so an effect applied twice would show; and the
// story says what was heard in which order, so that what overtook what would show too.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

class BookingStatus : public gofuture::Function<>, public gofuture::UsesSql {
 public:
  using News = gofuture::In<ride::PaymentInitiated, ride::PaymentSucceeded, ride::PaymentFailed, ride::PaymentRefunded,
                            ride::DriverAssignmentRequested, ride::DriverAssigned, ride::DriverNotFound, ride::DriverArrived,
                            ride::BookingTripStarted, ride::BookingTripCompleted, ride::BookingCanceled>;

  void on_batch(std::span<News> batch) {
    std::vector<std::string> bookings;
    std::vector<std::optional<std::string>> statuses, drivers;
    std::vector<std::int64_t> captured, refunded;
    for (const auto& news : batch) {
      bookings.push_back(news.visit([](const auto& event) { return event.booking_id; }));
      statuses.push_back(news.visit([](const auto& event) { return status_after(event); }));
      drivers.push_back(news.visit([](const ride::DriverAssigned& event) { return std::optional(event.driver_id); },
                                   [](const auto&) { return std::optional<std::string>(); }));
      captured.push_back(news.visit([](const ride::PaymentSucceeded& event) { return event.amount_minor; }, [](const auto&) { return std::int64_t{0}; }));
      refunded.push_back(news.visit([](const ride::PaymentRefunded& event) { return event.amount_minor; }, [](const auto&) { return std::int64_t{0}; }));
    }
    sql("UPDATE ride.bookings b SET"
        "   status = CASE WHEN ride.status_rank(n.status) > b.rank THEN n.status ELSE b.status END,"
        "   driver_id = coalesce(n.driver_id, b.driver_id),"
        "   captured_minor = b.captured_minor + n.captured, refunded_minor = b.refunded_minor + n.refunded,"
        "   story = b.story || n.story, updated_at = now()"
        " FROM (SELECT booking_id, sum(captured)::bigint AS captured, sum(refunded)::bigint AS refunded,"
        "              string_agg(coalesce(status, 'refunded') || ' ', '' ORDER BY nr) AS story,"
        "              (array_agg(status ORDER BY ride.status_rank(status) DESC NULLS LAST))[1] AS status,"
        "              (array_agg(driver_id ORDER BY nr DESC) FILTER (WHERE driver_id IS NOT NULL))[1] AS driver_id"
        "       FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])"
        "            WITH ORDINALITY AS e (booking_id, status, driver_id, captured, refunded, nr)"
        "       GROUP BY booking_id) n"
        " WHERE b.booking_id = n.booking_id",
        bookings, statuses, drivers, captured, refunded);
  }

 private:
  using Status = std::optional<std::string>;
  static Status status_after(const ride::PaymentInitiated&) { return "paying"; }
  static Status status_after(const ride::PaymentSucceeded&) { return "paid"; }
  static Status status_after(const ride::PaymentFailed&) { return "payment_failed"; }
  static Status status_after(const ride::PaymentRefunded&) { return std::nullopt; }
  static Status status_after(const ride::DriverAssignmentRequested&) { return "searching"; }
  static Status status_after(const ride::DriverAssigned&) { return "assigned"; }
  static Status status_after(const ride::DriverNotFound&) { return "no_driver"; }
  static Status status_after(const ride::DriverArrived&) { return "arrived"; }
  static Status status_after(const ride::BookingTripStarted&) { return "started"; }
  static Status status_after(const ride::BookingTripCompleted&) { return "completed"; }
  static Status status_after(const ride::BookingCanceled&) { return "canceled"; }
};
GOFUTURE_FUNCTION(BookingStatus)
