// Evidence: all that the audit judges, as plain data. collect.hpp takes it from the topics, the business tables and the
// ledgers; tests write it by hand.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gateway_ledger.hpp"
#include "ledger.hpp"

namespace city {

struct Seen {  // one record of a topic
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t told_ms = 0;        // ce_time: the record's own timestamp may be that of the beginning of its transaction
  std::string id, type, booking_id, correlation, causation;
  std::string driver_id;           // where the data has one
  bool timeout = false;            // a step that failed at its deadline: its reason says so
  std::int64_t amount_minor = 0;   // where the data has one
  std::string stage;               // of a price: "quote" or "final"
  std::string verdict;             // of a fraud check
  std::string message_id, user_id, about;  // of a notification; about: the kind of what it tells
  std::int64_t distance_m = 0, duration_s = 0;  // of a trip's meter
  std::uint64_t content = 0;       // digest over type, key and data
};

struct BookingRow {
  std::string status, driver_id;
  std::int64_t amount_minor = 0, captured_minor = 0, refunded_minor = 0;
  std::vector<std::string> story;  // what the row has heard, in that order
};

struct Change {  // one line of city.trail
  std::int64_t seq = 0;
  std::string what, key, was, is;
};

struct Evidence {
  LedgerContents city;
  std::vector<Seen> events;
  std::map<std::string, BookingRow> bookings;             // by booking
  std::map<std::string, std::set<std::string>> assignments;  // booking -> drivers, one after the other
  std::set<std::string> cancel_marks;                     // booking
  std::map<std::string, std::string> outbox;              // event id -> type
  std::set<std::string> dead;                             // event ids of dead letters
  std::map<std::string, std::int64_t> driver_positions;   // driver -> observed_at in ms
  std::map<std::string, std::string> drivers_not_free;    // driver -> booking
  std::vector<Change> trail;                              // in order of seq
  std::vector<Entry> gateway;
};

}  // namespace city
