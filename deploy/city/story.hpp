// Stories: the records of a run sorted by booking, resends folded into their first appearance. Used by the checks of the audit.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit.hpp"

namespace city {

using Report = std::function<void(std::string_view check, const std::string& who, const std::string& what, const std::string& where)>;

struct Story {
  // By type (of a price also its stage: "PricingPriceUpdated/final"), in the order of their first appearance.
  std::map<std::string, std::vector<const Seen*>, std::less<>> events;
  const std::vector<const Seen*>& all(std::string_view type) const {
    static const std::vector<const Seen*> none;
    const auto found = events.find(type);
    return found == events.end() ? none : found->second;
  }
  const Seen* one(std::string_view type) const { return has(type) ? all(type).front() : nullptr; }
  bool has(std::string_view type) const { return !all(type).empty(); }
  std::size_t count(std::string_view type) const { return all(type).size(); }
  std::int64_t amount_minor(std::string_view type) const {  // of all of them
    std::int64_t sum = 0;
    for (const auto* seen : all(type)) sum += seen->amount_minor;
    return sum;
  }
  // Canceled by the rider himself: what he says has no cause.
  bool rider_canceled() const {
    const auto& cancels = all("BookingCanceled");
    return std::any_of(cancels.begin(), cancels.end(), [](const Seen* seen) { return seen->causation.empty(); });
  }
};

struct Stories {
  std::map<std::string, Story> by_booking;
  std::unordered_map<std::string, const Seen*> by_id;
  std::int64_t resends = 0;
};

std::string place_of(const Seen& seen);  // booking.events-17@204

Stories tell(const Evidence& evidence, const Report& report);                                 // finds one id with two contents
void check_stories(const Evidence& evidence, const Stories& stories, const Report& report);   // ended lost doubled order causes
void check_tables(const Evidence& evidence, const Stories& stories, const Report& report);    // lost doubled order torn
void check_drivers(const Evidence& evidence, const Stories& stories, const Report& report);   // drivers, and positions
void check_prices(const Evidence& evidence, const Stories& stories, const Report& report);    // lost doubled money
void check_fraud(const Evidence& evidence, const Stories& stories, const Report& report);     // lost money
void check_messages(const Evidence& evidence, const Stories& stories, const Report& report);  // lost doubled torn
std::int64_t fare_of(const Evidence& evidence, const std::string& booking, const Story& story);  // what a completed ride costs
void check_money(const Evidence& evidence, const Stories& stories, const Report& report, Verdict& sums);

}  // namespace city
