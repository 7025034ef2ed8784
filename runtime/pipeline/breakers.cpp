#include "pipeline/breakers.hpp"

#include <algorithm>

namespace gofuture {
namespace {

constexpr std::int64_t kBesideMs = 10'000;  // an answer so recent means that the dependency is there

}  // namespace

Breakers::Verdict Breakers::later(std::string_view dependency, std::string_view reason, std::int64_t now_ms) {
  if (dependency.empty()) dependency = kOwnWord;
  auto found = breakers_.find(dependency);
  if (found == breakers_.end()) found = breakers_.emplace(std::string(dependency), Breaker{}).first;
  Breaker& breaker = found->second;
  ++breaker.laters;
  breaker.reason = reason;
  if (breaker.open) {
    if (now_ms < breaker.probe_at_ms) return {};  // it was on its way before the breaker opened
    probing_ = false;
    breaker.pause_ms = std::min(breaker.pause_ms * 2, kLongestPauseMs);
    breaker.probe_at_ms = now_ms + breaker.pause_ms;
    return {};
  }
  if (breaker.laters < kLatersToOpen)
    return {Change::kNone, breaker.answered_ms >= 0 && now_ms - breaker.answered_ms < kBesideMs};
  breaker.open = true;
  breaker.since_ms = now_ms;
  breaker.pause_ms = kFirstPauseMs;
  breaker.probe_at_ms = now_ms + kFirstPauseMs;
  ++open_;
  ++changes_;
  return {Change::kOpened, false};
}

Breakers::Change Breakers::answered(std::string_view dependency, std::int64_t now_ms) {
  if (dependency.empty()) dependency = kOwnWord;
  auto found = breakers_.find(dependency);
  if (found == breakers_.end()) {
    if (dependency == kOwnWord) return Change::kNone;  // it has never been spoken of
    found = breakers_.emplace(std::string(dependency), Breaker{}).first;
  }
  Breaker& breaker = found->second;
  breaker.laters = 0;
  breaker.answered_ms = now_ms;
  if (!breaker.open) return Change::kNone;
  breaker.open = false;
  --open_;
  ++changes_;
  probing_ = false;
  return Change::kClosed;
}

bool Breakers::probe_due(std::int64_t now_ms) const {
  if (probing_) return false;
  const auto next = next_probe_ms();
  return next && *next <= now_ms;
}

// All that are open must be probed before anything flows: the one whose pause ends first is first.
std::optional<std::int64_t> Breakers::next_probe_ms() const {
  if (probing_) return std::nullopt;
  std::optional<std::int64_t> next;
  for (const auto& [dependency, breaker] : breakers_)
    if (breaker.open) next = next ? std::min(*next, breaker.probe_at_ms) : breaker.probe_at_ms;
  return next;
}

std::int64_t Breakers::pause_ms(std::string_view dependency, std::int64_t now_ms) const {
  const auto found = breakers_.find(dependency.empty() ? kOwnWord : dependency);
  if (found == breakers_.end() || !found->second.open) return 0;
  return std::max<std::int64_t>(0, found->second.probe_at_ms - now_ms);
}

std::vector<BreakerState> Breakers::states(std::int64_t now_ms) const {
  std::vector<BreakerState> all;
  for (const auto& [dependency, breaker] : breakers_)
    if (breaker.open) all.push_back({dependency, breaker.reason, now_ms - breaker.since_ms});
  return all;
}

}  // namespace gofuture
