// DriverAssignmentRequested → DriverAssigned | DriverNotFound: the nearest free driver, whom the database looks for and gives
// (ride/migrations/005_assign.sql). His row in ride.drivers is the lock: whoever is being given away elsewhere is skipped, so no
// driver is ever given to two bookings. A cancel leaves a mark and frees the driver; a request that meets the mark assigns nobody. A
// driver who rejects a booking is free again and never gets that booking a second time.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

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
  static std::string booking_of(const News& news) {
    return news.visit([](const auto& event) { return event.booking_id; });
  }

  // --- rides that are over, for their drivers --------------------------------------------------------------------------

  void end(std::span<News> batch) {
    std::vector<std::string> bookings, ended_by;
    std::vector<std::optional<std::string>> drivers, reasons;  // no driver: whoever has it
    const auto over = [&](const std::string& booking, const char* how, std::optional<std::string> driver, std::optional<std::string> reason) {
      bookings.push_back(booking);
      ended_by.emplace_back(how);
      drivers.push_back(std::move(driver));
      reasons.push_back(std::move(reason));
    };
    for (const News& news : batch) {
      news.visit([](const ride::DriverAssignmentRequested&) {},
                 [&](const ride::DriverRejected& rejection) { over(rejection.booking_id, "rejected", rejection.driver_id, {}); },
                 [&](const ride::BookingTripCompleted& trip) { over(trip.booking_id, "completed", {}, {}); },
                 [&](const ride::BookingCanceled& cancel) { over(cancel.booking_id, "canceled", {}, cancel.reason); });
    }
    if (!bookings.empty()) sql("SELECT ride.end_rides($1, $2, $3, $4)", bookings, drivers, ended_by, reasons);
  }

  // --- bookings that want a driver ---------------------------------------------------------------------------------------

  // One round trip, however many want one: the search is on the way of every ride.
  void assign(std::span<News> batch) {
    std::vector<News*> wishes;
    std::vector<std::string> bookings, regions;
    std::vector<double> lats, lons;
    for (News& news : batch) {
      if (const auto* request = std::get_if<ride::DriverAssignmentRequested>(&*news)) {
        wishes.push_back(&news);
        bookings.push_back(request->booking_id);
        regions.push_back(request->region_id);
        lats.push_back(request->pickup_lat);
        lons.push_back(request->pickup_lon);
      }
    }
    if (wishes.empty()) return;
    const auto given = sql("SELECT driver_id, distance_m, refusal FROM ride.give_nearest($1, $2, $3, $4, $5, $6)", bookings, regions, lats, lons,
                           settings_.radii_m, settings_.silent_after_s);
    for (std::size_t i = 0; i < wishes.size(); ++i) {
      if (const auto driver = given[i].get<std::optional<std::string>>("driver_id"))
        wishes[i]->emit(ride::DriverAssigned{bookings[i], regions[i], *driver, given[i].get<std::int64_t>("distance_m")});
      else if (const auto refusal = given[i].get<std::optional<std::string>>("refusal"))
        wishes[i]->skip(*refusal);
      else
        wishes[i]->emit(ride::DriverNotFound{bookings[i], regions[i], "no free driver within " + last_circle() + " km"});
    }
  }

  std::string last_circle() const {
    return std::to_string(settings_.radii_m.empty() ? 0 : static_cast<std::int64_t>(settings_.radii_m.back() / 1000));
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(AssignDriver)
