#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/mistakes.hpp"

namespace gofuture::cli {
namespace {

// Help begins with examples: most people came for one of them.
const char* kExamples = R"(Examples
  gofuture check                      read every manifest, show every mistake
  gofuture new hello --on OrderPlaced write a function that builds, with its test and manifest
  gofuture invoke hello --event e.json
                                      hand it one event on the spot, without Kafka or Postgres
  gofuture migrate                    bring the database to what this version needs
  gofuture topics plan                what `topics apply` would create or change
  gofuture run                        run every function of the manifests folder
  gofuture doctor                     what is wrong, and what to do
  gofuture top                        what every function does now
  gofuture emit BookingCreated --data @booking.json
  gofuture tail refund_payment        its events, as they come
  gofuture trace b-7f3a               tell one ride as a tree
  gofuture list --json                what is declared, for a script
)";

const char* kFooter = R"(Settings come from --settings FILE (TOML; gofuture.toml where there is one), then from the environment:
  GOFUTURE_KAFKA      brokers, host:port[,host:port]
  GOFUTURE_POSTGRES   libpq connection string
  GOFUTURE_MANIFESTS  folder of the manifests (default: manifests)
  GOFUTURE_FUNCTIONS  folder of the function libraries (default: functions)
  GOFUTURE_INSTANCE   name of this replica, the same after a restart (default: local-1)
  GOFUTURE_STATE      folder where crashes are noted for the next start (default: .gofuture/state)
  GOFUTURE_LISTEN     address of /metrics, /healthz, /readyz (default: 127.0.0.1:9464)
  GOFUTURE_INGRESS    address of POST /v1/events, which takes events over HTTP (default: none)
  GOFUTURE_INGRESS_TOKENS  who may send there: name:token[,name:token]

Exit status: 0 done, 1 it failed, 2 wrong usage, manifests or settings; of `run` also 3: stopped, but a handler did not return;
4: ended since a handler was over its timeout or memory: start it again.)";

// The list of commands shows the first sentence of each; its own help shows all.
class ShortList : public CLI::Formatter {
  std::string make_subcommand(const CLI::App* command) const override {
    const std::string help = command->get_description();
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_name(), help.substr(0, help.find('\n')), get_column_width());
    return out.str();
  }
};

}  // namespace

int main(int argc, char** argv, const RunRuntime& run_runtime) {
  CLI::App app{std::string("GoFuture runs event functions on Kafka: exactly one effect per event, order per key.\n\n") + kExamples,
               "gofuture"};
  app.formatter(std::make_shared<ShortList>());
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Show this help");
  Common common;
  app.add_option("--settings", common.settings_file, "Settings file (TOML)")->check(CLI::ExistingFile)->type_name("FILE");

  add_run(app, common, run_runtime);
  add_check(app, common);
  add_migrate(app, common);
  add_topics(app, common);
  add_list(app, common);
  add_describe(app, common);
  add_emit(app, common);
  add_tail(app, common);
  add_lag(app, common);
  add_top(app, common);
  add_doctor(app, common);
  add_trace(app, common);
  add_new(app, common);
  add_invoke(app, common);
  add_manifest(app, common);
  add_completion(app, common);
  add_version(app, common);

  // Words of an unfinished line are no line of ours to parse.
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (words.size() >= 2 && words[0] == "completion" && words[1] == "--words") return print_completion_words(app, {words.begin() + 2, words.end()});

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    if (const auto unknown = unknown_word(app); unknown.empty()) app.exit(error);
    else std::cerr << "gofuture: " << unknown << "\nRun with --help for more information.\n";
    return kWrongUsage;
  }
  return common.status;
}

}  // namespace gofuture::cli
