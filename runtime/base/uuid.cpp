#include "base/uuid.hpp"

#include <openssl/evp.h>

#include <memory>

#include "base/assert.hpp"

namespace gofuture {
namespace {

constexpr char kHex[] = "0123456789abcdef";

constexpr auto kHexValues = [] {
  std::array<std::int8_t, 256> values;
  values.fill(-1);
  for (int i = 0; i < 16; ++i) values[static_cast<unsigned char>(kHex[i])] = static_cast<std::int8_t>(i);
  for (int i = 10; i < 16; ++i) values[static_cast<unsigned char>('A' + i - 10)] = static_cast<std::int8_t>(i);
  return values;
}();

int hex_value(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

constexpr bool dash_before_byte(std::size_t index) { return index == 4 || index == 6 || index == 8 || index == 10; }

Uuid fixed(std::string_view text) { return *Uuid::parse(text); }

// Made once for each thread: looking SHA-1 up costs more than computing it.
EVP_MD_CTX* sha1_of_this_thread() {
  static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context = [] {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> made(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    GOFUTURE_ASSERT(made && EVP_DigestInit_ex2(made.get(), EVP_sha1(), nullptr) == 1, "libcrypto has no SHA-1");
    return made;
  }();
  return context.get();
}

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

std::array<char, 36> Uuid::characters() const {
  std::array<char, 36> out;
  char* to = out.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (dash_before_byte(i)) *to++ = '-';
    *to++ = kHex[bytes[i] >> 4];
    *to++ = kHex[bytes[i] & 15];
  }
  return out;
}

std::string Uuid::text() const {
  const auto all = characters();
  return {all.data(), all.size()};
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
  unsigned char digest[20];
  EVP_MD_CTX* const sha = sha1_of_this_thread();
  const bool done = EVP_DigestInit_ex2(sha, nullptr, nullptr) == 1 && EVP_DigestUpdate(sha, space.bytes.data(), space.bytes.size()) == 1 &&
                    EVP_DigestUpdate(sha, name.data(), name.size()) == 1 && EVP_DigestFinal_ex(sha, digest, nullptr) == 1;
  GOFUTURE_ASSERT(done, "libcrypto does not compute SHA-1");
  Uuid id;
  std::memcpy(id.bytes.data(), digest, id.bytes.size());
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
