#include "cli/activity.hpp"

#include <cmath>
#include <cstdio>

#include "cli/table.hpp"

namespace gofuture::cli {
namespace {

using Count = std::optional<std::int64_t>;
using Number = std::optional<double>;

Count counted(const Number& value) { return value ? Count(std::llround(*value)) : std::nullopt; }

// What came to its end, one way or another.
Number ended(const Exposition& page, const std::string& function) {
  const auto done = page.sum("gofuture_events_total", function), dead = page.sum("gofuture_dead_letters_total", function);
  return done ? Number(*done + dead.value_or(0)) : std::nullopt;
}

// A process that was started again counts from zero.
Number rate(const Number& before, const Number& now, double seconds) {
  if (!before || !now || seconds <= 0) return std::nullopt;
  return std::max(0.0, *now >= *before ? *now - *before : *now) / seconds;
}

void from_runtime(Activity& activity, const Looks& looks) {
  const Exposition& now = *looks.now;
  const std::string& function = activity.function;
  const auto retries = [&](const Exposition& page) { return page.sum("gofuture_events_parked_total", function, "outcome", "retry"); };
  activity.in_flight = counted(now.sum("gofuture_events_in_flight", function));
  activity.waiting = counted(now.sum("gofuture_events_waiting", function));
  activity.retries = counted(retries(now));
  if (looks.before == nullptr) return;
  activity.events_per_s = rate(ended(*looks.before, function), ended(now, function), looks.seconds);
  activity.retries_per_s = rate(retries(*looks.before), retries(now), looks.seconds);
  const Buckets handled = since(looks.before->buckets("gofuture_handle_seconds", function), now.buckets("gofuture_handle_seconds", function));
  const auto in_ms = [](const Number& seconds) { return seconds ? Number(*seconds * 1000) : std::nullopt; };
  activity.p50_ms = in_ms(quantile(handled, 0.5));
  activity.p99_ms = in_ms(quantile(handled, 0.99));
}

std::string breakers_of(const Exposition& page, const std::string& function) {
  std::string open;
  for (const Series& breaker : page.series("gofuture_breaker_open")) {
    const auto name = breaker.labels.find("function"), dependency = breaker.labels.find("dependency");
    if (breaker.value > 0 && name != breaker.labels.end() && name->second == function && dependency != breaker.labels.end())
      open += (open.empty() ? "" : ", ") + dependency->second;
  }
  return open;
}

std::string text(const Count& count) { return count ? std::to_string(*count) : "-"; }

std::string text(const Number& number) {
  if (!number) return "-";
  char digits[32];
  std::snprintf(digits, sizeof digits, *number > 0 && *number < 10 ? "%.1f" : "%.0f", *number);
  return digits;
}

std::string ms_text(const Number& ms) { return ms ? text(ms) + " ms" : "-"; }

template <class Value>
boost::json::value or_null(const std::optional<Value>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

}  // namespace

Activity activity_of(const std::string& function, const Looks& looks, const FunctionLag* lag, const FunctionStatus* status) {
  Activity activity;
  activity.function = function;
  if (looks.now != nullptr) {
    from_runtime(activity, looks);
    activity.lag = counted(looks.now->sum("gofuture_lag_events", function));
    activity.parked_events = counted(looks.now->sum("gofuture_parked_events", function));
    activity.open_breakers = breakers_of(*looks.now, function);
  }
  if (lag != nullptr) activity.lag = lag->progress.lag();
  if (status != nullptr) {
    activity.parked_events = status->parked;
    activity.parked_keys = status->parked_keys;
    activity.held_keys = status->held_keys;
    activity.dead_last_day = status->dead_letters;
    activity.open_breakers = status->open_breakers;  // of all replicas
    activity.generation = status->epoch;
  }
  return activity;
}

std::optional<RelayActivity> relay_activity(const Looks& looks) {
  if (looks.now == nullptr) return std::nullopt;
  const auto active = looks.now->sum("gofuture_relay_active", "");
  if (!active) return std::nullopt;
  return RelayActivity{*active > 0, std::llround(looks.now->sum("gofuture_relay_lag_bytes", "").value_or(0)),
                       looks.now->sum("gofuture_relay_delay_seconds", "").value_or(0) * 1000};
}

boost::json::value as_json(const Activity& activity) {
  return {{"function", activity.function},
          {"events_per_s", or_null(activity.events_per_s)},
          {"in_flight", or_null(activity.in_flight)},
          {"waiting", or_null(activity.waiting)},
          {"p50_ms", or_null(activity.p50_ms)},
          {"p99_ms", or_null(activity.p99_ms)},
          {"lag", or_null(activity.lag)},
          {"parked_keys", or_null(activity.parked_keys)},
          {"parked_events", or_null(activity.parked_events)},
          {"held_keys", or_null(activity.held_keys)},
          {"dead_letters_last_day", or_null(activity.dead_last_day)},
          {"retries", or_null(activity.retries)},
          {"retries_per_s", or_null(activity.retries_per_s)},
          {"open_breakers", or_null(activity.open_breakers)},
          {"generation", or_null(activity.generation)}};
}

boost::json::value as_json(const std::optional<RelayActivity>& relay) {
  if (!relay) return nullptr;
  return {{"active", relay->active}, {"lag_bytes", relay->lag_bytes}, {"delay_ms", relay->delay_ms}};
}

std::string activity_table(const std::vector<Activity>& rows, const Paint& paint) {
  const auto warn = [&paint](const Count& count) { return count && *count > 0 ? paint.yellow(std::to_string(*count)) : text(count); };
  const auto alarm = [&paint](const Count& count) { return count && *count > 0 ? paint.red(std::to_string(*count)) : text(count); };
  std::vector<std::vector<std::string>> cells;
  for (const Activity& row : rows)
    cells.push_back({row.function, text(row.events_per_s), text(row.in_flight), ms_text(row.p50_ms), ms_text(row.p99_ms), warn(row.lag),
                     warn(row.parked_keys), alarm(row.held_keys), alarm(row.dead_last_day), text(row.retries),
                     row.open_breakers ? (row.open_breakers->empty() ? "closed" : paint.red("open: " + *row.open_breakers)) : "-",
                     row.generation ? "v" + std::to_string(*row.generation) : "-"});
  return table({"FUNCTION", "EVENTS/S", "IN FLIGHT", "P50", "P99", "LAG", "PARKED KEYS", "HELD", "DEAD (1 DAY)", "RETRIES", "BREAKER", "GENERATION"}, cells);
}

}  // namespace gofuture::cli
