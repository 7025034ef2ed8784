#include "board.hpp"

#include <algorithm>

namespace city {
namespace {

constexpr std::array<std::string_view, 12> kTypes{"BookingCreated", "PaymentInitiated", "PaymentSucceeded", "DriverAssignmentRequested",
                                                  "DriverAssigned", "DriverArrived", "BookingTripStarted", "BookingTripCompleted",
                                                  "PaymentFailed", "DriverNotFound", "PaymentRefunded", "BookingCanceled"};
constexpr std::uint32_t bit(std::string_view type) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == type) return 1U << i;
  }
  return 0;
}

}  // namespace

Stage Board::stage_of(std::uint32_t types) {
  const auto has = [&](std::string_view type) { return (types & bit(type)) != 0; };
  if (has("PaymentFailed") || has("DriverNotFound") || has("BookingCanceled") || has("PaymentRefunded")) {
    const bool owed = has("PaymentSucceeded") || has("DriverNotFound");
    const bool settled = has("PaymentRefunded") || (has("PaymentFailed") && !owed);  // a cancel may come before the payment's answer
    return has("BookingCanceled") && settled ? Stage::kCanceled : Stage::kMoneyBack;
  }
  if (has("BookingTripCompleted")) return Stage::kCompleted;
  if (has("BookingTripStarted")) return Stage::kRiding;
  if (has("DriverArrived")) return Stage::kArrived;
  if (has("DriverAssigned")) return Stage::kAssigned;
  if (has("DriverAssignmentRequested")) return Stage::kSearching;
  if (has("PaymentSucceeded")) return Stage::kPaid;
  if (has("PaymentInitiated")) return Stage::kPaying;
  return types != 0 ? Stage::kCreated : Stage::kOrdered;
}

void Board::ordered(const std::string& booking_id) {
  if (rides_.try_emplace(booking_id).second) ++counts_[0];
}

void Board::seen(const Event& event) {
  if (!event.subject.starts_with(prefix_)) return;
  ++events_;
  const auto found = rides_.find(event.subject);
  if (found == rides_.end()) return;
  auto& ride = found->second;
  const auto type = bit(event.type);
  if ((ride.types & type) != 0) return;
  ride.types |= type;
  if (event.type == "BookingCreated") ride.created_ms = event.timestamp_ms;
  if (event.type == "DriverAssigned" && ride.created_ms != 0) waits_ms_.push_back(event.timestamp_ms - ride.created_ms);
  const auto stage = stage_of(ride.types);
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
