// RFC 3339 times and W3C trace contexts: the two texts of an envelope that have a grammar of their own.
#include <algorithm>
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

// printf, and text made of parts, would be most of what an emission's times and traces cost.
// All 16 digits of the bits, from `to` on.
void put_hex(char* to, std::uint64_t bits) {
  for (char* at = to + 16; at != to; bits >>= 4U) *--at = "0123456789abcdef"[bits & 15U];
}

// So many digits of the number, from `to` on.
void put(char* to, std::size_t digits, unsigned number) {
  for (char* at = to + digits; at != to; number /= 10) *--at = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string format_time_ms(std::int64_t unix_ms) {
  TimeText room;
  return std::string(format_time_ms(unix_ms, room));
}

std::string_view format_time_ms(std::int64_t unix_ms, TimeText& room) {
  using namespace std::chrono;
  const sys_time<milliseconds> when{milliseconds(unix_ms)};
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss clock(when - day);
  const int year = static_cast<int>(date.year());
  char* rest = room.data() + 4;  // behind the year
  if (year >= 0 && year <= 9999) put(room.data(), 4, static_cast<unsigned>(year));
  else rest = room.data() + std::snprintf(room.data(), room.size(), "%04d", year);
  constexpr std::string_view kRest = "-00-00T00:00:00.000Z";
  char* const end = std::copy(kRest.begin(), kRest.end(), rest);
  put(rest + 1, 2, static_cast<unsigned>(date.month()));
  put(rest + 4, 2, static_cast<unsigned>(date.day()));
  put(rest + 7, 2, static_cast<unsigned>(clock.hours().count()));
  put(rest + 10, 2, static_cast<unsigned>(clock.minutes().count()));
  put(rest + 13, 2, static_cast<unsigned>(clock.seconds().count()));
  put(rest + 16, 3, static_cast<unsigned>(clock.subseconds().count()));
  return {room.data(), static_cast<std::size_t>(end - room.data())};
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
  std::string text = "00-00000000000000000000000000000000-0000000000000000-01";
  if (is_traceparent(traceparent)) {
    // Only the sampled flag is ours to pass on; unknown ones are cleared.
    const bool sampled = (traceparent[54] >= 'a' ? traceparent[54] - 'a' + 10 : traceparent[54] - '0') & 1;
    traceparent.copy(text.data() + 3, 32, 3);
    put_hex(text.data() + 36, not_zero(random_low));
    if (!sampled) text.back() = '0';
    return text;
  }
  // A fresh trace needs 192 bits; the parent id is drawn from the 128 given, by splitmix64's mixing.
  std::uint64_t parent = random_high ^ (random_low * 0x9e3779b97f4a7c15ULL);
  parent = (parent ^ (parent >> 30)) * 0xbf58476d1ce4e5b9ULL;
  parent ^= parent >> 27;
  put_hex(text.data() + 3, random_high);
  put_hex(text.data() + 19, not_zero(random_low));
  put_hex(text.data() + 36, not_zero(parent));
  return text;
}

}  // namespace gofuture
