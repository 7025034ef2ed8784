// RFC 3339 times and W3C trace contexts: the two texts of an envelope that have a grammar of their own.
#include <chrono>
#include <cstdio>

#include "event/envelope.hpp"

namespace gofuture {
namespace {

Error not_a_time(std::string_view text) {
  std::string shown(text.substr(0, 40));
  for (char& c : shown)
    if (c < 0x20 || c > 0x7e) c = '?';
  return Error("\"" + shown + "\" is not a time such as \"2026-11-22T12:00:01.204Z\"");
}

// Takes digits from the front of a text; remembers that something was wrong.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest(text) {}
  std::int64_t number(std::size_t digits) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest.empty() || rest.front() < '0' || rest.front() > '9') {
        good = false;
        return 0;
      }
      value = value * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return value;
  }
  void mark(std::string_view any_of) {
    if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos)
      good = false;
    else
      rest.remove_prefix(1);
  }
  bool next_is(char c) const { return !rest.empty() && rest.front() == c; }

  std::string_view rest;
  bool good = true;
};

// The fraction of a second in microseconds, at most nine digits, what is finer is cut off.
std::int64_t fraction_us(Digits& digits) {
  std::int64_t us = 0;
  int count = 0;
  for (; !digits.rest.empty() && digits.rest.front() >= '0' && digits.rest.front() <= '9'; ++count) {
    if (count < 6) us = us * 10 + (digits.rest.front() - '0');
    digits.rest.remove_prefix(1);
  }
  if (count == 0 || count > 9) digits.good = false;
  for (; count < 6; ++count) us *= 10;
  return us;
}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

bool is_traceparent(std::string_view text) {
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const auto version = text.substr(0, 2), trace = text.substr(3, 32), parent = text.substr(36, 16), flags = text.substr(53, 2);
  if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(parent) || !is_lower_hex(flags)) return false;
  if (is_zero(trace) || is_zero(parent) || version == "ff") return false;
  return version == "00" ? text.size() == 55 : text.size() == 55 || text[55] == '-';
}

// printf would be most of what an emission's times and traces cost.
std::string hex(std::uint64_t bits) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); bits != 0; bits >>= 4U) text[--i] = "0123456789abcdef"[bits & 15U];
  return text;
}

// So many digits of the number, from `at` on.
void put(std::string& text, std::size_t at, std::size_t digits, unsigned number) {
  for (std::size_t i = at + digits; i > at; number /= 10) text[--i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string format_time_ms(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> when{milliseconds(unix_ms)};
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss clock(when - day);
  const int year = static_cast<int>(date.year());
  std::string text = "0000-00-00T00:00:00.000Z";
  if (year >= 0 && year <= 9999) {
    put(text, 0, 4, static_cast<unsigned>(year));
  } else {
    char wide[16];
    std::snprintf(wide, sizeof wide, "%04d", year);
    text.replace(0, 4, wide);
  }
  const std::size_t rest = text.size() - 24;  // what a wider year moves the others by
  put(text, rest + 5, 2, static_cast<unsigned>(date.month()));
  put(text, rest + 8, 2, static_cast<unsigned>(date.day()));
  put(text, rest + 11, 2, static_cast<unsigned>(clock.hours().count()));
  put(text, rest + 14, 2, static_cast<unsigned>(clock.minutes().count()));
  put(text, rest + 17, 2, static_cast<unsigned>(clock.seconds().count()));
  put(text, rest + 20, 3, static_cast<unsigned>(clock.subseconds().count()));
  return text;
}

Result<std::int64_t> parse_time_us(std::string_view rfc3339) {
  using namespace std::chrono;
  Digits digits(rfc3339);
  const auto years = digits.number(4);
  digits.mark("-");
  const auto month_number = digits.number(2);
  digits.mark("-");
  const auto day_number = digits.number(2);
  digits.mark("Tt");
  const auto hour = digits.number(2);
  digits.mark(":");
  const auto minute = digits.number(2);
  digits.mark(":");
  const auto second = digits.number(2);
  std::int64_t us = 0;
  if (digits.next_is('.')) {
    digits.mark(".");
    us = fraction_us(digits);
  }
  std::int64_t offset_minutes = 0;
  if (digits.next_is('+') || digits.next_is('-')) {
    const std::int64_t sign = digits.next_is('-') ? -1 : 1;
    digits.mark("+-");
    const auto hours = digits.number(2);
    digits.mark(":");
    const auto minutes = digits.number(2);
    if (hours > 23 || minutes > 59) return not_a_time(rfc3339);
    offset_minutes = sign * (hours * 60 + minutes);
  } else {
    digits.mark("Zz");
  }
  const year_month_day date{year(static_cast<int>(years)), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  const bool leap_second = second == 60;  // RFC 3339 knows it; it counts as the first instant of the next minute
  if (!digits.good || !digits.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60)
    return not_a_time(rfc3339);
  if (leap_second) us = 0;
  const std::int64_t seconds_of_day = hour * 3600 + (minute - offset_minutes) * 60 + second;
  return (sys_days(date).time_since_epoch().count() * std::int64_t{86'400} + seconds_of_day) * 1'000'000 + us;
}

std::string next_traceparent(std::string_view traceparent, std::uint64_t random_high, std::uint64_t random_low) {
  const auto not_zero = [](std::uint64_t bits) { return bits == 0 ? std::uint64_t{1} : bits; };
  if (is_traceparent(traceparent)) {
    // Only the sampled flag is ours to pass on; unknown ones are cleared.
    const bool sampled = (traceparent[54] >= 'a' ? traceparent[54] - 'a' + 10 : traceparent[54] - '0') & 1;
    return "00-" + std::string(traceparent.substr(3, 32)) + "-" + hex(not_zero(random_low)) + (sampled ? "-01" : "-00");
  }
  // A fresh trace needs 192 bits; the parent id is drawn from the 128 given, by splitmix64's mixing.
  std::uint64_t parent = random_high ^ (random_low * 0x9e3779b97f4a7c15ULL);
  parent = (parent ^ (parent >> 30)) * 0xbf58476d1ce4e5b9ULL;
  parent ^= parent >> 27;
  return "00-" + hex(random_high) + hex(not_zero(random_low)) + "-" + hex(not_zero(parent)) + "-01";
}

}  // namespace gofuture
