// DriverAssignmentRequested → DriverAssigned | DriverNotFound: the nearest free driver, looked for in growing circles.
// The row in ride.drivers is the lock: whoever is being given away elsewhere is skipped, so no driver is ever given to
// two bookings. A cancel leaves a mark and frees the driver; a request that meets the mark assigns nobody. A driver who rejects
// a booking is free again and never gets that booking a second time.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Settings {
  std::vector<double> radii_m;      // circles around the pickup, growing
  std::int64_t silent_after_s = 0;  // a driver not heard of for so long is not offered
};
BOOST_DESCRIBE_STRUCT(Settings, (), (radii_m, silent_after_s))

class AssignDriver : public gofuture::Function<>, public gofuture::UsesSql {
 public:
  using Emits = gofuture::Events<ride::DriverAssigned, ride::DriverNotFound>;

  Outcome on(const ride::DriverAssignmentRequested& request) {
    const auto known =
        sql("SELECT EXISTS (SELECT FROM ride.canceled_bookings WHERE booking_id = $1) AS canceled,"
            "       EXISTS (SELECT FROM ride.assignments"
            "               WHERE booking_id = $1 AND ended_by IS DISTINCT FROM 'rejected') AS assigned,"
            "       (SELECT count(*) < 64 FROM (SELECT FROM ride.drivers WHERE booking_id IS NULL LIMIT 64) f) AS few",
            request.booking_id);
    if (known[0].get<bool>("canceled")) return skip("the booking is canceled");
    if (known[0].get<bool>("assigned")) return skip("the booking has had its driver");

    if (settings_.radii_m.empty()) return not_found(request, 0);
    if (known[0].get<bool>("few")) {
      if (assign(request, take_nearest(kOfTheFew, request, settings_.radii_m.back()))) return ok();
      return not_found(request, settings_.radii_m.back());
    }
    for (const double radius_m : settings_.radii_m)
      if (assign(request, take_nearest(kInTheCircle, request, radius_m))) return ok();
    return not_found(request, settings_.radii_m.back());
  }

  Outcome on(const ride::DriverRejected& rejection) {
    sql("WITH ended AS ("
        "  UPDATE ride.assignments SET ended_at = now(), ended_by = 'rejected'"
        "  WHERE booking_id = $1 AND driver_id = $2 AND ended_at IS NULL"
        ") UPDATE ride.drivers SET booking_id = NULL, assigned_at = NULL WHERE driver_id = $2 AND booking_id = $1",
        rejection.booking_id, rejection.driver_id);
    return ok();
  }

  Outcome on(const ride::BookingCanceled& cancel) {
    sql("WITH mark AS ("
        "  INSERT INTO ride.canceled_bookings (booking_id, reason) VALUES ($1, $2) ON CONFLICT (booking_id) DO NOTHING"
        "), ended AS ("
        "  UPDATE ride.assignments SET ended_at = now(), ended_by = 'canceled' WHERE booking_id = $1 AND ended_at IS "
        "NULL"
        ") UPDATE ride.drivers SET booking_id = NULL, assigned_at = NULL WHERE booking_id = $1",
        cancel.booking_id, cancel.reason);
    return ok();
  }

  Outcome on(const ride::BookingTripCompleted& trip) {
    sql("WITH ended AS ("
        "  UPDATE ride.assignments SET ended_at = now(), ended_by = 'completed' WHERE booking_id = $1 AND ended_at IS "
        "NULL"
        ") UPDATE ride.drivers SET booking_id = NULL, assigned_at = NULL WHERE booking_id = $1",
        trip.booking_id);
    return ok();
  }

 private:
  // Where to look: the cells around the circle, by their index; or, when only a few drivers are free at all, those. Busy
  // drivers would make the first way dear just when there is most to do.
  static constexpr const char* kInTheCircle =
      "(SELECT $4::float8 / 111320 AS lat, $4::float8 / (111320 * greatest(cos(radians($2::float8)), 0.01)) AS lon) half"
      "  JOIN ride.driver_positions p"
      "    ON p.cell_lat BETWEEN ride.cell($2::float8 - half.lat) AND ride.cell($2::float8 + half.lat)"
      "   AND p.cell_lon BETWEEN ride.cell($3::float8 - half.lon) AND ride.cell($3::float8 + half.lon)";
  static constexpr const char* kOfTheFew =
      "(SELECT driver_id FROM ride.drivers WHERE booking_id IS NULL LIMIT 64) few"
      "  JOIN ride.driver_positions p USING (driver_id)";

  // Candidates by distance; the first who is free is taken. Only his row is locked, and who is being given away elsewhere
  // is skipped. Positions never lock ride.drivers.
  gofuture::Rows take_nearest(const char* where, const ride::DriverAssignmentRequested& request, double radius_m) {
    return sql(
        std::string("WITH nearest AS ("
                    "  SELECT free.driver_id, near.metres"
                    "  FROM (SELECT p.driver_id, ride.metres_between(p.lat, p.lon, $2::float8, $3::float8) AS metres FROM ") +
            where +
            "        WHERE ride.metres_between(p.lat, p.lon, $2::float8, $3::float8) <= $4::float8"
            "          AND p.status = 'available' AND p.seen_at > now() - make_interval(secs => $5::float8)"
            "        ORDER BY metres, p.driver_id OFFSET 0) near,"
            "       LATERAL (SELECT d.driver_id FROM ride.drivers d WHERE d.driver_id = near.driver_id"
            "                AND d.booking_id IS NULL"
            "                AND NOT EXISTS (SELECT FROM ride.assignments a WHERE a.booking_id = $1 AND a.driver_id = d.driver_id)"
            "                FOR UPDATE OF d SKIP LOCKED) free"
            "  ORDER BY near.metres, near.driver_id LIMIT 1"
            "), taken AS ("
            "  UPDATE ride.drivers d SET booking_id = $1, assigned_at = now() FROM nearest n"
            "  WHERE d.driver_id = n.driver_id"
            ") "
            "INSERT INTO ride.assignments (booking_id, driver_id, region_id, distance_m)"
            " SELECT $1, driver_id, $6, round(metres)::int FROM nearest RETURNING driver_id, distance_m",
        request.booking_id, request.pickup_lat, request.pickup_lon, radius_m, settings_.silent_after_s,
        request.region_id);
  }

  bool assign(const ride::DriverAssignmentRequested& request, const gofuture::Rows& taken) {
    if (taken.empty()) return false;
    emit(ride::DriverAssigned{request.booking_id, request.region_id, taken[0].get<std::string>("driver_id"),
                              taken[0].get<std::int64_t>("distance_m")});
    return true;
  }
  Outcome not_found(const ride::DriverAssignmentRequested& request, double radius_m) {
    emit(ride::DriverNotFound{request.booking_id, request.region_id,
                              "no free driver within " + std::to_string(static_cast<std::int64_t>(radius_m / 1000)) + " km"});
    return ok();
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(AssignDriver)
