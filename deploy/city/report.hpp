// The verdict and the run for people (a table, the first findings) and for machines (one line of JSON).
#pragma once

#include <boost/json/object.hpp>
#include <cstdio>
#include <string>

#include "audit.hpp"
#include "run.hpp"

namespace city {

void print_verdict(const Verdict& verdict, std::FILE* to, std::size_t findings = 12);
void print_run(const RunOutcome& run, std::FILE* to);
boost::json::object as_json(const Verdict& verdict, std::size_t findings = 20);
boost::json::object as_json(const RunOutcome& run);

}  // namespace city
