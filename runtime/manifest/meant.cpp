#include "manifest/meant.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "event/envelope.hpp"
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
  return amount >= static_cast<double>(spec.min) && amount <= static_cast<double>(spec.max);
}

// "1.5 s", "30sec", "32MB", "5". A bare number is bytes, or milliseconds where the default is in them, or seconds.
std::optional<std::int64_t> amount_of(const Value& value, const KeySpec& spec) {
  const bool duration = spec.type == KeyType::kDuration;
  const std::int64_t bare = duration && !spec.fallback.ends_with("ms") ? kSecondMs : 1;
  if (value.kind == Value::Kind::kInteger && value.integer >= 0 && value.integer <= kGiB) return value.integer * bare;
  double count = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [after, trouble] = std::from_chars(value.text.data(), end, count);
  if (trouble != std::errc() || !(count <= static_cast<double>(kGiB))) return std::nullopt;  // nor is nan an amount
  std::string unit = lower(std::string_view(after, static_cast<std::size_t>(end - after)));
  unit.erase(0, unit.find_first_not_of(' '));
  if (unit.empty()) return std::llround(count * static_cast<double>(bare));
  const auto read = [&](const auto& spellings) -> std::optional<std::int64_t> {
    for (const Spelling& one : spellings)
      if (unit.starts_with(one.begins)) return std::llround(count * static_cast<double>(one.factor));
    return std::nullopt;
  };
  return duration ? read(kDurations) : read(kSizes);
}

std::string meant_amount(const Value& value, const KeySpec& spec) {
  const bool duration = spec.type == KeyType::kDuration;
  const auto amount = amount_of(value, spec);
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

std::string in_form(const std::string& text, const Form& form) {
  const std::string one = form.mend == nullptr ? "" : form.mend(text);
  return form.holds(one) ? one : "";
}

std::string meant_text(const Value& value, const KeySpec& spec) {
  std::string text = value.text;
  if (value.kind == Value::Kind::kInteger) text = std::to_string(value.integer);
  if (value.items.size() == 1) text = value.items.front().text;
  if (spec.form != nullptr && !spec.form->holds(text)) text = in_form(text, *spec.form);
  return text.empty() ? "" : in_quotes(text);
}

std::string meant_list(const Value& value, const KeySpec& spec) {
  const std::string one = meant_text(value, spec);
  return value.kind != Value::Kind::kText || one.empty() ? "" : "[" + one + "]";
}

// "2026-11-22", "2026-11-22 12:00".
std::string meant_time(const Value& value) {
  std::string text = value.text;
  std::replace(text.begin(), text.end(), ' ', 'T');
  for (const char* rest : {"Z", ":00Z", "T00:00:00Z"})
    if (parse_time_us(text + rest)) return in_quotes(text + rest);
  return "";
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
    case KeyType::kTime: return meant_time(value);
    case KeyType::kTextList: return meant_list(value, spec);
    case KeyType::kTable:  // [[retry]] for [retry]
      return !value.items.empty() && value.items.front().kind == Value::Kind::kTable ? written(spec) : "";
    case KeyType::kTableList: return "";  // what is wanted says it already
  }
  return "";
}

std::string asked(const std::string& one) {
  return one.empty() || may_hold_secret(one) ? "" : "; did you mean " + one + "?";
}

}  // namespace

std::string meant(const Value& value, const KeySpec& spec) { return asked(guess(value, spec)); }
std::string meant_item(const Value& item, const KeySpec& spec) { return asked(meant_text(item, spec)); }

}  // namespace gofuture
