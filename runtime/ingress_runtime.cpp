#include "ingress_runtime.hpp"

#include "postgres/event_outbox.hpp"
#include "telemetry/logging.hpp"

namespace gofuture {

Result<std::unique_ptr<IngressRuntime>> IngressRuntime::start(const Settings& settings, std::shared_ptr<const Catalogue> catalogue, Clock& clock,
                                                              Metrics& metrics) {
  const IngressSettings& wanted = settings.ingress;
  auto tokens = Tokens::parse(wanted.tokens);
  if (!tokens) return tokens.error();
  IngressOptions options;
  options.tokens = std::move(*tokens);
  options.acceptance = {.events_max = static_cast<std::size_t>(wanted.events_max), .window_days = settings.inbox_window_days};
  options.body_bytes_max = static_cast<std::size_t>(wanted.body_bytes_max);
  options.requests_per_second = wanted.requests_per_second;
  options.connections_max = static_cast<std::size_t>(wanted.connections_max);
  options.read_timeout_ms = wanted.read_timeout_ms;

  auto made = std::unique_ptr<IngressRuntime>(new IngressRuntime(metrics));
  auto outbox = std::make_unique<EventOutbox>(
      settings.postgres, [](Probe::Level level, const std::string& sentence) { log::write(level, sentence, {{"part", "ingress"}}); });
  auto server = IngressServer::make(std::move(options), std::move(catalogue), clock, std::move(outbox), made->telemetry_);
  if (!server) return server.error();
  made->server_ = std::move(*server);
  const auto port = made->server_->start(wanted.listen);
  if (!port) return port.error();
  metrics.observe("gofuture_ingress_waiting", "Requests that wait for their commit", {}, false,
                  [server = made->server_.get()] { return static_cast<double>(server->waiting()); });
  metrics.observe("gofuture_ingress_connections", "Open connections", {}, false,
                  [server = made->server_.get()] { return static_cast<double>(server->connections()); });
  log::write(log::Level::kInfo, "taking events at POST /v1/events", {{"part", "ingress"}, {"ingress_port", std::int64_t{*port}}});
  return made;
}

}  // namespace gofuture
