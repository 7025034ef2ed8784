// Tables against topics: rows and events all or none, nothing applied twice or backwards.
#include <algorithm>
#include <array>

#include "story.hpp"

namespace city {
namespace {

// How far a booking has come, by the words of ride.bookings.status. Our own table: the one in the database is under test.
int rank_of(const std::string& status) {
  static const std::map<std::string, int> ranks{{"created", 0}, {"paying", 1}, {"payment_failed", 2}, {"paid", 3}, {"searching", 4}, {"no_driver", 5},
                                                {"assigned", 6}, {"arrived", 7}, {"started", 8}, {"completed", 9}, {"canceled", 10}};
  const auto found = ranks.find(status);
  return found == ranks.end() ? -1 : found->second;
}

void check_status(const std::string& booking, const BookingRow& row, const Story& story, const Report& report) {
  const char* where = "ride.bookings";
  const std::string wanted = story.has("BookingCanceled") ? "canceled" : story.has("BookingTripCompleted") ? "completed" : "";
  if (!wanted.empty() && row.status != wanted) report("lost", booking, "the topics say " + wanted + ", the row says " + row.status, where);
  if (wanted.empty() && (row.status == "completed" || row.status == "canceled")) report("torn", booking, "the row says " + row.status + ", the topics do not", where);
  const auto compare = [&](const char* column, std::int64_t told, std::int64_t has) {
    if (told == has) return;
    report(has > told ? "doubled" : "lost", booking, std::string(column) + " is " + std::to_string(has) + ", the events sum up to " + std::to_string(told), where);
  };
  compare("captured_minor", story.amount_minor("PaymentSucceeded"), row.captured_minor);
  compare("refunded_minor", story.amount_minor("PaymentRefunded"), row.refunded_minor);
}

// What the row has heard from one partition must have been heard in that partition's order. What came from payments.status is
// of another one and may lie anywhere between.
constexpr std::array<std::string_view, 5> kRide{"searching", "assigned", "arrived", "started", "completed"};
constexpr std::array<std::string_view, 3> kNobody{"searching", "no_driver", "canceled"};
constexpr std::array<std::string_view, 2> kPaid{"paying", "paid"};
constexpr std::array<std::string_view, 2> kUnpaid{"paying", "payment_failed"};

constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"PaymentInitiated", "paying"}, {"PaymentSucceeded", "paid"}, {"PaymentFailed", "payment_failed"}, {"PaymentRefunded", "refunded"},
    {"DriverAssignmentRequested", "searching"}, {"DriverAssigned", "assigned"}, {"DriverRejected", "rejected"}, {"DriverNotFound", "no_driver"}, {"DriverArrived", "arrived"},
    {"BookingTripStarted", "started"}, {"BookingTripCompleted", "completed"}, {"BookingCanceled", "canceled"}};

void check_heard(const std::string& booking, const std::vector<std::string>& heard, const Story& story, const Report& report) {
  const char* where = "ride.bookings.story";
  for (const auto& [type, word] : kWords) {
    const auto told = story.count(type), known = static_cast<std::size_t>(std::count(heard.begin(), heard.end(), word));
    if (told > 0 && known == 0) report("lost", booking, "its row never heard of " + std::string(type), place_of(*story.one(type)));
    else if (known < told) report("lost", booking, "its row heard of " + std::string(type) + " " + std::to_string(known) + " of " + std::to_string(told) + " times", place_of(*story.one(type)));
    if (known > 0 && told == 0) report("torn", booking, "its row has heard of " + std::string(type) + ", which is not on its topic", where);
    else if (known > told) report("doubled", booking, "heard of " + std::string(word) + " twice", where);
  }
  const auto check = [&](const auto& chain) {
    auto last = heard.begin();
    for (const auto word : chain) {
      const auto at = std::find(heard.begin(), heard.end(), word);
      if (at == heard.end()) continue;
      if (at < last) report("order", booking, "heard of " + std::string(word) + " before " + *last, where);
      last = at;
    }
  };
  check(kRide);
  if (!story.rider_canceled() && !story.has("PaymentFailed")) check(kNobody);  // else the cancel need not wait for the search
  check(kPaid);
  check(kUnpaid);
}

void check_trail(const Evidence& evidence, const Report& report) {
  std::map<std::string, std::string> stands;  // booking -> its status so far
  for (const auto& change : evidence.trail) {
    if (change.what != "booking") continue;
    const auto where = "city.trail seq " + std::to_string(change.seq);
    auto& last = stands[change.key];
    if (change.was != last) report("order", change.key, "its status went on from \"" + change.was + "\", but stood at \"" + last + "\"", where);
    if (rank_of(change.is) < 0) report("order", change.key, "has a status that nobody knows, \"" + change.is + "\"", where);
    if (!change.was.empty() && rank_of(change.is) <= rank_of(change.was)) report("order", change.key, "its status went back from " + change.was + " to " + change.is, where);
    last = change.is;
  }
}

}  // namespace

void check_tables(const Evidence& evidence, const Stories& stories, const Report& report) {
  for (const auto& [booking, story] : stories.by_booking) {
    const auto row = evidence.bookings.find(booking);
    const bool has_row = row != evidence.bookings.end(), has_event = story.has("BookingCreated");
    if (has_event && !has_row) report("torn", booking, "BookingCreated is on its topic, the business row is not there", place_of(*story.one("BookingCreated")));
    if (has_row && !has_event && !evidence.city.confirmed.contains(booking)) report("torn", booking, "the business row is there, BookingCreated is not", "ride.bookings");
    if (!has_row && !has_event && evidence.city.confirmed.contains(booking)) report("lost", booking, "the rider's order was confirmed and is gone", "ride.bookings");
    if (has_row) {
      check_status(booking, row->second, story, report);
      check_heard(booking, row->second.story, story, report);
    }

    const auto found = evidence.assignments.find(booking);
    const auto rows = found == evidence.assignments.end() ? 0 : found->second.size(), assigned = story.count("DriverAssigned");
    if (assigned > rows) {
      report("torn", booking, "DriverAssigned is on its topic, the assignment's row is not there", place_of(*story.events.at("DriverAssigned").back()));
    } else if (assigned < rows) {
      report("torn", booking, "the assignment's row is there, DriverAssigned is not", "ride.assignments");
    }
  }
  for (const auto& booking : evidence.cancel_marks) {
    const auto story = stories.by_booking.find(booking);
    if (story == stories.by_booking.end() || !story->second.has("BookingCanceled")) report("torn", booking, "the cancel's mark is there, BookingCanceled is not", "ride.canceled_bookings");
  }
  // What the runtime and the riders' app say, they say through the outbox; phones speak for themselves.
  for (const auto& [id, type] : evidence.outbox) {
    if (!stories.by_id.contains(id)) report("lost", id, type + " is in the outbox and never reached its topic", "gofuture.events_outbox");
  }
  for (const auto& [id, seen] : stories.by_id) {
    if (!evidence.outbox.contains(id) && !evidence.city.sent.contains(id)) report("torn", seen->booking_id, seen->type + " is on its topic, but nothing that was committed says so", place_of(*seen));
  }
  check_trail(evidence, report);
}

}  // namespace city
