#include "audit.hpp"

#include <algorithm>

#include "story.hpp"

namespace city {

std::size_t Verdict::count(std::string_view check) const {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.check == check; }));
}

Verdict audit(const Evidence& evidence) {
  Verdict verdict;
  const Report report = [&](std::string_view check, const std::string& who, const std::string& what, const std::string& where) {
    verdict.findings.push_back({std::string(check), who, what, where});
  };
  const auto stories = tell(evidence, report);
  check_stories(evidence, stories, report);
  check_tables(evidence, stories, report);
  check_drivers(evidence, stories, report);
  check_prices(evidence, stories, report);
  check_fraud(evidence, stories, report);
  check_messages(evidence, stories, report);
  check_money(evidence, stories, report, verdict);
  verdict.events = static_cast<std::int64_t>(evidence.events.size());
  verdict.resends = stories.resends;
  for (const auto& [booking, story] : stories.by_booking) {
    if (!evidence.city.ordered.contains(booking)) continue;  // only its price was asked for
    ++verdict.bookings;
    if (story.has("BookingCanceled")) ++verdict.canceled;
    else if (story.has("BookingTripCompleted")) ++verdict.completed;
  }
  const auto place = [](const Finding& f) { return std::find(kChecks.begin(), kChecks.end(), f.check) - kChecks.begin(); };
  std::stable_sort(verdict.findings.begin(), verdict.findings.end(), [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
  return verdict;
}

}  // namespace city
