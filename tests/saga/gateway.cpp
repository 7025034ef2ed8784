#include "saga/gateway.hpp"

#include <boost/json/parse.hpp>

namespace gofuture::saga {
namespace {

using Result = Response::Result;

Response answered(int status, const std::string& body) { return {Result::kAnswered, status, body, {}}; }
Response silence() { return {Result::kUnknown, 0, {}, "no answer in time"}; }

std::int64_t sum(const std::map<std::string, Gateway::Entry>& entries, const std::string& booking) {
  std::int64_t total = 0;
  for (const auto& [key, entry] : entries)
    if (entry.booking == booking && !entry.declined) total += entry.amount_minor;
  return total;
}

}  // namespace

Response Gateway::serve(const FakeHttp::Request& request, const std::string& key) {
  if (!healthy_ && random_.chance(s_.unreachable)) return {Result::kUnreachable, 0, {}, "connection refused"};
  if (!healthy_ && random_.chance(s_.errors)) {
    if (request.method == "POST" && random_.chance(0.5)) take(request, key);
    return answered(503, "");
  }
  if (request.method == "GET") return !healthy_ && random_.chance(s_.silent) ? silence() : look_up(request.url);
  if (!healthy_ && random_.chance(s_.silent)) {
    switch (random_.below(3)) {
      case 0: break;                                         // it never arrived
      case 1: take(request, key); break;                     // the answer was lost
      default: under_way_.emplace_back(request, key); break; // it is still on its way
    }
    return silence();
  }
  return take(request, key);
}

void Gateway::one_arrives() {
  const auto which = static_cast<std::ptrdiff_t>(random_.below(under_way_.size()));
  const auto [request, key] = under_way_[static_cast<std::size_t>(which)];
  under_way_.erase(under_way_.begin() + which);
  take(request, key);
  ++late_;
}

Response Gateway::take(const FakeHttp::Request& request, const std::string& key) {
  const auto body = boost::json::parse(request.body).as_object();
  const auto text = [&](const char* name) { return std::string(body.at(name).as_string()); };
  const bool charge = request.url.ends_with("/v1/charges");
  auto& entries = charge ? charges_ : refunds_;
  auto found = entries.find(key);
  if (found == entries.end()) {
    const Entry entry{text("booking_id"), body.at("amount_minor").as_int64(), charge && declines(text("booking_id"))};
    found = entries.emplace(key, entry).first;
    if (charge) charge_of_.emplace(text("payment_id"), key);
  }
  if (found->second.declined) return answered(402, R"({"status":"declined","reason":"insufficient funds"})");
  return answered(200, charge ? R"({"status":"captured"})" : R"({"status":"refunded"})");
}

Response Gateway::look_up(const std::string& url) const {
  const auto found = charge_of_.find(url.substr(url.rfind('/') + 1));
  if (found == charge_of_.end()) return answered(404, "");
  return answered(200, charges_.at(found->second).declined ? R"({"status":"declined"})" : R"({"status":"captured"})");
}

bool Gateway::declines(const std::string& booking) {
  const auto known = declined_.find(booking);
  return known != declined_.end() ? known->second : declined_.emplace(booking, random_.chance(s_.declined)).first->second;
}

std::int64_t Gateway::captured(const std::string& booking) const { return sum(charges_, booking); }
std::int64_t Gateway::refunded(const std::string& booking) const { return sum(refunds_, booking); }

}  // namespace gofuture::saga
