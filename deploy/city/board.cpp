#include "board.hpp"

#include <algorithm>

#include "fields.hpp"

namespace city {
namespace {

constexpr std::array<std::string_view, 13> kTypes{"PricingPriceUpdated/final", "BookingCreated", "PaymentInitiated", "PaymentSucceeded", "DriverAssignmentRequested",
                                                  "DriverAssigned", "DriverArrived", "BookingTripStarted", "BookingTripCompleted",
                                                  "PaymentFailed", "DriverNotFound", "PaymentRefunded", "BookingCanceled"};
constexpr std::uint32_t bit(std::string_view type) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == type) return 1U << i;
  }
  return 0;
}

}  // namespace

Stage Board::stage_of(const Ride& ride) {
  const auto has = [&](std::string_view type) { return (ride.types & bit(type)) != 0; };
  if (has("PaymentFailed") || has("DriverNotFound") || has("BookingCanceled")) {
    const bool owed = has("PaymentSucceeded") || has("DriverNotFound");
    const bool settled = owed ? ride.refunded_minor >= ride.amount_minor : has("PaymentFailed");  // a cancel may come before the payment's answer
    return has("BookingCanceled") && settled ? Stage::kCanceled : Stage::kMoneyBack;
  }
  if (has("BookingTripCompleted"))
    return has("PricingPriceUpdated/final") && ride.amount_minor - ride.refunded_minor == ride.fare_minor ? Stage::kCompleted : Stage::kMoneyBack;
  if (has("BookingTripStarted")) return Stage::kRiding;
  if (has("DriverArrived")) return Stage::kArrived;
  if (has("DriverAssigned")) return Stage::kAssigned;
  if (has("DriverAssignmentRequested")) return Stage::kSearching;
  if (has("PaymentSucceeded")) return Stage::kPaid;
  if (has("PaymentInitiated")) return Stage::kPaying;
  return ride.types != 0 ? Stage::kCreated : Stage::kOrdered;
}

void Board::ordered(const std::string& booking_id, std::int64_t amount_minor) {
  const auto [ride, fresh] = rides_.try_emplace(booking_id);
  if (!fresh) return;
  ride->second.amount_minor = amount_minor;
  ++counts_[0];
}

void Board::hear_message(const Event& event) {
  const bool sent = event.type == "NotificationSent";
  auto& known = messages_.try_emplace(Fields(event.data).text("notification_id"), false).first->second;
  if (!sent || known) return;
  known = true;
  ++told_;
}

void Board::seen(const Event& event) {
  if (!event.correlation.starts_with(prefix_)) return;
  ++events_;
  if (event.topic == "notification.events") return hear_message(event);
  const auto found = rides_.find(event.subject);
  if (found == rides_.end()) return;
  auto& ride = found->second;
  auto type = bit(event.type);
  if (event.type == "PricingPriceUpdated") {
    const Fields price(event.data);
    if (price.text("stage") != "final") return;
    ride.fare_minor = price.number("amount_minor");
    type = bit("PricingPriceUpdated/final");
  } else if (event.type == "PaymentRefunded" && std::find(ride.refunds.begin(), ride.refunds.end(), event.id) == ride.refunds.end()) {
    ride.refunds.push_back(event.id);
    ride.refunded_minor += Fields(event.data).number("amount_minor");
  } else if (type == 0 || (ride.types & type) != 0) {
    return;
  }
  ride.types |= type;
  if (event.type == "BookingCreated") ride.created_ms = event.timestamp_ms;
  if (event.type == "DriverAssigned" && ride.created_ms != 0) waits_ms_.push_back(event.timestamp_ms - ride.created_ms);
  const auto stage = stage_of(ride);
  --counts_[static_cast<std::size_t>(ride.stage)];
  ++counts_[static_cast<std::size_t>(stage)];
  ride.stage = stage;
}

Percentiles Board::assigned_after() const {
  auto waits = waits_ms_;
  if (waits.empty()) return {};
  const auto pick = [&](double share) {
    const auto at = waits.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(waits.size() - 1));
    std::nth_element(waits.begin(), at, waits.end());
    return *at;
  };
  const auto p99 = pick(0.99);
  return {pick(0.5), p99};
}

std::vector<std::string> Board::open(std::size_t most) const {
  std::vector<std::string> out;
  for (const auto& [id, ride] : rides_) {
    if (ride.stage != Stage::kCompleted && ride.stage != Stage::kCanceled) out.push_back(id + " " + std::string(kStages[static_cast<std::size_t>(ride.stage)]));
  }
  std::sort(out.begin(), out.end());
  if (out.size() > most) out.resize(most);
  return out;
}

}  // namespace city
