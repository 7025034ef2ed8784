// The audit: is what happened to the rides of one run what should have? Pure; knows nothing of how the runtime works.
//
//   ended     every booking ended: completed, or canceled with the money back
//   lost      what had to follow, followed; every change that was told is in the tables
//   doubled   nothing was done twice: no second event of a kind that comes once, no second charge, no sum too large
//             (the same event at two offsets is a resend and allowed; what it does twice is not)
//   order     per key nothing happened before what it follows, neither on a topic nor in a table
//   money     captured - refunded - kept = 0 per booking, by the gateway's own ledger; prices are what the tariff says; what was
//             denied was never charged
//   drivers   one driver per booking, one booking per driver at a time
//   causes    every causationid is an event of the same ride
//   torn      rows and events came both or not at all
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evidence.hpp"

namespace city {

constexpr std::array<std::string_view, 8> kChecks{"ended", "lost", "doubled", "order", "money", "drivers", "causes", "torn"};

struct Finding {
  std::string check;
  std::string who;    // a booking, or a driver
  std::string what;   // what is wrong
  std::string where;  // topic-partition@offset, a table, a ledger
};

struct Verdict {
  std::vector<Finding> findings;
  std::int64_t bookings = 0, completed = 0, canceled = 0, events = 0, resends = 0;
  std::int64_t captured_minor = 0, refunded_minor = 0, kept_minor = 0;
  std::size_t count(std::string_view check) const;
  bool clean() const { return findings.empty(); }
};

Verdict audit(const Evidence& evidence);

}  // namespace city
