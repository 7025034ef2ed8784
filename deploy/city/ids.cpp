#include "ids.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace city {

std::uint64_t mix(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint64_t hash(std::string_view text, std::uint64_t salt) {
  std::uint64_t h = 0xcbf29ce484222325ULL ^ mix(salt);
  for (const unsigned char c : text) h = (h ^ c) * 0x100000001b3ULL;
  return mix(h);
}

bool chance(std::string_view name, std::uint64_t salt, double share) {
  return static_cast<double>(hash(name, salt) >> 11) * 0x1.0p-53 < share;
}

std::uint64_t Dice::next() { return mix(state_++); }
double Dice::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
std::int64_t Dice::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
}

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t now_monotonic_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

std::string uuid7(std::int64_t at_ms, Dice& dice) {
  const std::uint64_t high = (static_cast<std::uint64_t>(at_ms) << 16) | 0x7000 | (dice.next() & 0xfff);
  const std::uint64_t low = (dice.next() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xffff),
                static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return text;
}

std::string traceparent(Dice& dice) {
  char text[56];
  std::snprintf(text, sizeof text, "00-%016llx%016llx-%016llx-01", static_cast<unsigned long long>(dice.next()),
                static_cast<unsigned long long>(dice.next() | 1), static_cast<unsigned long long>(dice.next() | 1));
  return text;
}

std::string rfc3339(std::int64_t at_ms) {
  const std::time_t seconds = static_cast<std::time_t>(at_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof text - size, ".%03dZ", static_cast<int>(at_ms % 1000));
  return text;
}

std::int64_t parse_rfc3339(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  int used = 0;
  char between = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%c%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &between,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &used) != 7 || (between != 'T' && between != ' ')) {
    return -1;
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  std::int64_t milliseconds = 0;
  std::size_t at = static_cast<std::size_t>(used);
  if (at < copy.size() && copy[at] == '.') {
    int scale = 100;
    for (++at; at < copy.size() && copy[at] >= '0' && copy[at] <= '9'; ++at, scale /= 10) milliseconds += (copy[at] - '0') * scale;
  }
  const auto rest = std::string_view(copy).substr(at);
  if (rest != "Z" && rest != "+00" && rest != "+00:00" && !rest.empty()) return -1;
  return static_cast<std::int64_t>(timegm(&parts)) * 1000 + milliseconds;
}

std::string region_of(double lat, double lon) {
  char text[32];
  std::snprintf(text, sizeof text, "%d:%d", static_cast<int>(std::floor(lat * 100)), static_cast<int>(std::floor(lon * 100)));
  return text;
}

}  // namespace city
