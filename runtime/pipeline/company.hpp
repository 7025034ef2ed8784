// Company: whether what is ready waits a moment for more. A transaction costs about the same for one event as for twenty, and
// Kafka's records come in bursts that trickle in: without a moment's patience each burst becomes several small transactions.
//
//   enough is ready            -> it goes
//   nothing is on its way      -> it goes when the first of it has been ready for gather_ms
//   something is on its way    -> it goes with what gathers until that has ended, at the latest after behind_ms
//
// A store whose gather_ms is 0 wants no company: everything goes at once. Pure; pipeline's thread only.
//
//   if (const auto until_ms = company.waits_until(events, committing, now)) return;   // ask again then, or when something has ended
//   …; company.left();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace gofuture {

class Company {
 public:
  static constexpr std::size_t kEnough = 64;  // events; beyond, a bigger transaction is hardly cheaper for each

  Company(std::int64_t gather_ms, std::int64_t behind_ms) : gather_ms_(gather_ms), behind_ms_(behind_ms) {}

  // Until when; nothing: it goes now.
  std::optional<std::int64_t> waits_until(std::size_t events, bool something_on_its_way, std::int64_t now_ms) {
    if (gather_ms_ == 0 || events >= kEnough) return std::nullopt;
    if (!since_ms_) since_ms_ = now_ms;
    const std::int64_t until_ms = *since_ms_ + (something_on_its_way ? behind_ms_ : gather_ms_);
    return now_ms < until_ms ? std::optional(until_ms) : std::nullopt;
  }
  // What was ready has gone: whatever comes next begins a gathering of its own.
  void left() { since_ms_.reset(); }

 private:
  const std::int64_t gather_ms_, behind_ms_;
  std::optional<std::int64_t> since_ms_;
};

}  // namespace gofuture
