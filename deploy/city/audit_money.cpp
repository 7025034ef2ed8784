// Money: per booking, captured - refunded - kept = 0. Captured and refunded are what the gateway's ledger says; kept is the final fare
// of a completed ride and nothing otherwise.
#include "story.hpp"

namespace city {
namespace {

struct Account {
  std::vector<const Entry*> charges, refunds;
  std::int64_t captured = 0, refunded = 0;
};

std::string money(std::int64_t minor) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%02lld", static_cast<long long>(minor / 100), static_cast<long long>(minor % 100));
  return text;
}

}  // namespace

void check_money(const Evidence& evidence, const Stories& stories, const Report& report, Verdict& sums) {
  std::map<std::string, Account> accounts;
  for (const auto& entry : evidence.gateway) {
    if (entry.kind == "message") continue;
    auto& account = accounts[entry.booking_id];
    (entry.kind == "charge" ? account.charges : account.refunds).push_back(&entry);
    if (entry.status == "captured") account.captured += entry.amount_minor;
    if (entry.kind == "refund") account.refunded += entry.amount_minor;
  }
  const char* ledger = "gateway's ledger";
  for (const auto& [booking, story] : stories.by_booking) {
    const auto found = accounts.find(booking);
    const auto account = found == accounts.end() ? Account{} : found->second;
    if (account.charges.size() > 1) {
      report("doubled", booking, "was charged " + std::to_string(account.charges.size()) + " times, under the keys " + account.charges[0]->key + " and " + account.charges[1]->key, ledger);
    }
    const std::size_t most = story.has("BookingTripCompleted") && story.has("BookingCanceled") ? 2 : 1;  // what was too much, then the rest
    if (account.refunds.size() > most) report("doubled", booking, "got its money back " + std::to_string(account.refunds.size()) + " times", ledger);
    const bool completed = story.has("BookingTripCompleted") && !story.has("BookingCanceled");
    const auto order = evidence.city.ordered.find(booking);
    const auto told = order == evidence.city.ordered.end() ? 0 : order->second.amount_minor;
    const auto kept = completed ? fare_of(evidence, booking, story) : 0;
    if (account.captured - account.refunded - kept != 0) {
      report("money", booking, "captured " + money(account.captured) + " - refunded " + money(account.refunded) + " - kept " + money(kept) + " = " +
             (account.captured - account.refunded - kept < 0 ? "-" + money(-(account.captured - account.refunded - kept)) : money(account.captured - account.refunded - kept)), ledger);
    }
    for (const auto* type : {"PaymentInitiated", "PaymentSucceeded"}) {
      const auto* seen = story.one(type);
      if (seen != nullptr && told != 0 && seen->amount_minor != told) report("money", booking, std::string(type) + " is about " + money(seen->amount_minor) + ", the rider was told " + money(told), place_of(*seen));
    }
    const auto back = story.amount_minor("PaymentRefunded");
    if (back != account.refunded) report("money", booking, "the events tell of " + money(back) + " refunded, the gateway of " + money(account.refunded), "payments.status");
    if (story.has("PaymentSucceeded") && account.captured == 0) report("money", booking, "PaymentSucceeded, but the gateway captured nothing", place_of(*story.one("PaymentSucceeded")));
    if (story.has("PaymentFailed") && account.captured > 0 && account.refunded == 0) report("money", booking, "PaymentFailed, but the gateway captured " + money(account.captured), place_of(*story.one("PaymentFailed")));
    sums.captured_minor += account.captured;
    sums.refunded_minor += account.refunded;
    sums.kept_minor += kept;
  }
}

}  // namespace city
