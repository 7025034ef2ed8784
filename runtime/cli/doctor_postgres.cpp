#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "cli/finding.hpp"
#include "postgres/migrate.hpp"

namespace gofuture::cli {
namespace {

constexpr const char* kArea = "postgres";
constexpr std::int64_t kVersionNeeded = 140'000;       // pgoutput with binary values
constexpr std::int64_t kKeptWarning = 1LL << 30, kKeptBad = 16LL << 30;
constexpr std::int64_t kClockWarningUs = 2'000'000, kClockBadUs = 60'000'000;  // a fence rejects what is a minute ahead
constexpr std::int64_t kRowsWorthAnalyzing = 10'000;

Finding ok_is(const char* check, std::string what) { return {Verdict::kOk, kArea, check, std::move(what), ""}; }
Finding warning(const char* check, std::string what, std::string remedy) { return {Verdict::kWarning, kArea, check, std::move(what), std::move(remedy)}; }
Finding bad(const char* check, std::string what, std::string remedy) { return {Verdict::kBad, kArea, check, std::move(what), std::move(remedy)}; }

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool needed(const Settings& settings, const Manifests& manifests) {
  for (const FunctionManifest& function : manifests.functions)
    if (function.mode == Mode::kPostgres) return true;
  return !settings.postgres.empty();
}

std::vector<std::string> schemas_of(const Manifests& manifests) {
  std::vector<std::string> schemas{"gofuture"};
  for (const FunctionManifest& function : manifests.functions)
    if (function.sql_schema && std::find(schemas.begin(), schemas.end(), *function.sql_schema) == schemas.end()) schemas.push_back(*function.sql_schema);
  return schemas;
}

Finding judge_clock(std::int64_t ahead_us) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f ms %s this machine's", static_cast<double>(std::llabs(ahead_us)) / 1000, ahead_us < 0 ? "behind" : "ahead of");
  const std::string remedy = "set both clocks by NTP; deadlines and fences go by the database's";
  if (std::llabs(ahead_us) > kClockBadUs) return bad("clock", text, remedy);
  if (std::llabs(ahead_us) > kClockWarningUs) return warning("clock", text, remedy);
  return ok_is("clock", text);
}

Findings judge_slot(const std::string& name, const SlotFacts* slot, bool ours) {
  const std::string check = "slot " + name;
  const auto say = [&](Verdict verdict, std::string what, std::string remedy) { return Finding{verdict, kArea, check, std::move(what), std::move(remedy)}; };
  if (slot == nullptr) return {say(Verdict::kBad, "is not there: nothing reaches Kafka", ours ? "run `gofuture migrate`" : "start its connector")};
  if (ours && !slot->ours) return {say(Verdict::kBad, "belongs to another database or plugin", "choose another name with [relay] slot")};
  if (slot->wal_status == "lost")
    return {say(Verdict::kBad, "was lost: the server has removed the log that it needs", "start `gofuture run`: the relay makes a new one and sends what is in the table again")};
  const std::string kept = bytes_text(slot->kept_bytes) + " of log kept" +
                           (slot->safe_bytes ? ", lost after " + bytes_text(*slot->safe_bytes) + " more" : ", without limit");
  if (slot->wal_status == "unreserved" || slot->kept_bytes > kKeptBad)
    return {say(Verdict::kBad, kept, "the relay is far behind: look at its log and at Kafka, and watch the disk")};
  if (!slot->active) return {say(Verdict::kWarning, "nobody reads from it; " + kept, "start `gofuture run` (with the relay), or the log grows")};
  if (slot->kept_bytes > kKeptWarning) return {say(Verdict::kWarning, kept, "the relay is behind; look at its log")};
  return {say(Verdict::kOk, "is read from; " + kept, "")};
}

}  // namespace

std::string bytes_text(std::int64_t bytes) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

Findings judge_server(const ServerFacts& server) {
  Findings findings;
  if (server.version < kVersionNeeded) findings.push_back(bad("server", "Postgres " + server.version_text + "; 14 or later is needed", "upgrade it"));
  else if (server.standby) findings.push_back(bad("server", "Postgres " + server.version_text + ", a standby: nothing can be written", "name the primary in GOFUTURE_POSTGRES"));
  else findings.push_back(ok_is("server", "Postgres " + server.version_text + ", as " + server.user));
  if (!server.fsync) findings.push_back(bad("durability", "fsync is off: a crash may lose or tear what was committed", "set fsync = on"));
  else if (!server.synchronous_commit) findings.push_back(bad("durability", "synchronous_commit is off: a crash may lose what was committed", "set synchronous_commit = on"));
  else findings.push_back(ok_is("durability", "fsync and synchronous_commit are on"));
  if (server.wal_level != "logical") findings.push_back(bad("wal_level", server.wal_level + ": the outbox cannot be read", "set wal_level = logical and restart the server"));
  else findings.push_back(ok_is("wal_level", "logical"));
  const std::string slots = std::to_string(server.slots) + " of " + std::to_string(server.slots_max) + " replication slots used";
  if (server.slots >= server.slots_max) findings.push_back(warning("max_replication_slots", slots, "raise max_replication_slots: a slot that is lost could not be made again"));
  else findings.push_back(ok_is("max_replication_slots", slots));
  const std::string connections = std::to_string(server.connections) + " of " + std::to_string(server.connections_max) + " connections used";
  if (server.connections * 10 > server.connections_max * 9) findings.push_back(warning("max_connections", connections, "raise max_connections, or lower concurrency"));
  else findings.push_back(ok_is("max_connections", connections));
  if (!server.may_replicate)
    findings.push_back(bad("permissions", server.user + " may not replicate: the relay cannot read the outbox", "ALTER ROLE " + server.user + " REPLICATION"));
  else if (!server.may_create)
    findings.push_back(warning("permissions", server.user + " may not make schemas in this database: `gofuture migrate` needs that", "GRANT CREATE ON DATABASE … TO " + server.user));
  else
    findings.push_back(ok_is("permissions", server.user + " may replicate and make schemas"));
  findings.push_back(judge_clock(server.clock_ahead_us));
  return findings;
}

Findings judge_slots(const DatabaseFacts& facts, const Settings& settings) {
  if (!settings.relay && settings.relay_outbox_slot.empty()) return {ok_is("relay", "this process offers no relay ([relay] enabled = false)")};
  Findings findings;
  const auto judge = [&](const std::string& name, bool ours) {
    const auto found = facts.slots.find(name);
    for (Finding& finding : judge_slot(name, found == facts.slots.end() ? nullptr : &found->second, ours)) findings.push_back(std::move(finding));
  };
  if (settings.relay) judge(settings.relay_slot, true);
  if (!settings.relay_outbox_slot.empty()) judge(settings.relay_outbox_slot, false);
  if (facts.missing_publications.empty()) findings.push_back(ok_is("publications", "are there"));
  else findings.push_back(bad("publications", "missing: " + facts.missing_publications, "run `gofuture migrate`"));
  return findings;
}

Findings judge_tables(const DatabaseFacts& facts, const Settings& settings) {
  Findings findings;
  std::int64_t bytes = 0;
  std::string largest, unanalyzed;
  for (std::size_t i = 0; i < facts.tables.size(); ++i) {
    const TableFacts& table = facts.tables[i];
    bytes += table.bytes;
    if (i < 3) largest += (largest.empty() ? "" : ", ") + table.name + " " + bytes_text(table.bytes);
    if (table.never_analyzed && table.rows > kRowsWorthAnalyzing) unanalyzed += (unanalyzed.empty() ? "" : ", ") + table.name;
  }
  if (!facts.tables.empty()) findings.push_back(ok_is("tables", bytes_text(bytes) + " in all; largest: " + largest));
  if (!unanalyzed.empty())
    findings.push_back(warning("statistics", "never analyzed: " + unanalyzed + "; plans may be slow", "run ANALYZE, and see that autovacuum is on"));
  if (!facts.days) return findings;
  const DayFacts& days = *facts.days;
  const std::int64_t kept_days = settings.outbox_retention_ms / 86'400'000 + 2;
  const std::string outbox = std::to_string(days.outbox_days) + " outbox days, the oldest " + std::to_string(days.outbox_oldest_age) + (days.outbox_oldest_age == 1 ? " day old" : " days old");
  if (days.outbox_oldest_age > kept_days) findings.push_back(warning("outbox", outbox, "the relay drops a day when all of it has been sent: see that it runs, and its log"));
  else if (days.outbox_strays > 0) findings.push_back(warning("outbox", outbox + "; " + std::to_string(days.outbox_strays) + " rows have no day", "days were not made in time: see that `gofuture run` runs"));
  else findings.push_back(ok_is("outbox", outbox));
  const std::string inbox = std::to_string(days.inbox_days) + " inbox days";
  if (days.inbox_overdue > 0)
    findings.push_back(warning("inbox", inbox + ", " + std::to_string(days.inbox_overdue) + " of them older than the window of " + std::to_string(settings.inbox_window_days) + " days",
                               "the runtime drops them: see that it runs, and that no long transaction holds them"));
  else findings.push_back(ok_is("inbox", inbox));
  return findings;
}

Findings look_at_postgres(const Settings& settings, const Manifests& manifests) {
  if (!needed(settings, manifests)) return {ok_is("server", "no function needs a database")};
  if (settings.postgres.empty())
    return {bad("server", "no database is named", "set GOFUTURE_POSTGRES, or [postgres] dsn in the settings file")};
  DatabaseQuestion question{.slots = {settings.relay_slot}, .publications = {"gofuture_dead_letters"}, .schemas = schemas_of(manifests),
                            .inbox_window_days = settings.inbox_window_days};
  if (settings.relay_outbox_slot.empty()) question.publications.push_back("gofuture_outbox");
  else question.slots.push_back(settings.relay_outbox_slot);
  const auto facts = read_database_facts(settings.postgres, question, now_us);
  if (!facts) return {bad("server", facts.error().message(), "start Postgres, or correct GOFUTURE_POSTGRES")};
  Findings findings;
  const auto append = [&findings](const Findings& more) { findings.insert(findings.end(), more.begin(), more.end()); };
  if (facts->server) append(judge_server(*facts->server));
  if (const auto checked = check_schema(settings.postgres, settings.migrations); !checked) findings.push_back(bad("migrations", checked.error().message(), "run `gofuture migrate`"));
  else findings.push_back(ok_is("migrations", "up to date"));
  append(judge_slots(*facts, settings));
  append(judge_tables(*facts, settings));
  for (const std::string& why : facts->unread) findings.push_back(warning("unread", why, "see the server's log"));
  return findings;
}

}  // namespace gofuture::cli
