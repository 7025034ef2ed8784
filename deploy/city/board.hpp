// Board: what the rides of this run look like from outside: every ride's stage, as told by the topics alone, and the time from
// BookingCreated to DriverAssigned by the records' own timestamps. One thread (the run's loop).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kafka.hpp"

namespace city {

enum class Stage { kOrdered, kCreated, kPaying, kPaid, kSearching, kAssigned, kArrived, kRiding, kMoneyBack, kCompleted, kCanceled };
constexpr std::array<std::string_view, 11> kStages{"ordered", "created", "paying", "paid", "searching", "assigned", "arrived", "riding", "money back", "completed", "canceled"};

struct Percentiles {
  std::int64_t p50_ms = 0, p99_ms = 0;
};

class Board {
 public:
  explicit Board(const std::string& run) : prefix_("b-" + run + "-") {}
  void ordered(const std::string& booking_id);
  void seen(const Event& event);  // any event of booking.events or payments.status; others' bookings are left out

  std::int64_t at(Stage stage) const { return counts_[static_cast<std::size_t>(stage)]; }
  std::int64_t rides() const { return static_cast<std::int64_t>(rides_.size()); }
  std::int64_t ended() const { return at(Stage::kCompleted) + at(Stage::kCanceled); }
  std::int64_t events() const { return events_; }
  Percentiles assigned_after() const;
  // Rides that have not ended: "b-…-000017 searching".
  std::vector<std::string> open(std::size_t most) const;

 private:
  struct Ride {
    std::uint32_t types = 0;
    std::int64_t created_ms = 0;
    Stage stage = Stage::kOrdered;
  };
  static Stage stage_of(std::uint32_t types);
  std::string prefix_;
  std::unordered_map<std::string, Ride> rides_;
  std::array<std::int64_t, kStages.size()> counts_{};
  std::vector<std::int64_t> waits_ms_;
  std::int64_t events_ = 0;
};

}  // namespace city
