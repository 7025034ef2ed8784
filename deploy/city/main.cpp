// The command line of the city.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <iostream>

#include "collect.hpp"
#include "database.hpp"
#include "gateway.hpp"
#include "report.hpp"
#include "run.hpp"

namespace {

constexpr const char* kHelp = R"help(Examples
  city gateway --listen 127.0.0.1:9480 --ledger gateway.ledger
  city run --gateway-ledger gateway.ledger --rate 200 --for 60s
  city run … --replay sf-cabs.csv.gz --day 2 --speed 480
  city run … --kill 10 --runtime http://127.0.0.1:9464 --pid-file runtime.pid
  city audit --ledger k3f9a2.ledger --gateway-ledger gateway.ledger

A simulated city around a running runtime, and the audit that judges it. `deploy/demo` runs all of it.
GOFUTURE_KAFKA and GOFUTURE_POSTGRES say where (eval "$(deploy/stack/stack env)").
Exit status: 0 clean, 1 the audit is red, 2 something else does not work.
)help";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// 90, 90s, 3m, 500ms
std::int64_t duration_ms(const std::string& text) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    throw city::Trouble("\"" + text + "\" is not a duration like 60s, 3m or 500ms");
  }
  const auto unit = text.substr(used);
  const double scale = unit.empty() || unit == "s" ? 1000 : unit == "ms" ? 1 : unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : 0;
  if (scale == 0 || value < 0) throw city::Trouble("\"" + text + "\" is not a duration like 60s, 3m or 500ms");
  return static_cast<std::int64_t>(value * scale);
}

int judge(const city::Sources& sources, const boost::json::object& run, bool json) {
  const auto verdict = city::audit(city::collect(sources));
  city::print_verdict(verdict, json ? stderr : stdout);
  if (json) {
    auto line = run;
    line["audit"] = city::as_json(verdict);
    std::cout << boost::json::serialize(line) << std::endl;
  }
  return verdict.clean() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kHelp};
  app.require_subcommand(1);

  city::GatewaySettings gateway;
  auto* gate = app.add_subcommand("gateway", "the payment gateway, until SIGTERM");
  gate->add_option("--listen", gateway.listen, "ADDRESS:PORT; port 0 picks one")->capture_default_str();
  gate->add_option("--ledger", gateway.ledger, "its file; goes on with what is there")->capture_default_str();
  gate->add_option("--seed", gateway.seed, "who is declined, who waits")->capture_default_str();
  gate->add_option("--declined", gateway.declined, "share of bookings that are declined")->capture_default_str();
  gate->add_option("--slow", gateway.slow, "share of bookings whose answer is slow")->capture_default_str();
  gate->add_option("--errors", gateway.errors, "share of requests that get a 503, half of them after the money has moved")->capture_default_str();
  gate->add_option("--lost", gateway.lost, "share of requests whose answer never comes")->capture_default_str();
  gate->add_option("--port-file", gateway.port_file, "written with ADDRESS:PORT once it listens");

  city::RunSettings run;
  run.kafka = environment("GOFUTURE_KAFKA");
  run.postgres = environment("GOFUTURE_POSTGRES");
  city::Sources sources{run.kafka, run.postgres, "", "gateway.ledger"};
  std::string length, patience = "30s", report_every = "2s";
  auto* live = app.add_subcommand("run", "riders and drivers; then the audit");
  live->add_option("--gateway-ledger", sources.gateway_ledger, "the gateway's file, for the audit")->capture_default_str();
  live->add_option("--folder", run.folder, "the city's ledger goes here, as RUN.ledger")->capture_default_str();
  live->add_option("--run", run.run, "name of the run, in every id (made from the time)");
  live->add_option("--seed", run.seed, "choices follow from it")->capture_default_str();
  live->add_option("--rate", run.rate, "bookings a second")->check(CLI::PositiveNumber)->capture_default_str();
  live->add_option("--for", length, "60s, 3m; without it until Ctrl-C");
  live->add_option("--drivers", run.drivers, "the fleet; by default as large as the rate needs");
  live->add_option("--report-every", report_every, "each driver's time between positions")->capture_default_str();
  live->add_option("--remote", run.remote_share, "share of riders where no driver is")->capture_default_str();
  live->add_option("--cancels", run.cancel_share, "share of riders who cancel, at any moment of their ride")->capture_default_str();
  live->add_option("--rejects", run.reject_share, "share of rides that a driver rejects when they are given to him")->capture_default_str();
  live->add_option("--quotes", run.quote_share, "share of riders who ask for the price first")->capture_default_str();
  live->add_option("--frauds", run.fraud_share, "share of riders who pay with a stolen card")->capture_default_str();
  live->add_option("--poison", run.poison, "so many events that nobody can handle: each must end as a dead letter")->capture_default_str();
  live->add_option("--replay", run.replay, "a recorded fleet: epoch_s,cab,lat,lon,occupied as CSV, plain or gzip");
  live->add_option("--day", run.day, "which UTC day of the file")->capture_default_str();
  live->add_option("--speed", run.speed, "how many times faster than it was")->capture_default_str();
  live->add_option("--runtime", run.runtimes, "http://ADDRESS:PORT of the runtime's /metrics; again for each replica that may come and go")->allow_extra_args(false);
  live->add_option("--kill", run.kills, "SIGKILL the runtime so often, when it is busy; somebody must start it again");
  live->add_option("--pid-file", run.pid_file, "holds the runtime's pid");
  live->add_option("--troubles", run.troubles, "a file in which somebody else notes what is done to the servers and replicas (troubles.hpp)");
  live->add_option("--patience", patience, "at the end: how long nothing may move")->capture_default_str();
  live->add_flag("--json", run.json, "end with one line of JSON on stdout; the rest goes to stderr");

  auto* judgement = app.add_subcommand("audit", "the audit of a run, again");
  bool json = false;
  judgement->add_option("--ledger", sources.city_ledger, "RUN.ledger")->required();
  judgement->add_option("--gateway-ledger", sources.gateway_ledger, "the gateway's file")->capture_default_str();
  judgement->add_flag("--json", json, "one line of JSON");

  CLI11_PARSE(app, argc, argv);
  try {
    if (gate->parsed()) {
      city::run_gateway(gateway, [&](const std::string& address) { std::cout << "gateway: listening on http://" << address << ", ledger " << gateway.ledger << std::endl; });
      return 0;
    }
    if (judgement->parsed()) return judge(sources, {}, json);
    if (!length.empty()) run.for_ms = duration_ms(length);
    run.patience_ms = duration_ms(patience);
    run.report_every_ms = duration_ms(report_every);
    const auto outcome = city::run_city(run);
    city::print_run(outcome, run.json ? stderr : stdout);
    sources.city_ledger = outcome.ledger;
    return judge(sources, city::as_json(outcome), run.json);
  } catch (const std::exception& trouble) {
    std::cerr << "city: error: " << trouble.what() << std::endl;
    return 2;
  }
}
