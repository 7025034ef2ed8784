#include "manifest/meant.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "manifest/nearest.hpp"
#include "manifest/units.hpp"

namespace gofuture {
namespace {

struct Spelling {
  std::string_view begins;  // the unit as people write it, in lower case: all that begins so
  std::int64_t factor;
};
constexpr std::array kDurations{Spelling{"ms", 1}, Spelling{"mil", 1}, Spelling{"s", kSecondMs}, Spelling{"m", kMinuteMs},
                                Spelling{"h", kHourMs}, Spelling{"d", kDayMs}};
constexpr std::array kSizes{Spelling{"g", kGiB}, Spelling{"m", kMiB}, Spelling{"k", kKiB}, Spelling{"b", 1}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool within(const KeySpec& spec, double amount) {
  return spec.max == 0 || (amount >= static_cast<double>(spec.min) && amount <= static_cast<double>(spec.max));
}

// "1.5 s", "30sec", "32MB", "5"; a bare number is seconds or bytes, as most people think of them.
std::optional<std::int64_t> amount_of(const Value& value, bool duration) {
  if (value.kind == Value::Kind::kInteger && value.integer >= 0 && value.integer <= kGiB) return value.integer * (duration ? kSecondMs : 1);
  if (value.kind != Value::Kind::kText) return std::nullopt;
  double count = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [after, trouble] = std::from_chars(value.text.data(), end, count);
  if (trouble != std::errc() || !std::isfinite(count) || count < 0 || count > static_cast<double>(kGiB)) return std::nullopt;
  std::string unit = lower(std::string_view(after, static_cast<std::size_t>(end - after)));
  unit.erase(0, unit.find_first_not_of(' '));
  if (unit.empty()) return std::llround(count * (duration ? kSecondMs : 1));
  const auto read = [&](const auto& spellings) -> std::optional<std::int64_t> {
    for (const Spelling& one : spellings)
      if (unit.starts_with(one.begins)) return std::llround(count * static_cast<double>(one.factor));
    return std::nullopt;
  };
  return duration ? read(kDurations) : read(kSizes);
}

std::string meant_amount(const Value& value, const KeySpec& spec) {
  const bool duration = spec.type == KeyType::kDuration;
  const auto amount = amount_of(value, duration);
  if (!amount || !within(spec, static_cast<double>(*amount))) return "";
  return in_quotes(duration ? format_duration(*amount) : format_size(*amount));
}

std::string meant_number(const Value& value, const KeySpec& spec) {
  double number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [after, trouble] = std::from_chars(value.text.data(), end, number);
  const bool fits = spec.type == KeyType::kNumber || number == std::floor(number);
  return trouble == std::errc() && after == end && fits && within(spec, number) ? value.text : "";
}

std::string meant_boolean(const Value& value) {
  const std::string word = value.kind == Value::Kind::kInteger ? std::to_string(value.integer) : lower(value.text);
  for (const char* yes : {"true", "yes", "on", "1"})
    if (word == yes) return "true";
  for (const char* no : {"false", "no", "off", "0"})
    if (word == no) return "false";
  return "";
}

std::string meant_text(const Value& value, const KeySpec& spec) {
  const std::string text = value.kind == Value::Kind::kInteger ? std::to_string(value.integer)
                           : value.kind == Value::Kind::kArray && value.items.size() == 1 ? value.items.front().text : "";
  return text.empty() || (spec.form != nullptr && !spec.form->holds(text)) ? "" : in_quotes(text);
}

std::string meant_list(const Value& value, const KeySpec& spec) {
  if (value.kind != Value::Kind::kText || (spec.form != nullptr && !spec.form->holds(value.text))) return "";
  return "[" + in_quotes(value.text) + "]";
}

std::string guess(const Value& value, const KeySpec& spec) {
  if (const auto near = nearest(value.text, choices_of(spec)); !near.empty()) return in_quotes(near);
  switch (spec.type) {
    case KeyType::kDuration:
    case KeyType::kSize: return meant_amount(value, spec);
    case KeyType::kInteger:
    case KeyType::kNumber: return meant_number(value, spec);
    case KeyType::kBoolean: return meant_boolean(value);
    case KeyType::kText: return spec.choices.empty() ? meant_text(value, spec) : "";
    case KeyType::kTextList: return meant_list(value, spec);
    case KeyType::kTable: return value.kind == Value::Kind::kArray ? written(spec) : "";
    case KeyType::kTableList:
    case KeyType::kTime: return "";  // what is wanted says it already
  }
  return "";
}

}  // namespace

std::string meant(const Value& value, const KeySpec& spec) {
  const std::string one = guess(value, spec);
  return one.empty() || may_hold_secret(one) ? "" : "; did you mean " + one + "?";
}

}  // namespace gofuture
