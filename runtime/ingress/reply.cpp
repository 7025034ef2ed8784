#include "ingress/reply.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace gofuture {

namespace json = boost::json;

Reply accepted(const std::vector<std::string>& ids, std::size_t repeats) {
  json::object body{{"accepted", ids.size() - repeats}, {"repeated", repeats}, {"ids", json::array(ids.begin(), ids.end())}};
  return {202, "accepted", json::serialize(body) + "\n", std::nullopt, {}};
}

Reply refused(unsigned status, std::string reason, const std::string& what, const std::vector<Flaw>& flaws) {
  json::object body{{"reason", reason}, {"error", what}};
  if (!flaws.empty()) {
    json::array events;
    for (const Flaw& flaw : flaws) events.push_back(json::object{{"index", flaw.index}, {"pointer", flaw.pointer}, {"error", flaw.what}});
    body["events"] = std::move(events);
  }
  return {status, std::move(reason), json::serialize(body) + "\n", std::nullopt, {}};
}

Reply later(unsigned status, std::string reason, const std::string& what, std::int64_t retry_after_ms) {
  Reply answer = refused(status, std::move(reason), what);
  answer.retry_after_s = std::max<std::int64_t>(1, (retry_after_ms + 999) / 1000);
  return answer;
}

}  // namespace gofuture
