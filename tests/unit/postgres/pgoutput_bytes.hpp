// Messages of a replication stream, made by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gofuture::bytes {

inline std::string number(std::uint64_t value, int size) {
  std::string out;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
  return out;
}
inline std::string u16(std::uint64_t value) { return number(value, 2); }
inline std::string u32(std::uint64_t value) { return number(value, 4); }
inline std::string u64(std::uint64_t value) { return number(value, 8); }
inline std::string name(const std::string& text) { return text + '\0'; }

inline std::string binary(const std::string& value) { return "b" + u32(value.size()) + value; }
inline std::string text(const std::string& value) { return "t" + u32(value.size()) + value; }
inline std::string null() { return "n"; }

inline std::string relation(std::uint32_t id, const std::string& schema, const std::string& table, const std::vector<std::string>& columns) {
  std::string out = "R" + u32(id) + name(schema) + name(table) + "d" + u16(columns.size());
  for (const std::string& column : columns) out += std::string(1, '\0') + name(column) + u32(25) + u32(0xffffffff);
  return out;
}
inline std::string insert(std::uint32_t id, const std::vector<std::string>& cells) {
  std::string out = "I" + u32(id) + "N" + u16(cells.size());
  for (const std::string& cell : cells) out += cell;
  return out;
}
inline std::string begin(std::uint64_t lsn, std::int64_t time_us, std::uint32_t xid) {
  return "B" + u64(lsn) + u64(static_cast<std::uint64_t>(time_us)) + u32(xid);
}
inline std::string commit(std::uint64_t lsn, std::uint64_t end, std::int64_t time_us) {
  return "C" + std::string(1, '\0') + u64(lsn) + u64(end) + u64(static_cast<std::uint64_t>(time_us));
}
inline std::string keepalive(std::uint64_t end, bool reply) { return "k" + u64(end) + u64(0) + std::string(1, reply ? '\1' : '\0'); }
inline std::string frame(std::uint64_t end, const std::string& data) { return "w" + u64(end) + u64(end) + u64(0) + data; }

inline std::string copy_header() { return std::string("PGCOPY\n\377\r\n\0", 11) + u32(0) + u32(0); }
inline std::string copy_row(const std::vector<std::optional<std::string>>& cells) {
  std::string out = u16(cells.size());
  for (const auto& cell : cells) out += cell ? u32(cell->size()) + *cell : u32(0xffffffff);
  return out;
}

}  // namespace gofuture::bytes
