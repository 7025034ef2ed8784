// DriverAssignmentRequested → DriverAssigned | DriverNotFound: the nearest free driver, looked for in growing circles.
// The row in ride.drivers is the lock: whoever is being given away elsewhere is skipped, so no driver is ever given to
// two bookings. A cancel leaves a mark and frees the driver; a request that meets the mark assigns nobody. A driver who rejects
// a booking is free again and never gets that booking a second time. All requests of a batch are looked at by one statement.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

#include <map>
#include <set>

struct Settings {
  std::vector<double> radii_m;      // circles around the pickup, growing
  std::int64_t silent_after_s = 0;  // a driver not heard of for so long is not offered
};
BOOST_DESCRIBE_STRUCT(Settings, (), (radii_m, silent_after_s))

class AssignDriver : public gofuture::Function<>, public gofuture::UsesSql {
 public:
  using Emits = gofuture::Events<ride::DriverAssigned, ride::DriverNotFound>;
  using News =
      gofuture::In<ride::DriverAssignmentRequested, ride::DriverRejected, ride::BookingCanceled, ride::BookingTripCompleted>;

  // Of each booking one event at a time, so that its events keep their order.
  void on_batch(std::span<News> batch) {
    while (!batch.empty()) {
      std::set<std::string> bookings;
      std::size_t count = 0;
      while (count < batch.size() && bookings.insert(booking_of(batch[count])).second) ++count;
      end(batch.first(count));
      assign(batch.first(count));
      batch = batch.subspan(count);
    }
  }

 private:
  struct Wanted {
    News* news;
    const ride::DriverAssignmentRequested* request;
    std::size_t circle;
  };
  struct Pick {
    std::size_t wanted;
    std::string driver_id;
    double metres;
  };

  static std::string booking_of(const News& news) {
    return news.visit([](const auto& event) { return event.booking_id; });
  }

  // --- rides that are over, for their drivers --------------------------------------------------------------------------

  void end(std::span<News> batch) {
    std::vector<std::string> bookings, ended_by, canceled, reasons;
    std::vector<std::optional<std::string>> drivers;  // nobody: whoever has it
    const auto over = [&](const std::string& booking, std::optional<std::string> driver, const char* how) {
      bookings.push_back(booking);
      drivers.push_back(std::move(driver));
      ended_by.emplace_back(how);
    };
    for (const News& news : batch) {
      news.visit([](const ride::DriverAssignmentRequested&) {},
                 [&](const ride::DriverRejected& rejection) { over(rejection.booking_id, rejection.driver_id, "rejected"); },
                 [&](const ride::BookingTripCompleted& trip) { over(trip.booking_id, std::nullopt, "completed"); },
                 [&](const ride::BookingCanceled& cancel) {
                   over(cancel.booking_id, std::nullopt, "canceled");
                   canceled.push_back(cancel.booking_id);
                   reasons.push_back(cancel.reason);
                 });
    }
    if (bookings.empty()) return;
    sql("WITH over AS ("
        "  SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS o (booking_id, driver_id, ended_by)"
        "), mark AS ("
        "  INSERT INTO ride.canceled_bookings (booking_id, reason)"
        "  SELECT * FROM unnest($4::text[], $5::text[]) ON CONFLICT (booking_id) DO NOTHING"
        "), ended AS ("
        "  UPDATE ride.assignments a SET ended_at = now(), ended_by = o.ended_by FROM over o"
        "  WHERE a.booking_id = o.booking_id AND a.ended_at IS NULL AND a.driver_id = coalesce(o.driver_id, a.driver_id)"
        ") UPDATE ride.drivers d SET booking_id = NULL, assigned_at = NULL FROM over o"
        "  WHERE d.booking_id = o.booking_id AND d.driver_id = coalesce(o.driver_id, d.driver_id)",
        bookings, drivers, ended_by, canceled, reasons);
  }

  // --- bookings that want a driver ---------------------------------------------------------------------------------------

  void assign(std::span<News> batch) {
    std::vector<Wanted> wanted;
    std::vector<std::string> bookings;
    for (News& news : batch) {
      if (const auto* request = std::get_if<ride::DriverAssignmentRequested>(&*news)) {
        wanted.push_back({&news, request, 0});
        bookings.push_back(request->booking_id);
      }
    }
    if (wanted.empty()) return;
    const auto known =
        sql("SELECT EXISTS (SELECT FROM ride.canceled_bookings c WHERE c.booking_id = b.booking_id) AS canceled,"
            "       EXISTS (SELECT FROM ride.assignments a"
            "               WHERE a.booking_id = b.booking_id AND a.ended_by IS DISTINCT FROM 'rejected') AS assigned,"
            "       (SELECT count(*) < 64 FROM (SELECT FROM ride.drivers WHERE booking_id IS NULL LIMIT 64) f) AS few"
            " FROM unnest($1::text[]) WITH ORDINALITY AS b (booking_id, nr) ORDER BY nr",
            bookings);
    const bool few = known[0].get<bool>("few");
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (few && !settings_.radii_m.empty()) wanted[i].circle = settings_.radii_m.size() - 1;
      if (known[i].get<bool>("canceled")) skip(wanted[i], "the booking is canceled");
      else if (known[i].get<bool>("assigned")) skip(wanted[i], "the booking has had its driver");
      else if (settings_.radii_m.empty()) not_found(wanted[i], 0);
    }
    std::vector<std::string> refused;  // drivers who are being given away elsewhere
    while (std::erase_if(wanted, [](const Wanted& one) { return one.news == nullptr; }), !wanted.empty())
      take(wanted, pick(wanted, candidates(few ? kOfTheFew : kInTheCircle, wanted, refused)), refused);
  }

  // Where to look: the cells around the circle, by their index; or, when only a few drivers are free at all, those. Busy
  // drivers would make the first way dear just when there is most to do.
  static constexpr const char* kInTheCircle =
      "(SELECT w.radius / 111320 AS lat, w.radius / (111320 * greatest(cos(radians(w.lat)), 0.01)) AS lon) half"
      "  JOIN ride.driver_positions p"
      "    ON p.cell_lat BETWEEN ride.cell(w.lat - half.lat) AND ride.cell(w.lat + half.lat)"
      "   AND p.cell_lon BETWEEN ride.cell(w.lon - half.lon) AND ride.cell(w.lon + half.lon)";
  static constexpr const char* kOfTheFew =
      "(SELECT driver_id FROM ride.drivers WHERE booking_id IS NULL LIMIT 64) few"
      "  JOIN ride.driver_positions p USING (driver_id)";

  // For each booking the nearest who are free, nearest first. Nobody is locked by being looked at. Where Postgres sees how long an
  // array is, it plans anew for each batch, which costs twice the search: (SELECT $1) hides it.
  gofuture::Rows candidates(const char* where, const std::vector<Wanted>& wanted, const std::vector<std::string>& refused) {
    std::vector<std::string> bookings;
    std::vector<double> lats, lons, radii;
    for (const Wanted& one : wanted) {
      bookings.push_back(one.request->booking_id);
      lats.push_back(one.request->pickup_lat);
      lons.push_back(one.request->pickup_lon);
      radii.push_back(settings_.radii_m[one.circle]);
    }
    return sql(
        std::string("SELECT w.nr, free.driver_id, free.metres"
                    " FROM unnest((SELECT $1::text[]), $2::float8[], $3::float8[], $4::float8[])"
                    "      WITH ORDINALITY AS w (booking_id, lat, lon, radius, nr),"
                    " LATERAL (SELECT near.driver_id, near.metres"
                    "  FROM (SELECT p.driver_id, ride.metres_between(p.lat, p.lon, w.lat, w.lon) AS metres FROM ") +
            where +
            "        WHERE ride.metres_between(p.lat, p.lon, w.lat, w.lon) <= w.radius"
            "          AND p.status = 'available' AND p.seen_at > now() - make_interval(secs => $5::float8)"
            "        ORDER BY metres, p.driver_id OFFSET 0) near"
            "  WHERE near.driver_id <> ALL ($6::text[])"
            "    AND EXISTS (SELECT FROM ride.drivers d WHERE d.driver_id = near.driver_id AND d.booking_id IS NULL OFFSET 0)"
            "    AND NOT EXISTS (SELECT FROM ride.assignments a"
            "                    WHERE a.booking_id = w.booking_id AND a.driver_id = near.driver_id OFFSET 0)"
            "  ORDER BY near.metres, near.driver_id LIMIT 4) free"
            " ORDER BY w.nr, free.metres, free.driver_id",
        bookings, lats, lons, radii, settings_.silent_after_s, refused);
  }

  // First come, first served; whose candidates are all gone looks again. Who has none looks in the next circle, or has no driver.
  std::vector<Pick> pick(std::vector<Wanted>& wanted, const gofuture::Rows& candidates) {
    std::vector<Pick> picks;
    std::set<std::string> picked;
    std::size_t row = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      bool somebody = false, served = false;
      for (; row < candidates.size() && candidates[row].get<std::int64_t>("nr") == static_cast<std::int64_t>(i) + 1; ++row) {
        somebody = true;
        auto driver_id = candidates[row].get<std::string>("driver_id");
        if (served || !picked.insert(driver_id).second) continue;
        served = true;
        picks.push_back({i, std::move(driver_id), candidates[row].get<double>("metres")});
      }
      if (somebody) continue;
      if (wanted[i].circle + 1 < settings_.radii_m.size()) ++wanted[i].circle;
      else not_found(wanted[i], settings_.radii_m.back());
    }
    return picks;
  }

  // Only the rows of the picked are locked, and who is being given away elsewhere is skipped.
  void take(std::vector<Wanted>& wanted, const std::vector<Pick>& picks, std::vector<std::string>& refused) {
    if (picks.empty()) return;
    std::vector<std::string> bookings, drivers, regions;
    std::vector<double> metres;
    for (const Pick& one : picks) {
      bookings.push_back(wanted[one.wanted].request->booking_id);
      regions.push_back(wanted[one.wanted].request->region_id);
      drivers.push_back(one.driver_id);
      metres.push_back(one.metres);
    }
    const auto taken =
        sql("WITH picks AS ("
            "  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[]) AS p (booking_id, driver_id, region_id, metres)"
            "), free AS ("
            "  SELECT d.driver_id FROM picks p JOIN ride.drivers d ON d.driver_id = p.driver_id WHERE d.booking_id IS NULL"
            "  FOR UPDATE OF d SKIP LOCKED"
            "), given AS ("
            "  UPDATE ride.drivers d SET booking_id = p.booking_id, assigned_at = now() FROM picks p JOIN free USING (driver_id)"
            "  WHERE d.driver_id = p.driver_id"
            ") "
            "INSERT INTO ride.assignments (booking_id, driver_id, region_id, distance_m)"
            " SELECT booking_id, driver_id, region_id, round(metres)::int FROM picks JOIN free USING (driver_id)"
            " RETURNING driver_id, distance_m",
            bookings, drivers, regions, metres);
    std::map<std::string, std::int64_t> distances;
    for (const auto& row : taken) distances[row.get<std::string>("driver_id")] = row.get<std::int64_t>("distance_m");
    for (const Pick& one : picks) {
      const auto found = distances.find(one.driver_id);
      if (found == distances.end()) refused.push_back(one.driver_id);
      else assigned(wanted[one.wanted], one.driver_id, found->second);
    }
  }

  // --- what becomes of a request -------------------------------------------------------------------------------------------

  static void skip(Wanted& wanted, std::string_view why) {
    wanted.news->skip(why);
    wanted.news = nullptr;
  }
  static void assigned(Wanted& wanted, const std::string& driver_id, std::int64_t distance_m) {
    const auto& request = *wanted.request;
    wanted.news->emit(ride::DriverAssigned{request.booking_id, request.region_id, driver_id, distance_m});
    wanted.news = nullptr;
  }
  static void not_found(Wanted& wanted, double radius_m) {
    const auto& request = *wanted.request;
    wanted.news->emit(ride::DriverNotFound{request.booking_id, request.region_id,
                                           "no free driver within " + std::to_string(static_cast<std::int64_t>(radius_m / 1000)) + " km"});
    wanted.news = nullptr;
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(AssignDriver)
