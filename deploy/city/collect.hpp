// Takes the evidence of one run from where it lies: topics (read_committed, from where the run began), business tables, the
// city's and the gateway's ledgers, and what the city's triggers wrote down.
#pragma once

#include <string>

#include "evidence.hpp"

namespace city {

struct Sources {
  std::string kafka, postgres;
  std::string city_ledger, gateway_ledger;  // files
};

Evidence collect(const Sources& sources);

}  // namespace city
