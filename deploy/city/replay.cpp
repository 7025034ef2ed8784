#include "replay.hpp"

#include <zlib.h>

#include <cstdlib>
#include <cstring>

#include "database.hpp"  // Trouble

namespace city {
namespace {
constexpr std::int64_t kDay = 86'400;
}

Replay::Replay(const std::string& path, int day, double speed) : file_(gzopen(path.c_str(), "rb")), path_(path), speed_(speed) {
  if (file_ == nullptr) throw Trouble("the positions " + path + " cannot be read");
  gzbuffer(static_cast<gzFile>(file_), 1 << 17);
  if (speed <= 0) throw Trouble("--speed must be above 0");
  for (int seen = 0; (have_ = next());) {
    if (ping_.epoch_s / kDay != day_) {
      day_ = ping_.epoch_s / kDay;
      ++seen;
    }
    if (seen == day) return;
  }
  throw Trouble(path + " has no day number " + std::to_string(day));
}

Replay::~Replay() { gzclose(static_cast<gzFile>(file_)); }

bool Replay::next() {
  char line[256];
  while (gzgets(static_cast<gzFile>(file_), line, sizeof line) != nullptr) {
    ++line_;
    char cab[64];
    long long epoch = 0;
    int occupied = 0;
    if (std::sscanf(line, "%lld,%63[^,],%lf,%lf,%d", &epoch, cab, &ping_.at.lat, &ping_.at.lon, &occupied) == 5) {
      ping_.epoch_s = epoch;
      ping_.cab = cab;
      ping_.occupied = occupied != 0;
      return true;
    }
    if (line_ > 1) throw Trouble(path_ + " line " + std::to_string(line_) + " is not epoch_s,cab,lat,lon,occupied");
  }
  return false;
}

std::int64_t Replay::day_length_ms() const { return static_cast<std::int64_t>(static_cast<double>(kDay) * 1000 / speed_); }

bool Replay::play(std::int64_t since_start_ms, const Listener& listener) {
  const auto until = day_ * kDay + static_cast<std::int64_t>(static_cast<double>(since_start_ms) / 1000 * speed_);
  while (have_ && ping_.epoch_s <= until && ping_.epoch_s / kDay == day_) {
    const auto [cab, first] = occupied_.try_emplace(ping_.cab, ping_.occupied);
    const bool before = cab->second;
    cab->second = ping_.occupied;
    if (!first && !before && ping_.occupied) listener.picked_up(ping_);
    listener.position(ping_);
    if (!first && before && !ping_.occupied) listener.set_down(ping_);
    have_ = next();
  }
  return have_ && ping_.epoch_s / kDay == day_;
}

}  // namespace city
