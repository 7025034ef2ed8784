#include "function_runtime.hpp"

#include <filesystem>

#include "kafka/produce_store.hpp"
#include "kafka/transactional_producer.hpp"
#include "postgres/deployments.hpp"
#include "postgres/start_ledger.hpp"
#include "postgres/store.hpp"
#include "postgres/strikes.hpp"
#include "stream/start_guard.hpp"
#include "stream/store.hpp"
#include "telemetry/logging.hpp"

namespace gofuture {
namespace {

constexpr int kCommitters = 2;  // one prepares while the other waits for the disk; more only queue behind it
constexpr std::int64_t kHandlersMs = 1'000;  // how long handlers may still take after the drain, which had its own bound

kafka::Say saying(Probe& probe) {
  return [&probe](Probe::Level level, const std::string& sentence) { probe.log(level, sentence, nullptr); };
}

PluginHandlers::Options options_of(const FunctionManifest& manifest) {
  PluginHandlers::Options options;
  options.inside = manifest.sql_schema ? kCommitters : 0;
  return options;
}

std::string stall_sentence(const FunctionTelemetry::Seen& seen, std::int64_t for_ms) {
  return "stalled: " + std::to_string(seen.lag) + " events behind and nothing done for " + std::to_string(for_ms / 1000) + " s";
}

}  // namespace

Result<std::unique_ptr<FunctionRuntime>> FunctionRuntime::make(const Settings& settings, FunctionManifest manifest,
                                                               std::shared_ptr<const Catalogue> catalogue, Clock& clock,
                                                               Metrics& metrics, StrikeFile& strikes, SharedReader* reader) {
  std::unique_ptr<FunctionRuntime> made(new FunctionRuntime);
  FunctionRuntime& self = *made;
  const auto path = std::filesystem::path(settings.functions) / (manifest.library + ".so");
  auto library = Library::open(path.string(), manifest);
  if (!library) return library.error();
  self.library_ = *library;
  auto plan = Plan::make(std::move(manifest), std::move(catalogue), self.library_->description().stateful,
                         self.library_->description().uses_timers);
  if (!plan) return plan.error();
  self.plan_ = *plan;
  self.telemetry_ = std::make_unique<FunctionTelemetry>(metrics, *self.plan_);

  if (auto opened = self.open_store(settings, clock, strikes); !opened) return opened.error();

  SourceOptions options;
  options.brokers = settings.kafka_brokers;
  options.properties = settings.kafka_properties;
  for (const auto& [name, value] : self.plan_->manifest().kafka_properties) options.properties[name] = value;
  options.group = settings.group_prefix + self.name();
  options.instance = settings.instance + "-" + self.name();
  options.plan = self.plan_;
  if (self.plan_->manifest().kafka_properties.empty()) options.reader = reader;  // it wants to be read for in its own way
  options.ledger = self.ledger_.get();
  options.answers = &self.inbox_;
  auto source = KafkaSource::open(std::move(options), *self.telemetry_);
  if (!source) return source.error();
  self.source_ = std::move(*source);
  self.pipeline_ = std::make_unique<Pipeline>(
      *self.plan_, Ports{*self.source_, *self.handlers_, *self.store_, clock, *self.telemetry_, self.strikes_.get()});
  self.loop_ = std::make_unique<Loop>(*self.source_, *self.pipeline_, self.inbox_, clock, *self.telemetry_);
  return made;
}

std::size_t FunctionRuntime::handlers(const FunctionManifest& manifest) {
  return static_cast<std::size_t>(PluginHandlers::count(manifest, options_of(manifest)));
}

// What the last runs left behind: counted in the database, or in the file where there is none.
Result<Done> FunctionRuntime::find_strikes(const Settings& settings, std::int32_t function_id, StrikeFile& file) {
  StrikesByEvent of = file.known(name());
  Strikes::Forget forget;
  if (plan_->manifest().mode != Mode::kPostgres) {
    forget = [&file, function = name()](const Uuid& event_id) { file.forget(function, event_id); };
  } else {
    auto counted = load_strikes(settings.postgres, function_id, settings.inbox_window_days);
    if (!counted) return counted.error();
    for (const auto& [event_id, strikes] : *counted) of[event_id] = strikes;
  }
  if (!of.empty()) strikes_ = std::make_unique<Strikes>(std::move(of), std::move(forget));
  return ok();
}

Result<Done> FunctionRuntime::open_store(const Settings& settings, Clock& clock, StrikeFile& file) {
  const FunctionManifest& manifest = plan_->manifest();
  PluginHandlers::Options handler_options = options_of(manifest);
  handler_options.strikes = &file;
  if (!manifest.lookups.empty()) lookup_ = std::make_unique<PostgresLookup>(settings.postgres, manifest.lookups);
  if (manifest.http && manifest.mode == Mode::kPostgres) journal_ = std::make_unique<PostgresJournal>(settings.postgres, name());
  handler_options.journal = journal_.get();
  auto handlers = PluginHandlers::make(library_, plan_, &inbox_, clock, *telemetry_, lookup_.get(), handler_options);
  if (!handlers) return handlers.error();
  handlers_ = std::move(*handlers);

  if (manifest.mode == Mode::kAtLeastOnce) {
    ProduceStoreOptions options;
    options.sink = {.brokers = settings.kafka_brokers, .properties = settings.kafka_properties, .client_id = "gofuture-" + name()};
    options.plan = plan_;
    options.group = settings.group_prefix + name();
    auto store = ProduceStore::open(std::move(options), inbox_, saying(*telemetry_));
    if (!store) return store.error();
    store_ = std::move(*store);
    return find_strikes(settings, 0, file);
  }
  if (manifest.mode == Mode::kKafka) {
    if (auto opened = open_stream_store(settings); !opened) return opened.error();
    return find_strikes(settings, 0, file);
  }
  auto deployed = register_function(settings.postgres, name(), library_->digest(), library_->description().version);
  if (!deployed) return deployed.error();
  ledger_ = std::make_unique<PostgresStartLedger>(settings.postgres, deployed->function_id);
  PostgresStoreOptions options;
  options.conninfo = settings.postgres;
  options.function_id = deployed->function_id;
  options.epoch = deployed->epoch;
  options.plan = plan_;
  options.inside = manifest.sql_schema ? handlers_.get() : nullptr;
  options.committers = kCommitters;
  options.relay_slot = settings.relay_slot;
  options.instance = settings.instance;
  options.group = settings.group_prefix + name();
  auto store = PostgresStore::open(std::move(options), inbox_, *telemetry_);
  if (!store) return store.error();
  store_ = std::move(*store);
  return find_strikes(settings, deployed->function_id, file);
}

Result<Done> FunctionRuntime::open_stream_store(const Settings& settings) {
  StreamStoreOptions options;
  options.plan = plan_;
  options.group = settings.group_prefix + name();
  auto transactions = TransactionalProducer::make({.brokers = settings.kafka_brokers,
                                                   .properties = settings.kafka_properties,
                                                   .transactional_id = options.group + "-" + settings.instance,
                                                   .group = options.group},
                                                  saying(*telemetry_));
  if (!transactions) return transactions.error();
  options.transactions = std::move(*transactions);
  const ChangelogOptions changelog{
      .brokers = settings.kafka_brokers, .properties = settings.kafka_properties, .topic = changelog_topic(name())};
  options.changelog = std::make_unique<ChangelogReader>(changelog, saying(*telemetry_));
  if (plan_->stateful)
    ledger_ = std::make_unique<StreamStartGuard>(plan_, std::make_unique<ChangelogReader>(changelog, saying(*telemetry_)));
  options.membership = [this] { return source_->membership(); };
  auto store = StreamStore::open(std::move(options), inbox_, saying(*telemetry_));
  if (!store) return store.error();
  store_ = std::move(*store);
  return ok();
}

FunctionRuntime::~FunctionRuntime() { stop(); }

Result<Done> FunctionRuntime::start() {
  if (auto attached = source_->attach(*pipeline_); !attached) return attached.error();
  loop_->start(name());
  return ok();
}

bool FunctionRuntime::stop() {
  if (loop_) loop_->stop();
  if (!handlers_ || handlers_->stop(kHandlersMs)) return true;
  for (const std::string& one : handlers_->stuck())
    telemetry_->log(Probe::Level::kError,
                    one + " and does not return: it is left behind. Its event is not done and comes again when the function is started "
                          "again; what was done before is committed. Look for what it waits for, and give that a time limit",
                    nullptr);
  return false;
}

std::string FunctionRuntime::not_ready(std::int64_t now_ms) const {
  if (const std::string why = loop_->halted(); !why.empty()) return why;
  const auto seen = telemetry_->seen();
  if (const std::int64_t since_ms = unready_since_ms_; since_ms != 0) return stall_sentence(seen, now_ms - since_ms);
  if (seen.partitions == 0) return "no partition has been assigned yet";
  return "";
}

void FunctionRuntime::watch(std::int64_t now_ms, std::int64_t stall_ms) {
  if (!loop_->halted().empty()) return;  // it stands still for a reason that is told already
  const auto seen = telemetry_->seen();
  const auto step = stall_.look(seen, now_ms, stall_ms);
  const std::string stall = stall_sentence(seen, now_ms - stall_.since_ms());
  switch (step) {
    case StallWatch::Step::kNone:
      return;
    case StallWatch::Step::kRejoin:
      telemetry_->stalled();
      telemetry_->log(Probe::Level::kError, stall + "; its partitions are given back and its group is joined again, once", nullptr);
      loop_->rejoin();
      return;
    case StallWatch::Step::kUnready:
      telemetry_->log(Probe::Level::kError,
                      stall + ", also since it was told to join its group again: not ready from now on, until an event is done. The lines before tell "
                              "of handlers that hang, of a database or of brokers that do not answer; else start this process again",
                      nullptr);
      unready_since_ms_ = stall_.since_ms();
      return;
    case StallWatch::Step::kOver:
      telemetry_->log(Probe::Level::kInfo, "no longer stalled", nullptr);
      unready_since_ms_ = 0;
      return;
  }
}

}  // namespace gofuture
