#include "postgres/relay_snapshot.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace gofuture {
namespace {

// Takes a number and the separator behind it off the front; the last number may stand without one.
bool take_number(std::string_view& text, char separator, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty()) return true;
  if (text.front() != separator) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Result<RelaySnapshot> RelaySnapshot::parse(std::string_view text) {
  const Error wrong("\"" + std::string(text) + "\" is no snapshot as pg_current_snapshot() writes it");
  RelaySnapshot snapshot;
  std::uint64_t number = 0;
  if (!take_number(text, ':', number) || text.empty() || !take_number(text, ':', snapshot.end_)) return wrong;
  while (!text.empty()) {
    if (!take_number(text, ',', number)) return wrong;
    snapshot.running_.push_back(number);
  }
  return snapshot;
}

bool RelaySnapshot::sees(std::uint32_t xid) const {
  if (end_ == 0) return false;
  // The nearest number with these low bits: a stream is never two thousand million transactions away from its snapshot.
  const std::int64_t distance = static_cast<std::int32_t>(xid - static_cast<std::uint32_t>(end_));
  if (distance >= 0) return false;
  const std::uint64_t number = end_ - static_cast<std::uint64_t>(-distance);
  return !std::binary_search(running_.begin(), running_.end(), number);
}

}  // namespace gofuture
