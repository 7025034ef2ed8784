#include "postgres/parameters.hpp"

namespace gofuture {

void ArrayOf::clear() {
  bytes_.clear();
  bytes_.append(kHeader, '\0');
  count_ = 0;
  has_null_ = false;
}

std::string_view ArrayOf::encoded() {
  const auto write32 = [this](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes_[at + i] = static_cast<char>(value >> (24 - 8 * i));
  };
  write32(0, count_ == 0 ? 0 : 1);  // an empty array has no dimension, and then the header ends after the type
  write32(4, has_null_ ? 1 : 0);
  write32(8, static_cast<std::uint32_t>(element_));
  if (count_ == 0) return std::string_view(bytes_).substr(0, 12);
  write32(12, count_);
  write32(16, 1);
  return bytes_;
}

}  // namespace gofuture
