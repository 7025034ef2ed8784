#include "report.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace city {
namespace json = boost::json;
namespace {

struct Words {
  const char* check;
  const char* clean;
  const char* red;
};
constexpr Words kWords[] = {
    {"ended", "every booking ended", "bookings did not end"},
    {"lost", "nothing is lost", "lost"},
    {"doubled", "nothing was done twice", "doubled"},
    {"order", "nothing is out of order", "out of order"},
    {"money", "money balances in every booking", "bookings do not balance"},
    {"drivers", "one driver per booking, one booking per driver", "drivers given twice or never freed"},
    {"causes", "every cause exists", "causes that do not exist"},
    {"torn", "rows and events came both or not at all", "torn"},
};

std::int64_t busy_kills(const RunOutcome& run) {
  return std::count_if(run.in_flight_at_kills.begin(), run.in_flight_at_kills.end(), [](std::int64_t n) { return n > 0; });
}

}  // namespace

void print_verdict(const Verdict& v, std::FILE* to, std::size_t most) {
  std::fprintf(to, "audit: %lld bookings, %lld completed, %lld canceled; %lld events, %lld of them resent; captured %lld, refunded %lld, kept %lld (minor units)\n",
               static_cast<long long>(v.bookings), static_cast<long long>(v.completed), static_cast<long long>(v.canceled), static_cast<long long>(v.events),
               static_cast<long long>(v.resends), static_cast<long long>(v.captured_minor), static_cast<long long>(v.refunded_minor), static_cast<long long>(v.kept_minor));
  for (const auto& words : kWords) {
    const auto n = v.count(words.check);
    std::fprintf(to, "  %-8s %8zu  %s\n", words.check, n, n == 0 ? words.clean : words.red);
  }
  // The first of each kind, so that one loud kind does not hide another.
  std::size_t shown = 0;
  for (const auto& words : kWords) {
    std::size_t of_kind = 0;
    for (const auto& finding : v.findings) {
      if (finding.check != words.check || of_kind++ >= 3 || (of_kind > 1 && shown >= most)) continue;
      ++shown;
      std::fprintf(to, "  %s: %s %s [%s]\n", finding.check.c_str(), finding.who.c_str(), finding.what.c_str(), finding.where.c_str());
    }
  }
  std::fprintf(to, v.clean() ? "audit: clean\n" : "audit: RED, %zu findings\n", v.findings.size());
  std::fflush(to);
}

void print_run(const RunOutcome& run, std::FILE* to) {
  std::fprintf(to, "%lld rides in %.1f s (%.1f/s): %lld completed, %lld canceled; %lld events, %lld messages sent, %lld positions; created to assigned: p50 %lld ms, p99 %lld ms\n",
               static_cast<long long>(run.rides), run.seconds, static_cast<double>(run.rides) / std::max(run.seconds, 0.001), static_cast<long long>(run.completed),
               static_cast<long long>(run.canceled), static_cast<long long>(run.events), static_cast<long long>(run.messages), static_cast<long long>(run.positions),
               static_cast<long long>(run.assigned_after.p50_ms), static_cast<long long>(run.assigned_after.p99_ms));
  std::fprintf(to, "%lld retries; at most %lld events seen parked at once, %lld at the end; %lld dead letters; %lld timers fired, %lld left\n",
               static_cast<long long>(run.counted.retries), static_cast<long long>(run.parked_highest), static_cast<long long>(run.left.parked_events),
               static_cast<long long>(run.left.dead_letters), static_cast<long long>(run.counted.timers_fired), static_cast<long long>(run.left.timers));
  if (run.kills_asked > 0) {
    std::fprintf(to, "%zu of %d kills, %lld of them with events in flight\n", run.in_flight_at_kills.size(), run.kills_asked, static_cast<long long>(busy_kills(run)));
  }
  const auto server = [&](const char* name, int kills, double away_s) {
    if (kills > 0) std::fprintf(to, "%s was killed %d %s, and did not answer for %.1f s in all\n", name, kills, kills == 1 ? "time" : "times", away_s);
  };
  server("Postgres", run.troubles.postgres_kills, run.troubles.postgres_away_s);
  server("Kafka", run.troubles.kafka_kills, run.troubles.kafka_away_s);
  if (run.troubles.replicas_joined > 0) std::fprintf(to, "a second runtime joined%s\n", run.troubles.replicas_left > 0 ? " and left" : "");
}

json::object as_json(const Verdict& v, std::size_t most) {
  json::object out{{"clean", v.clean()}, {"bookings", v.bookings}, {"completed", v.completed}, {"canceled", v.canceled}, {"events", v.events}, {"resends", v.resends},
                   {"captured_minor", v.captured_minor}, {"refunded_minor", v.refunded_minor}, {"kept_minor", v.kept_minor}};
  json::object counts;
  for (const auto check : kChecks) counts[check] = v.count(check);
  out["counts"] = std::move(counts);
  json::array findings;
  for (std::size_t i = 0; i < std::min(most, v.findings.size()); ++i) {
    const auto& f = v.findings[i];
    findings.push_back(json::object{{"check", f.check}, {"who", f.who}, {"what", f.what}, {"where", f.where}});
  }
  out["findings"] = std::move(findings);
  return out;
}

json::object as_json(const RunOutcome& run) {
  return {{"run", run.run}, {"seconds", run.seconds}, {"rides", run.rides}, {"completed", run.completed}, {"canceled", run.canceled}, {"events", run.events}, {"messages", run.messages},
          {"positions", run.positions}, {"rides_per_s", static_cast<double>(run.rides) / std::max(run.seconds, 0.001)},
          {"p50_ms", run.assigned_after.p50_ms}, {"p99_ms", run.assigned_after.p99_ms}, {"kills_asked", run.kills_asked},
          {"kills", run.in_flight_at_kills.size()}, {"kills_busy", busy_kills(run)}, {"in_flight_at_kills", json::value_from(run.in_flight_at_kills)},
          {"retries", run.counted.retries}, {"parked_highest", run.parked_highest}, {"parked_left", run.left.parked_events},
          {"dead_letters", run.left.dead_letters}, {"timers_fired", run.counted.timers_fired}, {"timers_left", run.left.timers},
          {"postgres_kills", run.troubles.postgres_kills}, {"postgres_away_s", run.troubles.postgres_away_s},
          {"kafka_kills", run.troubles.kafka_kills}, {"kafka_away_s", run.troubles.kafka_away_s},
          {"replicas_joined", run.troubles.replicas_joined}, {"replicas_left", run.troubles.replicas_left},
          {"hanging", json::value_from(run.hanging)}};
}

}  // namespace city
