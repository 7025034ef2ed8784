// Section: one table of a file, checked against its KeyGroup as soon as it is made: unknown keys, wrong types, values out of
// limits and missing keys are all reported. Afterwards a key is read by name: nothing means absent, or wrong and already said.
// Internal to runtime/manifest.
//
//   Section function(table, kFunctionKeys, report);
//   if (auto batch = function.integer("batch")) manifest.batch_max = *batch;
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/keys.hpp"
#include "manifest/toml.hpp"

namespace gofuture {

struct PlacedText {
  std::string text;
  Place at;
};

class Section {
 public:
  Section(const Value& table, const KeyGroup& group, const Report& report);

  std::optional<std::string> text(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<std::int64_t> duration_ms(std::string_view key) const;
  std::optional<std::int64_t> size(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::vector<PlacedText> texts(std::string_view key) const;
  std::vector<const Value*> tables(std::string_view key) const;  // [[key]]
  const Value* table(std::string_view key) const;
  const Value* special(std::string_view key) const;              // kSpecial: unchecked

  bool has(std::string_view key) const;                          // present, and nothing wrong with it

  // Where the value stands; where the table stands when there is none.
  Place at(std::string_view key) const;

 private:
  const Value* good(std::string_view key, KeyType type) const;
  bool check(const Value::Member& member, const KeySpec& spec, const Report& report) const;

  const Value& table_;
  const KeyGroup& group_;
  std::vector<const Value*> good_;
};

// One line for what is wrong with a value's type: `concurrency must be a whole number; found text`.
std::string wrong_type(std::string_view key, std::string_view wanted, const Value& found);

}  // namespace gofuture
