#include "saga/checkers.hpp"

#include <boost/json/parse.hpp>
#include <set>

namespace gofuture::saga {
namespace {

struct Told {  // what the topics say of a booking
  int created = 0, completed = 0, canceled = 0, payment_failed = 0, no_driver = 0;
  int canceled_by_us = 0;                  // beside the rider's
  std::int64_t captured = 0, refunded = 0;
  std::vector<std::int64_t> fares;         // final ones
  std::string verdict;                     // the first one
  int initiated = 0, checks = 0;
  bool unchecked = false;                  // captured before there was one
  std::set<std::string> rejected_by, given_to;
  bool given_twice = false, given_up = false;  // given_up: for rejections
};

Told told(const Platform& platform, const std::string& booking) {
  Told all;
  for (const Event& event : platform.published()) {
    if (event.booking != booking) continue;
    const auto data = boost::json::parse(event.data).as_object();
    const auto text = [&](const char* name) { return std::string(data.at(name).as_string()); };
    if (event.type == "BookingCreated") ++all.created;
    if (event.type == "BookingTripCompleted") ++all.completed;
    if (event.type == "BookingCanceled") {
      ++all.canceled;
      if (!text("reason").starts_with("the rider")) ++all.canceled_by_us;
    }
    if (event.type == "PaymentFailed") ++all.payment_failed;
    if (event.type == "PaymentInitiated") ++all.initiated;
    if (event.type == "FraudCheckRequested") ++all.checks;
    if (event.type == "FraudCheckCompleted" && all.verdict.empty()) all.verdict = text("verdict");
    if (event.type == "PaymentSucceeded") {
      all.captured += data.at("amount_minor").as_int64();
      all.unchecked = all.unchecked || all.verdict.empty();
    }
    if (event.type == "PricingPriceUpdated" && text("stage") == "final") all.fares.push_back(data.at("amount_minor").as_int64());
    if (event.type == "PaymentRefunded") all.refunded += data.at("amount_minor").as_int64();
    if (event.type == "DriverRejected") all.rejected_by.insert(text("driver_id"));
    if (event.type == "DriverAssigned") all.given_twice = !all.given_to.insert(text("driver_id")).second || all.given_twice;
    if (event.type == "DriverNotFound") {
      ++all.no_driver;
      all.given_up = all.given_up || text("reason").find("have rejected") != std::string::npos;
    }
  }
  return all;
}

std::string name_of(int booking) { return "b-" + std::to_string(booking); }

}  // namespace

std::vector<Finding> check_ends(const Platform& platform, int bookings) {
  std::vector<Finding> wrong;
  for (int n = 1; n <= bookings; ++n) {
    const Told story = told(platform, name_of(n));
    if (story.created > 0 && story.completed + story.canceled == 0)
      wrong.push_back({"ended", name_of(n) + " was neither completed nor canceled"});
  }
  return wrong;
}

std::vector<Finding> check_balance(const Platform& platform, const Gateway& gateway, const People& people, int bookings) {
  std::vector<Finding> wrong = check_ends(platform, bookings);
  if (platform.next_timer()) wrong.push_back({"rest", "a timer is left"});
  for (const auto& [driver, booking] : platform.rows().drivers)
    if (!booking.empty()) wrong.push_back({"drivers", driver + " was never freed of " + booking});
  for (const auto& [who, ended_by] : platform.rows().assignments)
    if (ended_by.empty()) wrong.push_back({"drivers", who.first + " still has " + who.second});
  for (int n = 1; n <= bookings; ++n) {
    const std::string booking = name_of(n);
    const Told story = told(platform, booking);
    const auto captured = gateway.captured(booking), refunded = gateway.refunded(booking);
    const auto kept = story.completed > 0 && story.canceled == 0 ? people.fare(booking) : 0;
    if (captured - refunded - kept != 0)
      wrong.push_back({"money", booking + ": captured " + std::to_string(captured) + " - refunded " + std::to_string(refunded) +
                                    " - kept " + std::to_string(kept) + " is not 0"});
    if (story.captured != captured || story.refunded != refunded)
      wrong.push_back({"money", booking + ": the events tell of " + std::to_string(story.captured) + " captured and " +
                                    std::to_string(story.refunded) + " refunded, the gateway of " + std::to_string(captured) + " and " +
                                    std::to_string(refunded)});
    if (story.initiated > 1 || story.checks > 1)
      wrong.push_back({"once", booking + " was asked to pay " + std::to_string(story.initiated) + " times and checked " + std::to_string(story.checks) + " times"});
    if (story.unchecked) wrong.push_back({"fraud", booking + " was charged before there was a verdict"});
    if (story.verdict == "denied" && captured != 0) wrong.push_back({"fraud", booking + " was denied and charged"});
    if (story.completed > 0 && story.fares != std::vector{people.fare(booking)})
      wrong.push_back({"fare", booking + " has " + std::to_string(story.fares.size()) + " final fares" +
                                   (story.fares.empty() ? "" : ", the last of " + std::to_string(story.fares.back())) + ", not one of " +
                                   std::to_string(people.fare(booking))});
    if (story.payment_failed + story.no_driver > 0 && story.canceled == 0)
      wrong.push_back({"canceled", booking + " could not be paid or found no driver, and was not canceled"});
    if (story.canceled_by_us > 1)
      wrong.push_back({"canceled", booking + " was canceled " + std::to_string(story.canceled_by_us) + " times"});
    if (story.given_twice) wrong.push_back({"drivers", booking + " was given twice to one driver"});
    if (story.given_up && story.rejected_by.size() < 3)
      wrong.push_back({"search", booking + " was given up after " + std::to_string(story.rejected_by.size()) + " drivers had rejected it"});
  }
  return wrong;
}

}  // namespace gofuture::saga
