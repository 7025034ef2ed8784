// Everything that happens to a booking → ride.bookings: a projection for people and for the audit. A status applies
// only if its rank is higher, so late events never move a booking backwards; money is summed, so an effect applied
// twice would show; and the story says what was heard in which order, so that what overtook what would show too.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Change {  // what an event means for the row of its booking
  std::string status;  // and its word in the story; one without a rank moves the row nowhere
  std::optional<std::string> driver_id{};
  std::int64_t captured_minor = 0, refunded_minor = 0;
};

class BookingStatus : public gofuture::Function<>, public gofuture::UsesSql {
 public:
  using News =
      gofuture::In<ride::PaymentInitiated, ride::PaymentSucceeded, ride::PaymentFailed, ride::PaymentRefunded,
                   ride::DriverAssignmentRequested, ride::DriverAssigned, ride::DriverRejected, ride::DriverNotFound,
                   ride::DriverArrived, ride::BookingTripStarted, ride::BookingTripCompleted, ride::BookingCanceled>;

  void on_batch(std::span<News> batch) {
    std::vector<std::string> bookings, statuses;
    std::vector<std::optional<std::string>> drivers;
    std::vector<std::int64_t> captured, refunded;
    for (const auto& news : batch) {
      news.visit([&](const auto& event) {
        Change change = change_by(event);
        bookings.push_back(event.booking_id);
        statuses.push_back(std::move(change.status));
        drivers.push_back(std::move(change.driver_id));
        captured.push_back(change.captured_minor);
        refunded.push_back(change.refunded_minor);
      });
    }
    const auto without_row =
        sql("WITH news AS ("
            "  SELECT booking_id, sum(captured)::bigint AS captured, sum(refunded)::bigint AS refunded,"
            "         string_agg(status || ' ', '' ORDER BY nr) AS story,"
            "         (array_agg(status ORDER BY ride.status_rank(status) DESC NULLS LAST))[1] AS status,"
            "         (array_agg(driver_id ORDER BY nr DESC) FILTER (WHERE driver_id IS NOT NULL))[1] AS driver_id"
            "  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])"
            "       WITH ORDINALITY AS e (booking_id, status, driver_id, captured, refunded, nr)"
            "  GROUP BY booking_id"
            "), moved AS ("
            "  UPDATE ride.bookings b SET"
            "    status = CASE WHEN ride.status_rank(n.status) > b.rank THEN n.status ELSE b.status END,"
            "    driver_id = coalesce(n.driver_id, b.driver_id),"
            "    captured_minor = b.captured_minor + n.captured, refunded_minor = b.refunded_minor + n.refunded,"
            "    story = b.story || n.story, updated_at = now()"
            "  FROM news n WHERE b.booking_id = n.booking_id RETURNING b.booking_id"
            ") SELECT booking_id FROM news EXCEPT SELECT booking_id FROM moved",
            bookings, statuses, drivers, captured, refunded);
    // The relay never sends an event before its rows can be seen; whoever else carries the outbox may.
    for (const auto& row : without_row) {
      const auto booking_id = row.get<std::string>("booking_id");
      for (std::size_t i = 0; i < batch.size(); ++i)
        if (bookings[i] == booking_id) batch[i].retry("booking " + booking_id + " has no row yet");
    }
  }

 private:
  static Change change_by(const ride::PaymentInitiated&) { return {.status = "paying"}; }
  static Change change_by(const ride::PaymentSucceeded& paid) {
    return {.status = "paid", .captured_minor = paid.amount_minor};
  }
  static Change change_by(const ride::PaymentFailed&) { return {.status = "payment_failed"}; }
  static Change change_by(const ride::PaymentRefunded& refund) {
    return {.status = "refunded", .refunded_minor = refund.amount_minor};
  }
  static Change change_by(const ride::DriverAssignmentRequested&) { return {.status = "searching"}; }
  static Change change_by(const ride::DriverAssigned& given) {
    return {.status = "assigned", .driver_id = given.driver_id};
  }
  static Change change_by(const ride::DriverRejected&) { return {.status = "rejected"}; }
  static Change change_by(const ride::DriverNotFound&) { return {.status = "no_driver"}; }
  static Change change_by(const ride::DriverArrived&) { return {.status = "arrived"}; }
  static Change change_by(const ride::BookingTripStarted&) { return {.status = "started"}; }
  static Change change_by(const ride::BookingTripCompleted&) { return {.status = "completed"}; }
  static Change change_by(const ride::BookingCanceled&) { return {.status = "canceled"}; }
};
GOFUTURE_FUNCTION(BookingStatus)
