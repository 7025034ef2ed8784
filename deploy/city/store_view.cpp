#include "store_view.hpp"

#include <algorithm>

#include "ids.hpp"

namespace city {
namespace {

constexpr std::int64_t kEveryMs = 1'000;

// Outbox and dead letters share one sequence, so a letter of this run has a number from its time.
constexpr const char* kNow = "SELECT last_value FROM gofuture.events_outbox_seq";
constexpr const char* kCount =
    "SELECT p.events, p.keys, (SELECT count(*) FROM gofuture.dead_letters WHERE seq > $1::bigint), (SELECT count(*) FROM gofuture.timers)"
    " FROM (SELECT count(*) AS events, count(DISTINCT (function_id, state_key)) AS keys FROM gofuture.parked) p";

}  // namespace

StoreView::StoreView(Database& db) : db_(db), first_seq_(db.ask(kNow).front().front()) {}

bool StoreView::look() {
  const auto at = now_monotonic_ms();
  if (at - looked_ms_ < kEveryMs) return answers_;
  looked_ms_ = at;
  try {
    const auto row = db_.ask(kCount, {first_seq_}).front();
    waiting_ = {std::stoll(row[0]), std::stoll(row[1]), std::stoll(row[2]), std::stoll(row[3])};
    highest_ = std::max(highest_, waiting_.parked_events);
    answers_ = true;
  } catch (const Away&) {
    answers_ = false;
  }
  return answers_;
}

}  // namespace city
