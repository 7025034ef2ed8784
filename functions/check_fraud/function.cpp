// FraudCheckRequested → FraudCheckCompleted: two simple rules about a rider's payments, how much at once and how often.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

#include <algorithm>

struct Settings {
  std::int64_t most_minor = 0;  // a payment above this is denied
  std::int64_t window_s = 0;    // payments of one rider within so long …
  std::int64_t review_at = 0;   // … are looked at by people from so many on
  std::int64_t deny_at = 0;     // … and denied from so many on
};
BOOST_DESCRIBE_STRUCT(Settings, (), (most_minor, window_s, review_at, deny_at))

struct Rider {  // kept per rider_id
  std::vector<std::int64_t> checked_ms;  // when, the youngest last; never more than deny_at of them
};
BOOST_DESCRIBE_STRUCT(Rider, (), (checked_ms))

class CheckFraud : public gofuture::Function<Rider> {
 public:
  using Emits = gofuture::Events<ride::FraudCheckCompleted>;

  Outcome on(const ride::FraudCheckRequested& request) {
    const auto often = note(event().timestamp_ms());
    if (request.amount_minor > settings_.most_minor) return judge(request, "denied", 1.0);
    if (often >= settings_.deny_at) return judge(request, "denied", 0.9);
    if (often >= settings_.review_at) return judge(request, "review", 0.5);
    return judge(request, "approved", 0.1);
  }

 private:
  // How many of his payments fall into the window that ends with this one. By the records' own times, so that a repeat after an
  // outage counts as it did then; those of two partitions may come in another order.
  std::int64_t note(std::int64_t at_ms) {
    auto& times = state().checked_ms;
    times.insert(std::upper_bound(times.begin(), times.end(), at_ms), at_ms);
    const auto newest_ms = times.back();
    std::erase_if(times, [&](std::int64_t ms) { return ms <= newest_ms - settings_.window_s * 1000; });
    if (times.size() > static_cast<std::size_t>(settings_.deny_at))
      times.erase(times.begin(), times.end() - static_cast<std::ptrdiff_t>(settings_.deny_at));
    return std::count_if(times.begin(), times.end(), [&](std::int64_t ms) { return ms <= at_ms && ms > at_ms - settings_.window_s * 1000; });
  }

  Outcome judge(const ride::FraudCheckRequested& request, const std::string& verdict, double score) {
    emit(ride::FraudCheckCompleted{.payment_id = request.payment_id,
                                   .booking_id = request.booking_id,
                                   .region_id = request.region_id,
                                   .verdict = verdict,
                                   .score = score});
    return ok();
  }

  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(CheckFraud)
