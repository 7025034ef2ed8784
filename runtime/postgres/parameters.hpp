// Parameters of one prepared statement in binary format, arrays included. Building is appending big-endian bytes to one
// buffer per array; buffers are kept between batches, so a warm committer allocates nothing.
//
//   ArrayOf keys(PgType::kText);
//   keys.add("booking-7");
//   Parameters parameters;
//   parameters.add_int4(function_id).add(keys);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/uuid.hpp"

namespace gofuture {

// Object ids of the built-in types; fixed for ever in Postgres' catalogue.
enum class PgType : std::uint32_t { kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kUuid = 2950 };

class ArrayOf {
 public:
  explicit ArrayOf(PgType element) : element_(element) { clear(); }

  void clear();
  void add(std::string_view bytes) {
    put32(static_cast<std::uint32_t>(bytes.size()));
    bytes_.append(bytes);
    ++count_;
  }
  void add_null() {
    put32(0xffffffffU);
    has_null_ = true;
    ++count_;
  }
  // An empty text says "none" in envelopes; the column is null then.
  void add_unless_empty(std::string_view bytes) { bytes.empty() ? add_null() : add(bytes); }
  void add(const std::array<std::uint8_t, 16>& bytes) {
    add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  void add_int2(std::int16_t value) { put_number(static_cast<std::uint64_t>(value), 2); }
  void add_int4(std::int32_t value) { put_number(static_cast<std::uint64_t>(value), 4); }
  void add_int8(std::int64_t value) { put_number(static_cast<std::uint64_t>(value), 8); }

  std::uint32_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  // The whole array as Postgres reads it; valid until the next change.
  std::string_view encoded();

 private:
  static constexpr std::size_t kHeader = 20;  // dimensions, has-null, element type, length, lower bound

  void put32(std::uint32_t value) {
    const char bytes[4] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
                           static_cast<char>(value)};
    bytes_.append(bytes, 4);
  }
  void put_number(std::uint64_t value, int size) {
    put32(static_cast<std::uint32_t>(size));
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(value >> shift));
    ++count_;
  }

  PgType element_;
  std::string bytes_;
  std::uint32_t count_ = 0;
  bool has_null_ = false;
};

class Parameters {
 public:
  static constexpr int kMax = 24;

  Parameters() = default;
  Parameters(const Parameters&) = delete;  // it points into itself
  Parameters& operator=(const Parameters&) = delete;

  Parameters& add(ArrayOf& array) { return add_bytes(array.encoded()); }
  Parameters& add_text(std::string_view text) { return add_bytes(text); }
  Parameters& add_int4(std::int32_t value) { return add_number(static_cast<std::uint64_t>(value), 4); }
  Parameters& add_int8(std::int64_t value) { return add_number(static_cast<std::uint64_t>(value), 8); }

  int count() const { return count_; }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return kBinary.data(); }

 private:
  static constexpr std::array<int, kMax> kBinary = [] {
    std::array<int, kMax> all{};
    all.fill(1);
    return all;
  }();

  Parameters& add_bytes(std::string_view bytes) {
    GOFUTURE_ASSERT(count_ < kMax, "a statement with too many parameters");
    values_[static_cast<std::size_t>(count_)] = bytes.data() == nullptr ? "" : bytes.data();
    lengths_[static_cast<std::size_t>(count_)] = static_cast<int>(bytes.size());
    ++count_;
    return *this;
  }
  Parameters& add_number(std::uint64_t value, int size) {
    GOFUTURE_ASSERT(count_ < kMax, "a statement with too many parameters");
    auto& own = numbers_[static_cast<std::size_t>(count_)];
    for (int i = 0; i < size; ++i) own[static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * (size - 1 - i)));
    return add_bytes({own.data(), static_cast<std::size_t>(size)});
  }

  std::array<const char*, kMax> values_{};
  std::array<int, kMax> lengths_{};
  std::array<std::array<char, 8>, kMax> numbers_{};
  int count_ = 0;
};

}  // namespace gofuture
