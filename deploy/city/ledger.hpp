// Ledger: what the city itself promised and did in one run, written down as it happens, one JSON line each: which bookings the
// riders' app was told to make and which were confirmed to it, which trip events the phones sent and which cancels the app, which
// events are poison, and each driver's last position. The audit believes it. The first line says which run it is and where the topics ended when it began.
// Written by the threads of `city run`, under its own lock; read whole by the audit.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "kafka.hpp"

namespace city {

struct Booking {
  std::string booking_id, rider_id, region_id, currency;
  double lat = 0, lon = 0;
  std::int64_t amount_minor = 0, at_ms = 0;
  double to_lat = 0, to_lon = 0;                 // where to: said by riders who ask for the price first
};

struct RunHead {
  std::string run;
  std::uint64_t seed = 1;
  std::int64_t started_ms = 0;
  Offsets start;
};

struct LastPosition {
  std::int64_t observed_ms = 0, count = 0;
};

struct LedgerContents {
  RunHead head;
  std::map<std::string, Booking> asked;          // who asked for the price first
  std::map<std::string, Booking> ordered;
  std::set<std::string> confirmed;               // booking ids whose transaction the riders' app saw commit
  std::map<std::string, std::string> sent;       // ids of the phones' trip events and the riders' cancels -> booking
  std::set<std::string> poison;                  // ids of events that must end as dead letters
  std::map<std::string, LastPosition> positions; // by driver
};

class Ledger {
 public:
  Ledger(const std::string& path, const RunHead& head);
  void asked(const Booking& booking);
  void ordered(const std::vector<Booking>& bookings);  // before the app speaks to the database: flushed to the file
  void confirmed(const std::vector<Booking>& bookings);
  void sent(const std::string& event_id, const std::string& type, const std::string& booking_id);
  void poisoned(const std::string& event_id);  // before it is sent
  void last_positions(const std::map<std::string, LastPosition>& positions);

 private:
  void flush();
  std::mutex mutex_;
  std::ofstream out_;
};

LedgerContents read_ledger(const std::string& path);

}  // namespace city
