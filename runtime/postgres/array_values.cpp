#include "postgres/array_values.hpp"

#include <cstdint>

namespace gofuture {
namespace {

std::int32_t int4_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i]);
  return static_cast<std::int32_t>(value);
}

}  // namespace

std::vector<std::optional<std::string_view>> array_values(std::string_view binary) {
  std::vector<std::optional<std::string_view>> values;
  if (binary.size() < 20 || int4_at(binary, 0) != 1) return values;
  const std::int32_t count = int4_at(binary, 12);
  std::size_t at = 20;  // dimensions, has-null, element type, length, lower bound
  for (std::int32_t i = 0; i < count; ++i) {
    if (at + 4 > binary.size()) return {};
    const std::int32_t size = int4_at(binary, at);
    at += 4;
    if (size < 0) {
      values.emplace_back();
      continue;
    }
    if (at + static_cast<std::size_t>(size) > binary.size()) return {};
    values.emplace_back(binary.substr(at, static_cast<std::size_t>(size)));
    at += static_cast<std::size_t>(size);
  }
  return values;
}

}  // namespace gofuture
