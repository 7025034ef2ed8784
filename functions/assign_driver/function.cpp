// DriverAssignmentRequested → DriverAssigned | DriverNotFound: the nearest free driver, looked for in growing circles.
// The row in ride.drivers is the lock: whoever is being given away elsewhere is skipped, so no driver is ever given to
// two bookings. A cancel leaves a mark and frees the driver; a request that meets the mark assigns nobody.
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
            "       EXISTS (SELECT FROM ride.assignments WHERE booking_id = $1) AS assigned",
            request.booking_id);
    if (known[0].get<bool>("canceled")) return skip("the booking is canceled");
    if (known[0].get<bool>("assigned")) return skip("the booking has had its driver");

    for (const double radius_m : settings_.radii_m) {
      const auto taken = take_nearest(request, radius_m);
      if (taken.empty()) continue;
      emit(ride::DriverAssigned{request.booking_id, request.region_id, taken[0].get<std::string>("driver_id"),
                                taken[0].get<std::int64_t>("distance_m")});
      return ok();
    }
    const auto farthest_km = settings_.radii_m.empty() ? 0 : static_cast<std::int64_t>(settings_.radii_m.back() / 1000);
    emit(ride::DriverNotFound{request.booking_id, request.region_id,
                              "no free driver within " + std::to_string(farthest_km) + " km"});
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
  // The box of cells around the circle is what the index finds; the distance (flat earth: good to a few per mille at
  // this size) decides. SKIP LOCKED looks at the driver's row only, which positions never lock.
  gofuture::Rows take_nearest(const ride::DriverAssignmentRequested& request, double radius_m) {
    return sql(
        "WITH place AS ("
        "  SELECT $2::float8 AS lat, $3::float8 AS lon, $4::float8 / 111320 AS dlat,"
        "         $4::float8 / (111320 * greatest(cos(radians($2::float8)), 0.01)) AS dlon"
        "), nearest AS ("
        "  SELECT d.driver_id, away.metres"
        "  FROM place, ride.driver_positions p JOIN ride.drivers d USING (driver_id),"
        "       LATERAL (SELECT 111320 * sqrt(power(p.lat - $2::float8, 2)"
        "                  + power((p.lon - $3::float8) * cos(radians($2::float8)), 2)) AS metres) away"
        "  WHERE p.cell_lat BETWEEN floor((place.lat - place.dlat) * 100)::int AND floor((place.lat + place.dlat) * "
        "100)::int"
        "    AND p.cell_lon BETWEEN floor((place.lon - place.dlon) * 100)::int AND floor((place.lon + place.dlon) * "
        "100)::int"
        "    AND p.status = 'available' AND d.booking_id IS NULL AND away.metres <= $4::float8"
        "    AND p.seen_at > now() - make_interval(secs => $5::float8)"
        "  ORDER BY away.metres, d.driver_id LIMIT 1 FOR UPDATE OF d SKIP LOCKED"
        "), taken AS ("
        "  UPDATE ride.drivers d SET booking_id = $1, assigned_at = now() FROM nearest n WHERE d.driver_id = "
        "n.driver_id"
        ") "
        "INSERT INTO ride.assignments (booking_id, driver_id, region_id, distance_m)"
        " SELECT $1, driver_id, $6, round(metres)::int FROM nearest RETURNING driver_id, distance_m",
        request.booking_id, request.pickup_lat, request.pickup_lon, radius_m, settings_.silent_after_s,
        request.region_id);
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(AssignDriver)
