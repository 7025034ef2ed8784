#include "manifest/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace gofuture {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array kDurations{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}, Unit{"ms", 1}};
constexpr std::array kSizes{Unit{"GiB", 1 << 30}, Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10}, Unit{"B", 1}};

std::optional<std::int64_t> parse(std::string_view text, std::span<const Unit> units) {
  std::int64_t count = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (trouble != std::errc() || count < 0) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units)
    if (unit.name == name) {
      if (count > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
      return count * unit.factor;
    }
  return std::nullopt;
}

std::string format(std::int64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units)
    if (value != 0 && value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  return std::to_string(value) + std::string(units.back().name);
}

}  // namespace

std::optional<std::int64_t> parse_duration_ms(std::string_view text) { return parse(text, kDurations); }
std::optional<std::int64_t> parse_size(std::string_view text) { return parse(text, kSizes); }
std::string format_duration(std::int64_t ms) { return format(ms, kDurations); }
std::string format_size(std::int64_t bytes) { return format(bytes, kSizes); }

}  // namespace gofuture
