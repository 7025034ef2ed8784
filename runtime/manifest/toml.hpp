// A TOML file as a plain tree with the place of every key and value. Internal to runtime/manifest; toml.cpp is the only unit
// that sees TOML++.
//
//   std::optional<Value> root = parse_toml(report);   // nothing: not TOML, said in the report
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifest/report.hpp"

namespace gofuture {

struct Value {
  enum class Kind { kTable, kArray, kText, kInteger, kNumber, kBoolean, kTime };
  struct Member;

  Kind kind = Kind::kTable;
  Place at;
  std::string text;            // kText; kTime: RFC 3339 as far as the file says it
  std::int64_t integer = 0;
  double number = 0;
  bool boolean = false;
  std::vector<Value> items;    // kArray
  std::vector<Member> members; // kTable, in the order of the file

  const Value* find(std::string_view name) const;
};

struct Value::Member {
  std::string name;
  Place at;                    // of the key
  Value value;
};

// "text", "an integer", "a table" …
std::string_view name_of(Value::Kind kind);

inline constexpr std::size_t kFilesMax = 1000;  // of a folder
inline constexpr std::size_t kFileBytesMax = 64 * 1024;
inline constexpr int kKeyPartsMax = 32;   // a.b.c has three
inline constexpr int kNestingMax = 32;    // of [ ] and { }

// Fails, in the report, on what is too large or too deep for the parser (it would overflow the stack), and on what is not TOML.
std::optional<Value> parse_toml(const Report& report);

// The limits above, checked without parsing. Nothing: within limits.
struct LimitBroken {
  Place at;
  std::string what;
};
std::optional<LimitBroken> broken_limit(std::string_view text);

}  // namespace gofuture
