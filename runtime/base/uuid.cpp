#include "base/uuid.hpp"

#include <boost/uuid/detail/sha1.hpp>

namespace gofuture {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool dash_before_byte(std::size_t index) { return index == 4 || index == 6 || index == 8 || index == 10; }

Uuid fixed(std::string_view text) { return *Uuid::parse(text); }

}  // namespace

const Uuid kForeignIdSpace = fixed("5f0c2a3e-8d3b-5d5e-9a51-3b0f6f1c7a01");
const Uuid kPositionSpace = fixed("5f0c2a3e-8d3b-5d5e-9a51-3b0f6f1c7a02");
const Uuid kDerivedSpace = fixed("5f0c2a3e-8d3b-5d5e-9a51-3b0f6f1c7a03");

std::optional<std::int64_t> Uuid::unix_ms() const {
  if (version() != 7) return std::nullopt;
  std::int64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = (ms << 8) | bytes[i];
  return ms;
}

std::string Uuid::text() const {
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (dash_before_byte(i)) out.push_back('-');
    out.push_back(kHex[bytes[i] >> 4]);
    out.push_back(kHex[bytes[i] & 15]);
  }
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (dash_before_byte(i) && text[at++] != '-') return std::nullopt;
    const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

Uuid Uuid::v5(const Uuid& space, std::string_view name) {
  boost::uuids::detail::sha1 sha;
  sha.process_bytes(space.bytes.data(), space.bytes.size());
  sha.process_bytes(name.data(), name.size());
  unsigned int digest[5];
  sha.get_digest(digest);
  Uuid id;
  for (std::size_t i = 0; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(digest[i / 4] >> (24 - 8 * (i % 4)));
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x50);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

UuidV7Generator::UuidV7Generator(std::uint64_t seed) : random_(seed) {}

Uuid UuidV7Generator::next(std::int64_t unix_ms) {
  if (unix_ms > last_ms_) {
    last_ms_ = unix_ms;
    counter_ = static_cast<std::uint16_t>(random_.next() & 0x7ff);  // upper half stays free for counting up
  } else if (++counter_ > 0xfff) {                            // 4096 in one millisecond: borrow from the next
    ++last_ms_;
    counter_ = 0;
  }
  const std::uint64_t tail = random_.next();
  Uuid id;
  for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(last_ms_ >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (counter_ >> 8));
  id.bytes[7] = static_cast<std::uint8_t>(counter_ & 0xff);
  for (int i = 0; i < 8; ++i) id.bytes[8 + i] = static_cast<std::uint8_t>(tail >> (56 - 8 * i));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace gofuture
