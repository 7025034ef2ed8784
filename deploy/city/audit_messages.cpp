// Messages: whoever is to be told was told, once: by the events, and by the ledger of the service that brings them to his phone.
#include <algorithm>

#include "story.hpp"

namespace city {
namespace {

// manifests/notify.toml: which events tell the rider. (A cancel also tells the driver who has the ride.)
constexpr std::string_view kTellTheRider[] = {"DriverAssigned", "BookingTripCompleted", "BookingCanceled", "PaymentRefunded"};

void check_wishes(const std::string& booking, const Story& story, const std::string& rider, const Report& report) {
  for (const auto type : kTellTheRider) {
    const auto happened = story.count(type);
    const auto& wishes = story.all("NotificationRequested");
    const auto told = static_cast<std::size_t>(std::count_if(wishes.begin(), wishes.end(), [&](const Seen* wish) { return wish->about == type && wish->user_id == rider; }));
    if (told != happened)
      report(told < happened ? "lost" : "doubled", booking, std::string(type) + " happened " + std::to_string(happened) + " times, its rider was told " + std::to_string(told) + " times",
             "notification.events");
  }
  for (const auto* wish : story.all("NotificationRequested")) {
    const auto& given = story.all("DriverAssigned");
    const bool drives = std::any_of(given.begin(), given.end(), [&](const Seen* one) { return one->driver_id == wish->user_id; });
    if (wish->user_id != rider && !drives) report("torn", booking, wish->user_id + " was told of a ride that is not his", place_of(*wish));
  }
}

}  // namespace

void check_messages(const Evidence& evidence, const Stories& stories, const Report& report) {
  std::map<std::string, std::size_t> brought;  // by message
  for (const auto& entry : evidence.gateway) {
    if (entry.kind == "message") ++brought[entry.message_id];
  }
  for (const auto& [booking, story] : stories.by_booking) {
    const auto order = evidence.city.ordered.find(booking);
    if (order != evidence.city.ordered.end()) check_wishes(booking, story, order->second.rider_id, report);
    std::map<std::string, std::size_t> sent;
    for (const auto* one : story.all("NotificationSent")) ++sent[one->message_id];
    for (const auto* wish : story.all("NotificationRequested")) {
      const auto found = sent.find(wish->message_id);
      const auto times = found == sent.end() ? 0 : found->second;
      if (times != 1) report(times == 0 ? "lost" : "doubled", booking, "NotificationRequested " + wish->message_id + " was followed by NotificationSent " + std::to_string(times) + " times", place_of(*wish));
      const auto by_service = brought.find(wish->message_id);
      if (by_service == brought.end()) report("lost", booking, wish->message_id + " was never brought to anybody", "the messages' ledger");
      else if (by_service->second > 1) report("doubled", booking, wish->message_id + " was brought " + std::to_string(by_service->second) + " times", "the messages' ledger");
      if (by_service != brought.end()) brought.erase(by_service);
    }
  }
  for (const auto& [message, times] : brought) report("torn", message, "was brought to somebody, and nobody had asked for it", "the messages' ledger");
}

}  // namespace city
