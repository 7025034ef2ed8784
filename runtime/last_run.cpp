#include "last_run.hpp"

#include <algorithm>

#include "postgres/claims.hpp"
#include "postgres/strikes.hpp"
#include "telemetry/logging.hpp"

namespace gofuture {
namespace {

const FunctionManifest* find(const std::vector<FunctionManifest>& functions, const std::string& name) {
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const auto& one) { return one.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

std::string topic_of(const Strike& strike, const FunctionManifest* function) {
  if (function == nullptr || strike.offset < 0 || strike.topic >= function->subscriptions.size()) return "";
  return function->subscriptions[strike.topic].topic;
}

void tell(const LastRun& last, const std::vector<FunctionManifest>& functions) {
  for (const Strike& strike : last.strikes) {
    std::string place = topic_of(strike, find(functions, strike.function));
    if (!place.empty()) place = " (" + place + "/" + std::to_string(strike.partition) + "@" + std::to_string(strike.offset) + ")";
    log::write(log::Level::kError,
               "the last run ended (" + strike.cause + ") while " + strike.function + " was in event " + strike.event_id.text() + place +
                   ": a strike, that attempt has failed",
               {{"function", strike.function}});
  }
  for (const auto& [function, cause] : last.shared)
    log::write(log::Level::kError,
               "the last run ended (" + cause + ") while " + function + " was between two events of a batch: no event is to blame, each of "
               "them is handled alone now",
               {{"function", function}});
  if (last.ends == 0) return;
  log::write(log::Level::kWarn, "the last run did not end as asked, and no event is to blame; was it killed, or out of memory?" +
                                    std::string(last.ends < 3 ? "" : " It is the third time or more within ten minutes: the events "
                                                                     "that were in hand are handled alone now"));
}

}  // namespace

Result<Done> take_over_last_run(StrikeFile& file, const Settings& settings, const std::vector<FunctionManifest>& functions,
                                std::size_t slots, std::int64_t now_ms) {
  const LastRun& last = file.last();
  tell(last, functions);
  StrikeFile::Run run{slots, {}, now_ms};
  for (const FunctionManifest& function : functions)
    if (function.mode == Mode::kAtLeastOnce) run.counted_here.insert(function.name);
  std::vector<StrikeRow> rows;
  for (const Strike& strike : last.strikes)
    if (!run.counted_here.contains(strike.function)) rows.push_back({strike, topic_of(strike, find(functions, strike.function))});
  if (!settings.postgres.empty()) {
    if (auto recorded = record_strikes(settings.postgres, last.run, rows); !recorded) return recorded;
    const auto given = give_back_claims(settings.postgres, settings.instance);
    if (!given) return given.error();
    if (given->parked + given->timers > 0)
      log::write(log::Level::kInfo, "the last run had claimed " + std::to_string(given->parked) + " parked events and " +
                                        std::to_string(given->timers) + " timers: they are due at once");
  }
  return file.begin(run);
}

}  // namespace gofuture
