// Fraud: every payment was judged before it was captured, the first verdict counted, and it was the right one.
#include <algorithm>

#include "story.hpp"

namespace city {
namespace {

// manifests/check_fraud.toml
constexpr std::int64_t kMostMinor = 50'000;
constexpr std::size_t kOften = 6;  // from so many payments of a rider on his verdict depends on their order

}  // namespace

void check_fraud(const Evidence& evidence, const Stories& stories, const Report& report) {
  std::map<std::string, std::size_t> payments;  // by rider
  for (const auto& [booking, order] : evidence.city.ordered) ++payments[order.rider_id];
  for (const auto& [booking, story] : stories.by_booking) {
    const auto* judged = story.one("FraudCheckCompleted");
    const auto order = evidence.city.ordered.find(booking);
    const auto* paid = story.one("PaymentSucceeded");
    if (judged == nullptr) {
      if (paid != nullptr) report("lost", booking, "was paid, and nobody had judged the payment", place_of(*paid));
      continue;
    }
    if (judged->verdict == "denied" && paid != nullptr) report("money", booking, "was denied and paid", place_of(*paid));
    if (order == evidence.city.ordered.end() || payments[order->second.rider_id] >= kOften || story.count("FraudCheckCompleted") > 1) continue;
    const bool too_much = order->second.amount_minor > kMostMinor;
    if ((judged->verdict == "denied") != too_much)
      report("money", booking, "costs " + std::to_string(order->second.amount_minor) + " and was judged \"" + judged->verdict + '"', place_of(*judged));
  }
}

}  // namespace city
