// The city's own triggers on the business tables. They write down, in the order in which it happened, every change that the
// audit asks about: city.trail(seq, at, what, key, was, is).
//
//   what        key         was -> is
//   booking     booking_id  status -> status         (was '' at insert)
//   driver      driver_id   booking -> booking       ('' is none)
//   assignment  booking_id  driver -> driver         (was '' at insert)
//   cancel      booking_id  '' -> reason
//   position    driver_id   observed_at -> observed_at, only where it did not grow
//
// seq is taken while the row is locked, so for one row its order is the order of the changes.
#pragma once

#include <string>

#include "database.hpp"

namespace city {

void install_trail(Database& db);  // empties it; the schema ride must be there (gofuture migrate)
void remove_trail_triggers(Database& db);
// Drivers of earlier runs go off duty: nobody plays their trips any more.
void send_home_other_fleets(Database& db, const std::string& run);

}  // namespace city
