// DriverLocationUpdated → ride.driver_positions: where each driver is, by the newest of his own times; one statement
// for the whole batch. It registers new drivers and never touches whom a driver is given to: that is assign_driver's
// alone.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

class TrackDrivers : public gofuture::Function<>, public gofuture::UsesSql {
 public:
  void on_batch(std::span<gofuture::In<ride::DriverLocationUpdated>> batch) {
    std::vector<std::string> drivers, regions, statuses, times;
    std::vector<double> lats, lons;
    for (const auto& in : batch) {
      drivers.push_back(in->driver_id);
      lats.push_back(in->lat);
      lons.push_back(in->lon);
      regions.push_back(in->region_id);
      statuses.push_back(in->status);
      times.push_back(in->observed_at);
    }
    // In driver order, so that two batches never wait for each other in a circle.
    sql("WITH heard AS ("
        "  SELECT DISTINCT ON (driver_id) *"
        "  FROM unnest($1::text[], $2::float8[], $3::float8[], $4::text[], $5::text[], $6::timestamptz[])"
        "       AS h (driver_id, lat, lon, region_id, status, observed_at)"
        "  ORDER BY driver_id, observed_at DESC"
        "), registered AS ("
        "  INSERT INTO ride.drivers (driver_id)"
        "  SELECT h.driver_id FROM heard h WHERE NOT EXISTS (SELECT FROM ride.drivers d WHERE d.driver_id = "
        "h.driver_id)"
        "  ON CONFLICT (driver_id) DO NOTHING"
        ") "
        "INSERT INTO ride.driver_positions AS p (driver_id, lat, lon, region_id, status, observed_at)"
        " SELECT driver_id, lat, lon, region_id, status, observed_at FROM heard ORDER BY driver_id"
        " ON CONFLICT (driver_id) DO UPDATE SET lat = excluded.lat, lon = excluded.lon, region_id = excluded.region_id,"
        "   status = excluded.status, observed_at = excluded.observed_at, seen_at = excluded.seen_at"
        " WHERE excluded.observed_at > p.observed_at",
        drivers, lats, lons, regions, statuses, times);
  }
};
GOFUTURE_FUNCTION(TrackDrivers)
