// Section: one table of a file, checked against its KeyGroup as soon as it is made: unknown keys, wrong types and forms, values out
// of limits and missing keys are all reported. Afterwards a key is read by name: what the file says, else the default. Nothing
// means that there is neither; where a value was wrong, which has been said, the default stands in for it.
// Internal to runtime/manifest.
//
//   const Section function(table, kFunctionKeys, report);
//   manifest.batch_max = function.integer("batch").value();   // it has a default
#pragma once

#include <list>
#include <map>
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
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  std::optional<std::string> text(std::string_view key) const;           // also a word that stands for a number or a time
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<std::int64_t> duration_ms(std::string_view key) const;
  std::optional<std::int64_t> size(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::int64_t> time_us(std::string_view key) const;
  std::vector<PlacedText> texts(std::string_view key) const;             // without those of a wrong form
  std::vector<const Value*> tables(std::string_view key) const;          // [[key]]
  const Value* table(std::string_view key) const;

  bool has(std::string_view key) const;                                  // the file says it, and nothing is wrong with it

  // Where the value stands; where the table stands when there is none.
  Place at(std::string_view key) const;

 private:
  void check(const Value::Member& member, const KeySpec& spec);
  const Value* value(std::string_view key, KeyType type) const;

  const Value& table_;
  const KeyGroup& group_;
  const Report& report_;
  std::map<std::string_view, const Value*> values_;                      // by key: right, or the default
  std::list<Value> defaults_;
};

// What is wrong with a value that stands alone, such as a variable of the environment; nothing: it is right.
std::optional<std::string> wrong(const Value& value, const KeySpec& spec);
// One line for what is wrong with a value's type: `concurrency must be a whole number; found text`.
std::string wrong_type(std::string_view key, std::string_view wanted, const Value& found);

}  // namespace gofuture
