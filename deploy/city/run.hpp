// One run of the city: riders, drivers and, if asked, the killer, around a runtime that somebody else started; then
// it stops the demand, waits until nothing is in flight and hands over to the audit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "board.hpp"
#include "runtime_view.hpp"
#include "store_view.hpp"
#include "troubles.hpp"

namespace city {

struct RunSettings {
  std::string kafka, postgres;
  std::vector<std::string> runtimes;  // http://ADDRESS:PORT of their /metrics, the one that matters first; empty: not looked at
  std::string folder = ".";         // the ledger goes here
  std::string run;                  // in every id; empty: made from the time
  std::uint64_t seed = 1;
  double rate = 50;                 // bookings a second
  std::int64_t for_ms = 0;          // 0: until Ctrl-C (or the end of the replayed day)
  int drivers = 0;                  // 0: as many as the rate needs
  std::int64_t report_every_ms = 2'000;
  double remote_share = 0.02;       // riders where no driver is
  double cancel_share = 0.05;       // riders who cancel
  double reject_share = 0.08;       // drivers who reject
  double quote_share = 0.25;        // riders who ask for the price first
  double fraud_share = 0.005;       // riders with a stolen card
  int poison = 0;                   // events that nobody can handle
  std::string replay;
  int day = 1;
  double speed = 480;
  int kills = 0;
  std::string pid_file;
  std::string troubles;             // the file of who kills servers (troubles.hpp); empty: nobody does
  std::int64_t patience_ms = 30'000;  // at the end: how long nothing may move before what hangs is reported
  bool json = false;
};

struct RunOutcome {
  std::string run, ledger;          // the file
  double seconds = 0;               // of demand
  std::int64_t rides = 0, completed = 0, canceled = 0, positions = 0, events = 0, messages = 0;
  Percentiles assigned_after;
  RuntimeCounts counted;
  std::int64_t parked_highest = 0;
  Waiting left;                      // what waits when the city ends
  std::vector<std::int64_t> in_flight_at_kills;
  int kills_asked = 0;
  TroubleCounts troubles;
  std::vector<std::string> hanging;  // what had not ended when patience did
};

RunOutcome run_city(RunSettings settings);

}  // namespace city
