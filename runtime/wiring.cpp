#include "wiring.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <thread>
#include <vector>

#include "admin/server.hpp"
#include "function_runtime.hpp"
#include "ingress_runtime.hpp"
#include "kafka/shared_reader.hpp"
#include "kafka/sink.hpp"
#include "last_run.hpp"
#include "plugin/fatal_signals.hpp"
#include "plugin/memory.hpp"
#include "postgres/claims.hpp"
#include "postgres/maintenance.hpp"
#include "postgres/migrate.hpp"
#include "postgres/relay.hpp"
#include "telemetry/logging.hpp"

namespace gofuture {
namespace {

using Functions = std::vector<std::unique_ptr<FunctionRuntime>>;

constexpr int kStuck = 3, kOverrun = 4;  // exit status, see wiring.hpp
constexpr std::int64_t kLogMs = 1'000;  // how long the last lines may take
constexpr std::int64_t kLookMs = 100, kStallLookMs = 1'000;  // of the watchdog: at handlers, at progress

// The relay with the sink that it sends to. Destroyed in the order: stopped, sink, relay.
struct RelayRuntime {
  RelayRuntime(const Settings& settings, Metrics& metrics)
      : relay({.conninfo = settings.postgres,
               .slot = settings.relay_slot,
               .outbox_slot = settings.relay_outbox_slot,
               .retention_ms = settings.outbox_retention_ms},
              [](Probe::Level level, const std::string& sentence) { log::write(level, sentence, {{"part", "relay"}}); }) {
    const std::map<std::string, std::string> slot{{"slot", settings.relay_slot}};
    metrics.observe("gofuture_relay_active", "1 while this process carries the outbox to Kafka", slot, false,
                    [this] { return relay.status().state == RelayStatus::State::kActive ? 1.0 : 0.0; });
    metrics.observe("gofuture_relay_rows_total", "Outbox rows and dead letters acknowledged by Kafka, repeats included", slot, true,
                    [this] { return static_cast<double>(relay.status().rows); });
    metrics.observe("gofuture_relay_refused_total", "Dead letters that their topic would not take; they stay in gofuture.dead_letters", slot, true,
                    [this] { return static_cast<double>(relay.status().refused); });
    metrics.observe("gofuture_relay_reemitted_total", "Outbox rows read from the table after a lost slot", slot, true,
                    [this] { return static_cast<double>(relay.status().reemitted); });
    metrics.observe("gofuture_relay_lag_bytes", "WAL between the end and what the slot has confirmed", slot, false,
                    [this] { return static_cast<double>(relay.status().lag_bytes); });
    metrics.observe("gofuture_relay_delay_seconds", "Commit to acknowledgement, of the transaction confirmed last", slot, false,
                    [this] { return static_cast<double>(relay.status().delay_us) / 1e6; });
    metrics.observe("gofuture_relay_early_total", "Transactions that came before other sessions could see them, and so waited", slot, true,
                    [this] { return static_cast<double>(relay.status().early); });
    metrics.observe("gofuture_relay_safe_wal_bytes", "WAL that may still be written before the slot is lost; -1: no limit", slot, false,
                    [this] { return static_cast<double>(relay.status().safe_wal_size.value_or(-1)); });
  }
  ~RelayRuntime() { relay.stop(); }

  Result<Done> start(const Settings& settings) {
    auto opened = KafkaSink::open({.brokers = settings.kafka_brokers, .properties = settings.kafka_properties, .client_id = "gofuture-relay", .producers = 4},
                                  relay, [](Probe::Level level, const std::string& sentence) {
                                    log::write(level, sentence, {{"part", "relay"}});
                                  });
    if (!opened) return opened.error().within("the relay");
    sink = std::move(*opened);
    relay.start(*sink);
    return ok();
  }

  Relay relay;
  std::unique_ptr<KafkaSink> sink;
};

bool any_in_postgres(const Manifests& manifests) {
  for (const FunctionManifest& function : manifests.functions)
    if (function.mode == Mode::kPostgres) return true;
  return false;
}

// What would stop the process later is said now, all of it at once.
std::vector<std::string> what_is_missing(const Settings& settings, const Manifests& manifests) {
  std::vector<std::string> missing;
  if (manifests.functions.empty())
    missing.push_back("there is no function in " + settings.manifests + "; write a manifest, or set GOFUTURE_MANIFESTS");
  if (settings.kafka_brokers.empty())
    missing.push_back("no broker is named; set GOFUTURE_KAFKA, or [kafka] brokers in the settings file");
  if (!any_in_postgres(manifests) && settings.ingress.listen.empty()) return missing;
  if (settings.postgres.empty()) {
    missing.push_back("functions in postgres mode, and the ingress, need a database; set GOFUTURE_POSTGRES, or [postgres] dsn in the settings file");
  } else if (auto checked = check_schema(settings.postgres, settings.migrations); !checked) {
    missing.push_back(checked.error().message());
  }
  return missing;
}

Page readiness(const Functions& functions, const RelayRuntime* relay, std::int64_t now_ms) {
  std::string reasons;
  for (const auto& function : functions)
    if (const std::string why = function->not_ready(now_ms); !why.empty()) reasons += function->name() + ": " + why + "\n";
  if (relay != nullptr) {
    const RelayStatus status = relay->relay.status();
    if (status.state == RelayStatus::State::kStopped) reasons += "relay: " + status.why + "\n";
  }
  if (reasons.empty()) return {200, "text/plain; charset=utf-8", "ready\n"};
  return {503, "text/plain; charset=utf-8", std::move(reasons)};
}

// All at once: each drains on its own, so a stop takes as long as the slowest. False: a handler does not come back.
bool stop_all(Functions& functions) {
  std::atomic<bool> all{true};
  std::vector<std::thread> stops;
  for (auto& function : functions)
    stops.emplace_back([&all, &function] {
      if (!function->stop()) all = false;
    });
  for (std::thread& stop : stops) stop.join();
  return all;
}

// A handler's thread still runs the function's code: no destructor may take away what it stands on.
[[noreturn]] void leave(StrikeFile& strikes) {
  strikes.ended_as_asked();
  log::write(log::Level::kError, "stopped, but for handlers that do not return; the exit status is " + std::to_string(kStuck));
  log::settle(kLogMs);
  ::_exit(kStuck);
}

// What was claimed and is not done is another replica's at once. Its lease gives it back, too.
void give_back(const Settings& settings) {
  if (settings.postgres.empty()) return;
  if (const auto given = give_back_claims(settings.postgres, settings.instance); !given)
    log::write(log::Level::kWarn, given.error().message() + "; others get it when its lease has ended");
}

// A thread cannot be ended, so the process is, at once: whatever was in flight is undone and comes again, that event with an
// attempt more.
[[noreturn]] void leave_for(const std::vector<Overrun>& overruns) {
  blame(overruns);
  for (const Overrun& one : overruns) log::write(log::Level::kError, one.sentence);
  log::write(log::Level::kError, "this process ends so that the handler does: start it again, that event's attempt has failed; the exit "
                                 "status is " + std::to_string(kOverrun));
  log::settle(kLogMs);
  ::_exit(kOverrun);
}

// Ends the process where a handler has to be ended. Otherwise returns.
void watch_handlers(Functions& functions) {
  const std::int64_t memory = memory_in_use();
  std::vector<Overrun> overruns;
  for (auto& function : functions) {
    auto more = function->watch_handlers(memory);
    overruns.insert(overruns.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  if (!overruns.empty()) leave_for(overruns);
}

}  // namespace

int run_runtime(const Settings& settings, Manifests manifests) {
  // Signals are taken by this thread alone; every thread made from here on inherits the mask, that of the log too.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (auto started = log::start(settings.log_level, isatty(STDERR_FILENO) != 0); !started) {
    std::cerr << "gofuture: " << started.error().message() << '\n';
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  catch_fatal_signals();

  auto refuse = [](const std::vector<std::string>& reasons) {
    for (const std::string& reason : reasons) log::write(log::Level::kError, reason);
    log::flush();
    return 1;
  };
  if (auto missing = what_is_missing(settings, manifests); !missing.empty()) return refuse(missing);

  SystemClock clock;
  Metrics metrics;
  metrics.observe("gofuture_log_dropped_total", "Log lines dropped because the queue was full", {}, true,
                  [] { return static_cast<double>(log::dropped()); });
  std::size_t slots = 0;
  for (const FunctionManifest& manifest : manifests.functions) slots += FunctionRuntime::handlers(manifest);
  const auto strikes = StrikeFile::open(settings.state, settings.instance, clock.unix_ms());
  if (!strikes) return refuse({strikes.error().message()});
  if (auto taken = take_over_last_run(**strikes, settings, manifests.functions, slots, clock.unix_ms()); !taken)
    return refuse({taken.error().message()});
  const auto catalogue = std::make_shared<const Catalogue>(manifests.catalogue);

  std::unique_ptr<SharedReader> reader;  // nothing to share for one function
  if (manifests.functions.size() > 1) {
    auto opened = SharedReader::open({.brokers = settings.kafka_brokers, .properties = settings.kafka_properties},
                                     [](Probe::Level level, const std::string& sentence) { log::write(level, sentence, {{"part", "reader"}}); });
    if (!opened) return refuse({opened.error().message()});
    reader = std::move(*opened);
  }
  Functions functions;
  std::vector<std::string> refusals;
  for (FunctionManifest& manifest : manifests.functions) {
    const std::string name = manifest.name;
    auto made = FunctionRuntime::make(settings, std::move(manifest), catalogue, clock, metrics, **strikes, reader.get());
    if (made) {
      functions.push_back(std::move(*made));
    } else {
      refusals.push_back("function " + name + " cannot run: " + made.error().message());
    }
  }
  if (!refusals.empty()) return refuse(refusals);

  std::unique_ptr<RelayRuntime> relay;
  if (!settings.postgres.empty() && settings.relay) relay = std::make_unique<RelayRuntime>(settings, metrics);
  std::unique_ptr<IngressRuntime> ingress;

  AdminServer admin({{"/metrics", [&] { return Page{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()}; }},
                     {"/healthz", [] { return Page{200, "text/plain; charset=utf-8", "alive\n"}; }},
                     {"/readyz", [&] { return readiness(functions, relay.get(), clock.steady_ms()); }}});
  const auto port = admin.start(settings.listen);
  if (!port) return refuse({port.error().message()});
  if (!settings.ingress.listen.empty()) {
    auto started = IngressRuntime::start(settings, catalogue, clock, metrics);
    if (!started) return refuse({started.error().message()});
    ingress = std::move(*started);
  }
  std::unique_ptr<Maintenance> maintenance;
  if (!settings.postgres.empty())
    maintenance = std::make_unique<Maintenance>(
        MaintenanceOptions{.conninfo = settings.postgres, .inbox_window_days = settings.inbox_window_days},
        [](Probe::Level level, const std::string& sentence) { log::write(level, sentence, {{"part", "maintenance"}}); });
  if (relay)
    if (auto started = relay->start(settings); !started) return refuse({started.error().message()});
  for (auto& function : functions)
    if (auto started = function->start(); !started) {
      refusals.push_back("function " + function->name() + " cannot start: " + started.error().message());
      break;
    }
  if (!refusals.empty()) {
    const bool ended = stop_all(functions);
    if (ended) return refuse(refusals);
    for (const std::string& refusal : refusals) log::write(log::Level::kError, refusal);
    leave(**strikes);
  }
  log::write(log::Level::kInfo, "running " + std::to_string(functions.size()) + (functions.size() == 1 ? " function" : " functions"),
             {{"instance", settings.instance}, {"port", std::int64_t{*port}}});

  for (std::int64_t looked_ms = clock.steady_ms();;) {  // the watchdog
    const timespec look{0, kLookMs * 1'000'000};
    if (const int signal = sigtimedwait(&signals, nullptr, &look); signal > 0) {
      log::write(log::Level::kInfo, std::string("stopping: ") + (signal == SIGINT ? "SIGINT" : "SIGTERM"));
      break;
    }
    watch_handlers(functions);
    if (clock.steady_ms() - looked_ms < kStallLookMs) continue;
    looked_ms = clock.steady_ms();
    for (auto& function : functions) function->watch(looked_ms, settings.stall_ms);
  }
  if (ingress) ingress->stop();  // first: what it has taken is answered
  const bool ended = stop_all(functions);
  maintenance.reset();
  relay.reset();
  admin.stop();
  if (ended) functions.clear();
  give_back(settings);
  if (!ended) leave(**strikes);
  log::write(log::Level::kInfo, "stopped");
  log::flush();
  return 0;
}

}  // namespace gofuture
